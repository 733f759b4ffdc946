"""Our dataclasses as JSON and back, by their type hints alone.

A field that is new gets its default when old JSON is read, and one that is gone is passed over: settings, standings and
memories need no migration. Datetimes are epoch microseconds.
"""

import json
import zlib
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ispstatus.model.errors import StorageError

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(moment: datetime) -> int:
    """Return an aware datetime as epoch microseconds, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def of_us(us: int) -> datetime:
    """Return epoch microseconds as an aware UTC datetime, exactly."""
    return _EPOCH + timedelta(microseconds=us)


def maybe_us(moment: datetime | None) -> int | None:
    """Return ``to_us`` of what is there."""
    return None if moment is None else to_us(moment)


def maybe_of_us(us: int | None) -> datetime | None:
    """Return ``of_us`` of what is there."""
    return None if us is None else of_us(us)


def dump(value: object) -> str:
    """Return a dataclass as compact JSON."""
    return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)


def load(kind: type[T], text: str) -> T:
    """Return what ``dump`` made; StorageError when the text is not of this kind."""
    try:
        value = _typed(kind, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StorageError(f"stored {kind.__name__} cannot be read: {error}") from error
    if not isinstance(value, kind):
        raise StorageError(f"stored {kind.__name__} cannot be read: it is a {type(value).__name__}")
    return value


def pack_json(value: dict[str, Any]) -> bytes:
    """Return JSON-ready values compressed; evidence repeats itself a lot."""
    return zlib.compress(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(), 9)


def unpack_json(blob: bytes) -> dict[str, Any]:
    """Return what ``pack_json`` made; StorageError when it is damaged."""
    try:
        value = json.loads(zlib.decompress(blob))
    except (ValueError, zlib.error) as error:
        raise StorageError(f"stored evidence cannot be read: {error}") from error
    return value if isinstance(value, dict) else {}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted(_plain(item) for item in value)  # type: ignore[type-var]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return to_us(value) if isinstance(value, datetime) else value


def _typed(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _optional(kind, data)
    if origin is not None:
        return _collection(origin, get_args(kind), data)
    if isinstance(kind, type):
        return _single(kind, data)
    return data


def _optional(kind: Any, data: Any) -> Any:
    if data is None:
        return None
    return _typed(next(arg for arg in get_args(kind) if arg is not NoneType), data)


def _collection(origin: Any, args: tuple[Any, ...], data: Any) -> Any:
    if origin is Literal:
        return data
    if issubclass(origin, Mapping):
        return {key: _typed(args[1], item) for key, item in data.items()}
    if issubclass(origin, Set):
        return frozenset(_typed(args[0], item) for item in data)
    return tuple(_typed(args[0], item) for item in data)


def _single(kind: type, data: Any) -> Any:
    if issubclass(kind, Enum):
        return kind(data)
    if issubclass(kind, datetime):
        return of_us(data)
    if is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _typed(hints[name], item) for name, item in data.items() if name in hints})
    return data


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
