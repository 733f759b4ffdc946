"""TWAMP-Light (RFC 5357 appendix I) and STAMP (RFC 8762) test packets, unauthenticated, of equal size both ways.

    offset  from the sender              from the reflector
    0       sequence                     sequence
    4       T1, sent                     T3, sent back
    12      error estimate               error estimate
    14      SSID (RFC 8972) or padding   SSID
    16      padding, zero in STAMP       T2, received
    24                                   the sender's sequence
    28                                   T1 again
    36                                   the sender's error estimate
    40                                   TTL the packet arrived with
    41      padding, TLVs                the same octets again

41 octets are the least a reply needs. RFC 5357 allows requests of 14; they would be answered with more octets than
came, so they are not answered: senders pad by 27 (RFC 5357 section 4.2.1), which STAMP's 44 octets include. TLVs
(RFC 8972) go back as they came, with the "unrecognized" flag their sender has set.
"""

import struct
from dataclasses import dataclass

from ispstatus.reflector.wire.ntp import ErrorEstimate, timestamp_of, wall_ns_of

TWAMP_BYTES = 41
"""The smallest symmetric packet."""
STAMP_BYTES = 44
"""The size of STAMP's base packet."""
TTL = 255
"""With which senders and reflectors send, so that the other end can count hops."""

_REQUEST = struct.Struct("!IQHH")
_REPLY = struct.Struct("!IQHHQIQHxxB")
_ZERO_IN_STAMP = slice(16, STAMP_BYTES)


@dataclass(frozen=True, slots=True)
class Request:
    """What a session sender sent; times are whole nanoseconds since the Unix epoch, by the sender's clock."""

    sequence: int
    sent_ns: int
    error: ErrorEstimate
    ssid: int = 0
    """STAMP's session identifier; 0 for TWAMP-Light, which has padding in its place."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a session reflector answered: T1 to T3 as whole nanoseconds since the Unix epoch, each by its own clock."""

    sequence: int
    """The reflector's own count when it is stateful, else the sender's sequence again."""
    sent_ns: int
    """T3."""
    error: ErrorEstimate
    received_ns: int
    """T2."""
    sender_sequence: int
    sender_sent_ns: int
    """T1."""
    sender_error: ErrorEstimate
    sender_ttl: int
    ssid: int = 0


def encode_request(request: Request, *, size: int = STAMP_BYTES) -> bytes:
    """Return a packet of ``size`` octets (at least 44), padded with zeros. ValueError for less, or a field too big."""
    if size < STAMP_BYTES:
        raise ValueError(f"a test packet has at least {STAMP_BYTES} octets")
    try:
        head = _REQUEST.pack(request.sequence, timestamp_of(request.sent_ns), request.error.to_wire(), request.ssid)
    except struct.error as error:
        raise ValueError(str(error)) from error
    return head.ljust(size, b"\0")


def decode_request(packet: bytes) -> Request | None:
    """Return what a sender sent; None when it is too short to be answered in its own size, or corrupt."""
    if len(packet) < TWAMP_BYTES:
        return None
    sequence, sent, word, ssid = _REQUEST.unpack_from(packet)
    error = ErrorEstimate.from_wire(word)
    if error is None:
        return None
    return Request(sequence, wall_ns_of(sent), error, ssid if _is_stamp(packet) else 0)


def encode_reply(reply: Reply, request: bytes) -> bytes:
    """Return the reply to a packet that ``decode_request`` understood: as long as it, with its padding and TLVs."""
    head = _REPLY.pack(
        reply.sequence,
        timestamp_of(reply.sent_ns),
        reply.error.to_wire(),
        reply.ssid,
        timestamp_of(reply.received_ns),
        reply.sender_sequence,
        timestamp_of(reply.sender_sent_ns),
        reply.sender_error.to_wire(),
        reply.sender_ttl,
    )
    return head + request[TWAMP_BYTES:]


def decode_reply(packet: bytes) -> Reply | None:
    """Return what a reflector answered; None when it is too short or corrupt.

    The sender's error estimate is a copy of what we sent ourselves, so it being corrupt makes the packet so too.
    """
    if len(packet) < TWAMP_BYTES:
        return None
    sequence, sent, word, ssid, received, sender_sequence, sender_sent, sender_word, ttl = _REPLY.unpack_from(packet)
    error, sender_error = ErrorEstimate.from_wire(word), ErrorEstimate.from_wire(sender_word)
    if error is None or sender_error is None:
        return None
    return Reply(
        sequence=sequence,
        sent_ns=wall_ns_of(sent),
        error=error,
        received_ns=wall_ns_of(received),
        sender_sequence=sender_sequence,
        sender_sent_ns=wall_ns_of(sender_sent),
        sender_error=sender_error,
        sender_ttl=ttl,
        ssid=ssid,
    )


def _is_stamp(packet: bytes) -> bool:
    """Return whether what STAMP leaves zero is zero; in TWAMP-Light padding stands there, pseudo-random by default."""
    return len(packet) >= STAMP_BYTES and not any(packet[_ZERO_IN_STAMP])
