"""Words that the family's answers are described with."""

from typing import Annotated, Literal

from pydantic import Field

from ispstatus.web.shared.models import Answer

State = Literal[0, 1, 2]
Fault = Literal["local", "access", "provider", "dns", "remote", "box", "none"]
Outcome = Literal["ok", "silent", "failed", "intercepted", "unmeasured"]
LocalMoment = Annotated[str, Field(examples=["2026-01-02T05:04:05+02:00"])]


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
