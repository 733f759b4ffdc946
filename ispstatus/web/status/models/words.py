"""Words that every answer is described with."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal[0, 1, 2]
Fault = Literal["local", "access", "provider", "dns", "remote", "box", "none"]
Outcome = Literal["ok", "silent", "failed", "intercepted", "unmeasured"]
Moment = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", examples=["2026-01-02T03:04:05.678Z"])
]
LocalMoment = Annotated[str, Field(examples=["2026-01-02T05:04:05+02:00"])]
Count = Annotated[int, Field(ge=0)]
Percent = Annotated[float, Field(ge=0, le=100)]
Milliseconds = Annotated[float, Field(ge=0)]


class Answer(BaseModel):
    """Base of every answer: the text under a field describes it."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Error(Answer):
    """Why there is no answer."""

    error: str
    """A sentence that says what would be accepted."""
    rule: str | None = None
    """403: which rule of the guard (`forwarding`, `allow`, `uplink`, `host`, `downloads`)."""
    known: list[str] | None = None
    """404: the uplinks there are."""
    hint: str | None = None
    """404: how to send a name."""
