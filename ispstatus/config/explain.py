"""Turns what is wrong with a file into sentences that name file, line, key, value and what would be accepted."""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ispstatus.config.places import line_of
from ispstatus.config.schema import ConfigFile
from ispstatus.config.values import OrAuto
from ispstatus.model.errors import ConfigError

_MOST_VALUE_CHARS = 60
_WORDS = {
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number without quotes",
    "float_type": "must be a number without quotes",
    "bool_type": "must be true or false, without quotes",
    "missing": "is missing and has no default",
}

Problem = tuple[Sequence[str | int], Any, str]
"""Where in the file, what stands there, and what is wrong with it. A place is keys and list positions from 0."""

NOTHING = object()
"""Stands for the value of a key that is not there."""


def refuse(path: Path, text: str, raw: Mapping[str, Any], problems: Iterable[Problem]) -> ConfigError:
    """Return one error that lists every problem, a line each: ``FILE:LINE: KEY = VALUE: what is wrong``."""
    return ConfigError(
        "\n".join(f"{_where(path, text, problem[0])}: {_sentence(raw, *problem)}" for problem in problems)
    )


def _where(path: Path, text: str, place: Sequence[str | int]) -> str:
    line = line_of(text, place)
    return str(path) if line is None else f"{path}:{line}"


def problems_of(error: ValidationError) -> list[Problem]:
    """Return what pydantic refused, in our words."""
    return [_problem(found) for found in error.errors(include_url=False)]


def _problem(found: Any) -> Problem:
    place = found["loc"]
    value = NOTHING if found["type"] == "missing" else found["input"]
    return place, value, _words(found)


def _words(found: Any) -> str:
    kind = found["type"]
    if kind == "extra_forbidden":
        return _unknown_key(found["loc"])
    if kind == "value_error":
        return str(found["ctx"]["error"])
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        text = "a text in quotes or " if hasattr(_section_at(found["loc"]), "from_text") else ""
        return f"must be {_auto(found['loc'])}{text}a table with the keys {', '.join(_known_keys(found['loc']))}"
    if kind == "list_type":
        return f'must be {_auto(found["loc"])}a list, e.g. ["one", "two"]'
    return _WORDS.get(kind) or str(found["msg"]).replace("Input should be", "must be").replace("List", "list")


def _auto(place: Sequence[str | int]) -> str:
    """Return what to say of a key that may be "auto" instead."""
    *section, key = place
    field = _section_at(section).model_fields.get(str(key))
    return '"auto" or ' if field is not None and OrAuto in field.metadata else ""


def _unknown_key(place: Sequence[str | int]) -> str:
    known = _known_keys(place[:-1])
    likely = get_close_matches(str(place[-1]), known, n=1)
    if not likely and place[-1] in ("probe", "quality"):
        return f"is not a key here: set the keys of [{place[-1]}] directly in [[uplink]]"
    hint = f' (did you mean "{likely[0]}"?)' if likely else ""
    return f"is not a key here{hint}; known: {', '.join(known)}"


def _known_keys(place: Sequence[str | int]) -> list[str]:
    """Return the keys of the section at a place of the file."""
    return list(_section_at(place).model_fields)


def _section_at(place: Sequence[str | int]) -> type[BaseModel]:
    """Return the model of the section at, or around, a place of the file."""
    model: type[BaseModel] = ConfigFile
    for step in place:
        if isinstance(step, str) and step in model.model_fields:
            model = section_in(model.model_fields[step].annotation) or model
    return model


def section_in(annotation: Any) -> type[BaseModel] | None:
    """Return the section inside ``list[...]`` and ``... | None``; None for single values."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    found = (section_in(part) for part in get_args(annotation))
    return next((section for section in found if section is not None), None)


def _sentence(raw: Mapping[str, Any], place: Sequence[str | int], value: Any, words: str) -> str:
    shown = "" if value is NOTHING else f" = {_shorten(value)}"
    return f"{_key(raw, place)}{shown}: {words}"


def _key(raw: Any, place: Sequence[str | int]) -> str:
    """Return a place as people count: ``uplink[2] "LTE" mark`` for the key of the second uplink."""
    text = ""
    for step in place:
        raw = _inside(raw, step)
        if isinstance(step, int):
            name = raw.get("name") if isinstance(raw, Mapping) else None
            text += f"[{step + 1}]" + (f" ({name})" if isinstance(name, str) else "")
        else:
            text += f".{step}" if text else step
    return text or "the file"


def _inside(raw: Any, step: str | int) -> Any:
    if isinstance(raw, Mapping) and isinstance(step, str):
        return raw.get(step)
    if isinstance(raw, list) and isinstance(step, int) and step < len(raw):
        return raw[step]
    return None


def _shorten(value: Any) -> str:
    """Return a value as TOML would show it, cut when long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_VALUE_CHARS else text[: _MOST_VALUE_CHARS - 3] + "..."
