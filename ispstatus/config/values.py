"""What single values of the file may be. Each check returns the value or says, in one clause, what is accepted."""

import ipaddress
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from ispstatus.model.settings import Network

AUTO = "auto"
MAIN_TABLE = 254
_LEAST_MINUTES = 5

_HOST_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_MOST_NAME_CHARS = 64
_MOST_INTERFACE_BYTES = 15
_MOST_HOST_CHARS = 253
OFF_PACE = -1
"""What the vendor of the insight contract calls an interval that is off."""
_FASTEST_S, _SLOWEST_S = 2, 60
_MOST_PORT = 65535
_MOST_U32 = 2**32 - 1


def address(value: Any) -> str:
    """Return an IP address in its canonical spelling."""
    try:
        return str(ipaddress.ip_address(_text(value)))
    except ValueError:
        raise ValueError("must be an IPv4 or IPv6 address") from None


def target_address(value: Any) -> str:
    """Return the address of somebody far away who can answer an echo."""
    found = ipaddress.ip_address(address(value))
    if found.is_loopback or found.is_unspecified or found.is_multicast or found.is_link_local:
        raise ValueError("must be an address beyond the uplink, not a loopback, multicast or link-local one")
    return str(found)


def network(value: Any) -> Network:
    """Return a network; an address alone is a network of one."""
    text = _text(value, 'must be a network such as "192.168.0.0/16" or one address')
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        loose = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError('must be a network such as "192.168.0.0/16" or one address') from None
    raise ValueError(f'has bits set beyond the prefix: write "{loose}" for the network')


def uplink_name(value: Any) -> str:
    """Return an uplink's name: what people call it, on one line."""
    text = _text(value)
    if not text or text != text.strip() or len(text) > _MOST_NAME_CHARS or not text.isprintable():
        raise ValueError(f"must be 1 to {_MOST_NAME_CHARS} printable characters without a space at either end")
    return text


def interface_name(value: Any) -> str:
    """Return an interface name the kernel could know."""
    text = _text(value)
    is_possible = 0 < len(text.encode()) <= _MOST_INTERFACE_BYTES and text not in (".", "..")
    if not is_possible or any(c.isspace() or c in "/:" for c in text):
        raise ValueError(f'must be an interface name such as "eth1", at most {_MOST_INTERFACE_BYTES} bytes')
    return text


def host_name(value: Any) -> str:
    """Return a DNS name, lower case and without its final dot."""
    text = _text(value).rstrip(".").lower()
    labels = text.split(".")
    is_written_well = len(text) <= _MOST_HOST_CHARS and all(_HOST_LABEL.fullmatch(label) for label in labels)
    if not is_written_well or labels[-1].isdecimal():
        raise ValueError('must be a host name such as "example.com"')
    return text


def host_or_address(value: Any) -> str:
    """Return a host name or an address."""
    try:
        return address(value)
    except ValueError:
        pass
    try:
        return host_name(value)
    except ValueError:
        raise ValueError("must be a host name or an address") from None


def endpoint(value: Any) -> str:
    """Return ``HOST:PORT`` to listen on; an IPv6 host stands in brackets."""
    words = 'must be "ADDRESS:PORT", e.g. "0.0.0.0:8080" or "[::]:8080"'
    host, colon, port = _text(value, words).rpartition(":")
    if not colon or not port.isdecimal() or int(port) > _MOST_PORT:
        raise ValueError(words)
    is_bracketed = host.startswith("[") and host.endswith("]")
    try:
        found = ipaddress.ip_address(host[1:-1] if is_bracketed else host)
    except ValueError:
        raise ValueError(words) from None
    if is_bracketed != (found.version == 6):  # noqa: PLR2004
        raise ValueError(words)
    return f"[{found}]:{int(port)}" if is_bracketed else f"{found}:{int(port)}"


def far_endpoint(value: Any) -> str:
    """Return ``HOST:PORT`` to connect to, an IPv6 host in brackets; or ``reflector``."""
    words = 'must be "HOST:PORT", e.g. "iperf.example.net:5201" or "[2001:db8::1]:5201", or "reflector"'
    text = _text(value, words)
    if text == "reflector":
        return text
    try:
        parts = urlsplit(f"//{text}")
        is_plain = bool(parts.port) and parts.netloc == text and parts.username is None
        host_or_address(parts.hostname)
    except ValueError:
        is_plain = False
    if not is_plain:
        raise ValueError(words)
    return text


def url(value: Any) -> str:
    """Return an http or https URL without credentials or fragment."""
    words = 'must be a URL such as "http://example.com/path" (http or https, no user, no fragment)'
    text = _text(value, words)
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(words) from None
    is_plain = parts.username is None and not parts.fragment and text.isprintable() and " " not in text
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port or not is_plain:
        raise ValueError(words)
    try:
        host_or_address(parts.hostname)
    except ValueError:
        raise ValueError(words) from None
    return text


def zone(value: Any) -> str:
    """Return the name of a time zone the box knows."""
    text = _text(value)
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise ValueError('must be an IANA time zone such as "Africa/Johannesburg" or "UTC"') from None
    return text


