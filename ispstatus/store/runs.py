"""One minute of echoes as a few bytes: varint pairs of time since the echo before, and round trip."""

from collections.abc import Iterable
from itertools import accumulate

from ispstatus.model.errors import StorageError

_MORE = 0x80


def pack_run(offsets_ms: Iterable[int], rtts_us: Iterable[int | None]) -> bytes:
    """Return the echoes of a minute, oldest first; a lost one has round trip 0, an answered one its own plus 1."""
    packed = bytearray()
    before_ms = 0
    append = packed.append
    for offset_ms, rtt_us in zip(offsets_ms, rtts_us, strict=True):
        rest = offset_ms - before_ms
        while rest >= _MORE:
            append(rest & 0x7F | _MORE)
            rest >>= 7
        append(rest)
        rest = 0 if rtt_us is None else rtt_us + 1
        while rest >= _MORE:
            append(rest & 0x7F | _MORE)
            rest >>= 7
        append(rest)
        before_ms = offset_ms
    return bytes(packed)


def unpack_run(packed: bytes) -> tuple[tuple[int, ...], tuple[int | None, ...]]:
    """Return ``(offsets_ms, rtts_us)`` of a run; StorageError when it is damaged."""
    numbers: list[int] = []
    number = shift = 0
    for byte in packed:
        if byte < _MORE:
            numbers.append(number | byte << shift)
            number = shift = 0
        else:
            number |= (byte & 0x7F) << shift
            shift += 7
    if len(numbers) % 2:
        raise StorageError("a stored run of echoes is damaged")
    return tuple(accumulate(numbers[::2])), tuple([number - 1 if number else None for number in numbers[1::2]])
