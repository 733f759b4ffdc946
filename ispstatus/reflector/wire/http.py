"""HTTP/1.1 (RFC 9112), as much as speed tests and uptime checks need: a request's head in, an answer's head out."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

MOST_HEAD_BYTES = 8192
END_OF_HEAD = b"\r\n\r\n"

_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) (/[\x21-\x7e]*) HTTP/1\.([01])")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t\x80-\xff]*?)[ \t]*")
_LENGTH = re.compile(r"\d{1,15}")


class Refused(Exception):
    """The request cannot be served; ``status`` says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """What a client asked."""

    method: str
    path: str
    parameters: dict[str, str]
    """The first value of each query parameter."""
    body_bytes: int
    keeps_alive: bool
    expects_continue: bool


def decode_head(head: bytes) -> Head:
    """Return what a request's head, up to but without ``END_OF_HEAD``, asks for.

    Refused: 400 for what is no HTTP/1.x, is ambiguous about its length, or breaks a line; 411 for a body of unknown
    length (chunked), which nothing here needs.
    """
    first, *lines = head.split(b"\r\n")
    asked = _REQUEST_LINE.fullmatch(first)
    if asked is None:
        raise Refused(HTTPStatus.BAD_REQUEST)
    fields = _fields(lines)
    is_newer = asked[3] == b"1"
    if is_newer and "host" not in fields:
        raise Refused(HTTPStatus.BAD_REQUEST)
    try:
        target = urlsplit(asked[2].decode("ascii"))
        query = parse_qs(target.query, max_num_fields=20)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST) from None
    connection = fields.get("connection", "").lower()
    return Head(
        method=asked[1].decode("ascii"),
        path=target.path,
        parameters={key: values[0] for key, values in query.items()},
        body_bytes=_body_bytes(fields),
        keeps_alive="close" not in connection if is_newer else "keep-alive" in connection,
        expects_continue=fields.get("expect", "").lower() == "100-continue",
    )


def encode_head(
    status: HTTPStatus, *, body_bytes: int | None, keeps_alive: bool, fields: tuple[tuple[str, str], ...] = ()
) -> bytes:
    """Return an answer's head; ``body_bytes`` None for an answer that has no body by its nature (1xx, 204)."""
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in fields]
    if body_bytes is not None:
        lines.append(f"Content-Length: {body_bytes}")
    lines.append(f"Connection: {'keep-alive' if keeps_alive else 'close'}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _fields(lines: list[bytes]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise Refused(HTTPStatus.BAD_REQUEST)
        name, value = found[1].decode("ascii").lower(), found[2].decode("latin-1")
        if name == "content-length" and fields.get(name, value) != value:
            raise Refused(HTTPStatus.BAD_REQUEST)
        fields[name] = value
    return fields


def _body_bytes(fields: dict[str, str]) -> int:
    if "transfer-encoding" in fields:
        raise Refused(HTTPStatus.LENGTH_REQUIRED)
    length = fields.get("content-length", "0")
    if not _LENGTH.fullmatch(length):
        raise Refused(HTTPStatus.BAD_REQUEST)
    return int(length)
