"""Words that the answers of every family are described with. Imported only by whoever describes answers."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", examples=["2026-01-02T03:04:05.678Z"])
]
Count = Annotated[int, Field(ge=0)]
Percent = Annotated[float, Field(ge=0, le=100)]
Milliseconds = Annotated[float, Field(ge=0)]


class Answer(BaseModel):
    """Base of every answer: the text under a field describes it."""

    model_config = ConfigDict(use_attribute_docstrings=True)
