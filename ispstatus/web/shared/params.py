"""Query strings to values; BadRequest names what is accepted."""

from collections.abc import Mapping, Sequence

from ispstatus.model.errors import BadRequest


def choice(args: Mapping[str, str], name: str, accepted: Sequence[str], default: str) -> str:
    """Return one of the accepted words."""
    value = args.get(name, default)
    if value not in accepted:
        raise BadRequest(f"{name}={value!r} is not accepted; use one of: {', '.join(accepted)}")
    return value


def flag(args: Mapping[str, str], name: str) -> bool:
    """Return whether a 0/1 parameter is set."""
    return choice(args, name, ("0", "1"), "0") == "1"


def required(args: Mapping[str, str], name: str) -> str:
    """Return a parameter that must be there."""
    value = args.get(name, "")
    if not value:
        raise BadRequest(f"{name} is required")
    return value
