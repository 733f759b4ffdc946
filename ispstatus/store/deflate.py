"""Deflate pieces that stand one after another in a gzip body, and checksums that join without the text.

A piece ends on a full flush, so pieces can follow each other in any order. The CRC-32 of joined texts comes from the
CRCs of its parts: crc(a + b) = crc(a) * x^(8 len b) + crc(b) modulo the polynomial of RFC 1952; that power of x is the
*shift* of b and is stored with it, so that joining ninety days costs ninety multiplications and no text.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ispstatus.model.errors import StorageError

_POLYNOMIAL = 0xEDB88320
"""Of RFC 1952, bits reflected: bit 31 is x^0."""
_ONE = 0x80000000
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
FAST, SMALL = 1, 9
_GZIP_BITS = zlib.MAX_WBITS | 16
_AT_ONCE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """One deflated text and what joining it needs."""

    deflated: bytes
    plain_bytes: int
    crc: int
    shift: int


def piece(text: bytes, level: int = FAST) -> Piece:
    """Return ``text`` deflated so that others can stand before and after it."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = compressor.compress(text) + compressor.flush(zlib.Z_FULL_FLUSH)
    return Piece(deflated, len(text), zlib.crc32(text), shift_of(len(text)))


def unzipped(body: bytes) -> Iterator[bytes]:
    """Yield the text of a gzip member, at most 64 KiB at a time; StorageError when it is damaged or cut."""
    inflater = zlib.decompressobj(_GZIP_BITS)
    try:
        while not inflater.eof:
            text = inflater.decompress(body, _AT_ONCE)
            body = inflater.unconsumed_tail
            if not text and not body and not inflater.eof:
                raise StorageError("what is stored of a day is incomplete")
            yield text
    except zlib.error as error:
        raise StorageError(f"a stored day cannot be inflated: {error}") from error


def join(pieces: Sequence[Piece]) -> Piece:
    """Return one piece of all texts, in order."""
    crc = size = 0
    for part in pieces:
        crc = multiply(part.shift, crc) ^ part.crc
        size += part.plain_bytes
    return Piece(b"".join([part.deflated for part in pieces]), size, crc, shift_of(size))


def gzip_of(head: bytes, pieces: Sequence[Piece], tail: bytes) -> bytes:
    """Return one ordinary gzip member of ``head``, the texts of ``pieces``, and ``tail``."""
    crc, size = zlib.crc32(head), len(head)
    compressor = zlib.compressobj(FAST, zlib.DEFLATED, -zlib.MAX_WBITS)
    parts = [_HEADER, compressor.compress(head)]
    if pieces:
        # Nothing may refer back across a piece that was made elsewhere.
        parts.append(compressor.flush(zlib.Z_FULL_FLUSH))
        for part in pieces:
            parts.append(part.deflated)
            crc = multiply(part.shift, crc) ^ part.crc
            size += part.plain_bytes
        compressor = zlib.compressobj(FAST, zlib.DEFLATED, -zlib.MAX_WBITS)
    trailer = struct.pack("<II", zlib.crc32(tail, crc), (size + len(tail)) & 0xFFFFFFFF)
    return b"".join((*parts, compressor.compress(tail), compressor.flush(), trailer))


def shift_of(length: int) -> int:
    """Return x^(8 * length) modulo the polynomial."""
    shift, place = _ONE, 0
    while length:
        if length & 1:
            shift = multiply(_BYTE_POWERS[place], shift)
        length >>= 1
        place += 1
    return shift


def multiply(a: int, b: int) -> int:
    """Return the product of two reflected polynomials modulo the polynomial."""
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ _POLYNOMIAL if b & 1 else b >> 1
    return product


def _byte_powers() -> tuple[int, ...]:
    power = _ONE >> 8
    powers = []
    for _ in range(32):
        powers.append(power)
        power = multiply(power, power)
    return tuple(powers)


_BYTE_POWERS = _byte_powers()
"""x^(8 * 2^n) for n = 0, 1, ..."""
