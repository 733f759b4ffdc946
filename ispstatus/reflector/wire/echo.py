"""The UDP echo: a packet with a number goes out, the same packet comes back.

    offset
    0   magic "ISPE"
    4   kind: 1 asks, 2 answers
    5   zero (3 octets)
    8   session: chosen at random by who asks
    16  sequence
    20  when it was sent: nanoseconds on a clock of the asker's choice
    28  padding, any

An answer is the question with the other kind, octet for octet; it is never taken for a question, so two reflectors
cannot be made to talk to each other.
"""

import struct
from dataclasses import dataclass

HEADER_BYTES = 28

_MAGIC = b"ISPE"
_ASKS, _ANSWERS = 1, 2
_KIND_AT = 4
_HEADER = struct.Struct("!4sB3xQIQ")


@dataclass(frozen=True, slots=True)
class Echo:
    """One numbered echo."""

    session: int
    sequence: int
    sent_ns: int


def encode(echo: Echo, *, size: int = HEADER_BYTES) -> bytes:
    """Return the packet that asks, of ``size`` octets (at least 28). ValueError for less, or a field too big."""
    if size < HEADER_BYTES:
        raise ValueError(f"an echo has at least {HEADER_BYTES} octets")
    try:
        head = _HEADER.pack(_MAGIC, _ASKS, echo.session, echo.sequence, echo.sent_ns)
    except struct.error as error:
        raise ValueError(str(error)) from error
    return head.ljust(size, b"\0")


def answer_to(packet: bytes) -> bytes | None:
    """Return the answer to a packet that asks, of the same size; None for anything else."""
    if len(packet) < HEADER_BYTES or not packet.startswith(_MAGIC) or packet[_KIND_AT] != _ASKS:
        return None
    return packet[:_KIND_AT] + bytes((_ANSWERS,)) + packet[_KIND_AT + 1 :]


def decode_answer(packet: bytes) -> Echo | None:
    """Return the echo a packet answers; None when it is no answer."""
    if len(packet) < HEADER_BYTES:
        return None
    magic, kind, session, sequence, sent_ns = _HEADER.unpack_from(packet)
    return Echo(session, sequence, sent_ns) if (magic, kind) == (_MAGIC, _ANSWERS) else None
