"""Throughput: short trains of packets, and what their receiver saw. A sender proves its address before it gets one.

Every packet starts alike:

    offset
    0   magic "ISPT"
    4   kind
    5   train, 0 to 7
    6   zero (2 octets)
    8   session: chosen at random by who asks
    16  cookie, 16 octets; zero in HELLO
    32  two counts of 16 bits, 4 zero octets, one number of 64 bits; or nothing in HELLO and COOKIE

    HELLO    asks for a cookie
    COOKIE   the cookie: proof that whoever shows it receives what is sent to this address and port
    UP       one packet of an upload train: index, packets in the train; padding
    REPORT   asks what arrived of an upload train; padded to the size of its answer
    ARRIVED  received, packets, dispersion in ns; then when each packet arrived: 32 bits each, tenths of a microsecond
             after the first to arrive, all ones for never
    GET      asks for a train: packets, octets of each
    DOWN     one packet of that train: index, packets, when it was sent (ns on the sender's clock); padding
    REFUSED  the first count says why

Only DOWN is more than what asked for it, which is what the cookie is for. A session has at most 512 KiB each way.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise

HEADER_BYTES = 32
BODY_BYTES = 48
"""Header and the numbers behind it."""
MOST_PACKET_BYTES = 1472
"""What fits an Ethernet frame with IPv4 and UDP headers."""
MOST_PACKETS = 128
MOST_TRAINS = 8
MOST_BYTES = 512 * 1024
"""Of one session in one direction (UDP payload)."""
COOKIE_BYTES = 16
NO_COOKIE = bytes(COOKIE_BYTES)

_MAGIC = b"ISPT"
_HEADER = struct.Struct("!4sBBxxQ16s")
_NUMBERS = struct.Struct("!HHxxxxQ")
_OFFSET_NS = 100
_NEVER = 0xFFFF_FFFF


class Kind(IntEnum):
    """What a packet is for."""

    HELLO = 1
    COOKIE = 2
    UP = 3
    REPORT = 4
    ARRIVED = 5
    GET = 6
    DOWN = 7
    REFUSED = 8


class Refusal(IntEnum):
    """Why the reflector will not; none of them says anything about the line."""

    COOKIE = 1
    """The cookie is not, or no longer, good: ask again with HELLO."""
    SIZE = 2
    """More trains, packets or octets than a session has, or a report asked for in too small a packet."""
    BUSY = 3
    """The caps of this source or of the reflector are reached: try much later."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of either side. The meaning of the numbers depends on ``kind``."""

    kind: Kind
    session: int
    train: int = 0
    cookie: bytes = NO_COOKIE
    first: int = 0
    """UP, DOWN: index. ARRIVED: received. GET: packets. REFUSED: a ``Refusal``."""
    second: int = 0
    """UP, DOWN, ARRIVED: packets. GET: octets of each."""
    number: int = 0
    """ARRIVED: dispersion, ns. DOWN: when it was sent, ns."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a receiver saw of one train."""

    offsets_ns: tuple[int | None, ...] = field(default=())
    """For each packet sent, when it arrived, counted from the first arrival; None for never."""

    @property
    def received(self) -> int:
        """How many arrived."""
        return sum(offset is not None for offset in self.offsets_ns)

    @property
    def dispersion_ns(self) -> int:
        """Time from the first arrival to the last; 0 for fewer than two."""
        return max((offset for offset in self.offsets_ns if offset is not None), default=0)


def arrivals_of(stamps_ns: Sequence[int | None]) -> Arrivals:
    """Return arrivals from receive stamps of any clock that ran evenly meanwhile, in the order of sending."""
    first = min((stamp for stamp in stamps_ns if stamp is not None), default=0)
    return Arrivals(tuple(None if stamp is None else stamp - first for stamp in stamps_ns))


def encode(packet: Packet, *, size: int = 0) -> bytes:
    """Return a packet, padded with zeros to ``size`` octets. ValueError when a field does not fit."""
    try:
        head = _HEADER.pack(_MAGIC, packet.kind, packet.train, packet.session, packet.cookie)
        if packet.kind not in (Kind.HELLO, Kind.COOKIE):
            head += _NUMBERS.pack(packet.first, packet.second, packet.number)
    except struct.error as error:
        raise ValueError(str(error)) from error
    return head.ljust(size, b"\0")


def decode(data: bytes) -> Packet | None:
    """Return the packet, padding left out; None for anything else."""
    if len(data) < HEADER_BYTES:
        return None
    magic, number, train, session, cookie = _HEADER.unpack_from(data)
    if magic != _MAGIC or train >= MOST_TRAINS:
        return None
    try:
        kind = Kind(number)
    except ValueError:
        return None
    if kind in (Kind.HELLO, Kind.COOKIE):
        return Packet(kind, session, train, cookie)
    if len(data) < BODY_BYTES:
        return None
    return Packet(kind, session, train, cookie, *_NUMBERS.unpack_from(data, HEADER_BYTES))


def report_bytes(packets: int) -> int:
    """Return the size of the report on a train, which is the least that may ask for it."""
    return BODY_BYTES + 4 * packets


def encode_arrivals(asked: Packet, arrivals: Arrivals) -> bytes:
    """Return the answer to a REPORT: received count, dispersion and every arrival."""
    head = Packet(
        Kind.ARRIVED,
        asked.session,
        asked.train,
        asked.cookie,
        arrivals.received,
        len(arrivals.offsets_ns),
        arrivals.dispersion_ns,
    )
    offsets = [_NEVER if ns is None else min(ns // _OFFSET_NS, _NEVER - 1) for ns in arrivals.offsets_ns]
    return encode(head) + struct.pack(f"!{len(offsets)}I", *offsets)


def decode_arrivals(data: bytes) -> Arrivals | None:
    """Return what an ARRIVED packet reports; None when it is none, or shorter than it says."""
    packet = decode(data)
    if packet is None or packet.kind is not Kind.ARRIVED or len(data) < report_bytes(packet.second):
        return None
    offsets = struct.unpack_from(f"!{packet.second}I", data, BODY_BYTES)
    return Arrivals(tuple(None if offset == _NEVER else offset * _OFFSET_NS for offset in offsets))


def jitter_ns(sent_ns: Sequence[int], arrivals: Arrivals) -> float | None:
    """Return the interarrival jitter of RFC 3550 section 6.4.1 over one train; None for fewer than two arrivals.

    ``sent_ns`` holds each packet's send time on the sender's clock; only differences count.
    """
    transits = [offset - sent for sent, offset in zip(sent_ns, arrivals.offsets_ns, strict=True) if offset is not None]
    jitter: float | None = None
    for before, after in pairwise(transits):
        jitter = (jitter or 0.0) + (abs(after - before) - (jitter or 0.0)) / 16
    return jitter
