"""Query strings as values. The models that check them also describe them in the OpenAPI document."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import request
from pydantic import BaseModel, ValidationError

from ispstatus.model.errors import BadRequest

Model = TypeVar("Model", bound=BaseModel)

_DATE_CHARS = len("2026-03-01")


def query(model: type[Model], *, ignores_unknown: bool = False) -> Model:
    """Return the parameters of the present request; BadRequest names what would be accepted.

    Fields that hold a list may be repeated; others may not. A parameter nobody knows is refused: a mistyped one would
    else be answered as if it had been obeyed. Only ``_...`` is ignored, by which some clients outwit caches;
    everything is with ``ignores_unknown``, for families whose clients send what they like.
    """
    if not ignores_unknown:
        _refuse_unknown([about.alias or field for field, about in model.model_fields.items()])
    given: dict[str, Any] = {}
    for field, about in model.model_fields.items():
        name = about.alias or field
        values = request.args.getlist(name)
        is_list = about.annotation == list[str]
        if len(values) > 1 and not is_list:
            raise BadRequest(f"{name} is given {len(values)} times: once is accepted")
        if values:
            given[name] = values if is_list else values[0]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise BadRequest(_words(model, error)) from None


def _refuse_unknown(known: list[str]) -> None:
    for name in request.args:
        if name not in known and not name.startswith("_"):
            raise BadRequest(f"{name[:60]!r} is not known here: accepted are {', '.join(known)}")


def _words(model: type[BaseModel], error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0])
    about = next(f for field, f in model.model_fields.items() if (f.alias or field) == name)
    return f"{name}={str(first['input'])[:60]!r} is not accepted: {about.description}"


def moment(text: str, name: str, zone: ZoneInfo, *, is_end: bool = False) -> datetime:
    """Return a date (local midnight; as an end, the midnight after it) or a time with its offset, in UTC.

    BadRequest for anything else: a time without an offset could mean two moments.
    """
    try:
        if len(text) == _DATE_CHARS:
            day = date.fromisoformat(text) + timedelta(days=1 if is_end else 0)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that was not URL-encoded arrives as a space
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    accepted = "a date (2026-03-01) or a time with its offset (2026-03-01T06:00:00Z)"
    raise BadRequest(f"{name}={text[:60]!r} is not accepted: write {accepted}")