def moment(value: Any) -> datetime:
    """Return a moment in UTC."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("must be a date and time with an offset, unquoted: 2026-12-01T22:00:00+02:00")
    return value.astimezone(UTC)


def auto_or_address(value: Any) -> str | None:
    """Return an address; None for ``"auto"``."""
    if value == AUTO:
        return None
    try:
        return address(value)
    except ValueError:
        raise ValueError('must be "auto" or an IP address') from None


def gateway(value: Any) -> str | None:
    """Return an address or ``"none"``; None for ``"auto"``."""
    if value in (AUTO, "none"):
        return None if value == AUTO else "none"
    try:
        return address(value)
    except ValueError:
        raise ValueError('must be "auto", an IP address, or "none" for a link without gateway') from None


def table(value: Any) -> int | None:
    """Return a routing table's number; None for ``"auto"``."""
    if value in (AUTO, "main"):
        return None if value == AUTO else MAIN_TABLE
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MOST_U32:
        raise ValueError('must be "auto", "main", or the number of a routing table')
    return value


def mark(value: Any) -> int:
    """Return a firewall mark; 0 for none."""
    if value in (AUTO, "none"):
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_U32:
        raise ValueError('must be a firewall mark such as 0x101, or 0 or "none" for none')
    return value


def auto_or_bool(value: Any) -> bool | None:
    """Return a yes or no; None for ``"auto"``."""
    if value == AUTO:
        return None
    if not isinstance(value, bool):
        raise ValueError('must be "auto", true or false')  # noqa: TRY004 - pydantic wants ValueError
    return value


def unknown_as(value: Any) -> int | None:
    """Return what stands for UNKNOWN: 0, 1, or None for ``"null"``."""
    if value == "null":
        return None
    if isinstance(value, bool) or value not in (0, 1) or not isinstance(value, int):
        raise ValueError('must be "null", 0 or 1')
    return value


def pace(value: Any) -> int | None:
    """Return seconds between two samples; None for -1."""
    if value == OFF_PACE and not isinstance(value, bool):
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not _FASTEST_S <= value <= _SLOWEST_S:
        raise ValueError(f"must be whole seconds from {_FASTEST_S} to {_SLOWEST_S}, or {OFF_PACE} for never")
    return value


def port_or_off(value: Any) -> int | None:
    """Return a port; None for ``"off"``."""
    if value == "off":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MOST_PORT:
        raise ValueError(f'must be a port from 1 to {_MOST_PORT}, or "off"')
    return value


def minutes_or_off(value: Any) -> int | None:
    """Return whole minutes; None for ``"off"``."""
    if value == "off":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < _LEAST_MINUTES:
        raise ValueError(f'must be whole minutes, {_LEAST_MINUTES} or more, or "off"')
    return value


def file_path(value: Any) -> Path:
    """Return the path of a file; whether it is there is seen when it is read."""
    text = _text(value)
    if not text.startswith("/") or "\0" in text:
        raise ValueError('must be the path of a file from the root, such as "/etc/ssl/one.pem"')
    return Path(text)


def percentage(value: Any) -> str:
    """Return a target such as ``"99.9"`` as a decimal string, never as a float."""
    text = value if isinstance(value, str) else str(value)
    is_number = re.fullmatch(r"\d{1,3}(\.\d{1,6})?", text) is not None and not isinstance(value, bool)
    if not is_number or not 0 < float(text) <= 100:  # noqa: PLR2004
        raise ValueError("must be a percentage above 0 and up to 100, e.g. 99.9")
    return text


def _text(value: Any, words: str = "must be a text in quotes") -> str:
    if not isinstance(value, str):
        raise ValueError(words)  # noqa: TRY004 - pydantic wants ValueError
    return value


def _none_if_auto(value: Any) -> Any:
    return None if value == AUTO else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _each_once(values: list[Any]) -> list[Any]:
    repeated = sorted({str(value) for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"names {', '.join(repeated)} more than once; each may stand there once")
    return values


Once = AfterValidator(_each_once)
OrAuto = BeforeValidator(_none_if_auto)
OneOrMore = BeforeValidator(_listed)

Address = Annotated[str, PlainValidator(address)]
TargetAddress = Annotated[str, PlainValidator(target_address)]
NetworkValue = Annotated[Any, PlainValidator(network)]
UplinkName = Annotated[str, PlainValidator(uplink_name)]
InterfaceName = Annotated[str, PlainValidator(interface_name)]
HostName = Annotated[str, PlainValidator(host_name)]
HostOrAddress = Annotated[str, PlainValidator(host_or_address)]
Endpoint = Annotated[str, PlainValidator(endpoint)]
Url = Annotated[str, PlainValidator(url)]
Zone = Annotated[str, PlainValidator(zone)]
Moment = Annotated[datetime, PlainValidator(moment)]
AutoOrAddress = Annotated[str | None, PlainValidator(auto_or_address)]
Gateway = Annotated[str | None, PlainValidator(gateway)]
Table = Annotated[int | None, PlainValidator(table)]
Mark = Annotated[int, PlainValidator(mark)]
AutoOrBool = Annotated[bool | None, PlainValidator(auto_or_bool)]
UnknownAs = Annotated[int | None, PlainValidator(unknown_as)]
Percentage = Annotated[str, PlainValidator(percentage)]
Port = Annotated[int, Field(ge=1, le=_MOST_PORT)]
Pace = Annotated[int | None, PlainValidator(pace)]
PortOrOff = Annotated[int | None, PlainValidator(port_or_off)]
MinutesOrOff = Annotated[int | None, PlainValidator(minutes_or_off)]
FarEndpoint = Annotated[str, PlainValidator(far_endpoint)]
FilePath = Annotated[Path, PlainValidator(file_path)]
