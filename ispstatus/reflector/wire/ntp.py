"""Timestamps and error estimates as OWAMP, TWAMP and STAMP write them (RFC 4656 section 4.1.2).

Times are whole nanoseconds since the Unix epoch. An NTP timestamp counts seconds since 1900 in 32 bits and wraps in
February 2036; a timestamp whose highest bit is clear is taken to lie after that (RFC 4330 section 3).
"""

from dataclasses import dataclass
from math import ceil
from typing import Self

_UNIX_EPOCH_S = 2_208_988_800
"""1970-01-01 in seconds since 1900-01-01."""
_SECOND_NS = 1_000_000_000
_ERA = 1 << 64
_FIRST_ERA_FROM = 1 << 63
_SYNCHRONISED = 0x8000
_MOST_SCALE = 0x3F
_MOST_MULTIPLIER = 0xFF
_UNITS_PER_S = 1 << 32


def timestamp_of(wall_ns: int) -> int:
    """Return the NTP timestamp nearest to a wall time; ``wall_ns_of`` gives back the same nanosecond."""
    since_1900_ns = wall_ns + _UNIX_EPOCH_S * _SECOND_NS
    return ((since_1900_ns << 32) + _SECOND_NS // 2) // _SECOND_NS % _ERA


def wall_ns_of(timestamp: int) -> int:
    """Return the wall time of an NTP timestamp, between 1968 and 2104."""
    era = 0 if timestamp >= _FIRST_ERA_FROM else _ERA
    since_1900_ns = ((timestamp + era) * _SECOND_NS + (1 << 31)) >> 32
    return since_1900_ns - _UNIX_EPOCH_S * _SECOND_NS


@dataclass(frozen=True, slots=True)
class ErrorEstimate:
    """How wrong a timestamp may be: ``multiplier * 2**(scale - 32)`` seconds."""

    is_synchronised: bool
    """Whether an outside source keeps the clock to UTC (the S bit)."""
    scale: int
    multiplier: int
    """Never 0 in a sound packet (RFC 4656 section 4.1.2)."""

    @property
    def error_s(self) -> float:
        """The estimate in seconds."""
        return float(self.multiplier << self.scale) / _UNITS_PER_S

    @classmethod
    def of(cls, error_s: float, *, is_synchronised: bool) -> Self:
        """Return the smallest estimate that is not below ``error_s``; at least one unit, at most the format's own."""
        multiplier, scale = max(1, ceil(error_s * _UNITS_PER_S)), 0
        while multiplier > _MOST_MULTIPLIER and scale < _MOST_SCALE:
            multiplier, scale = (multiplier + 1) // 2, scale + 1
        return cls(is_synchronised, scale, min(multiplier, _MOST_MULTIPLIER))

    @classmethod
    def from_wire(cls, word: int) -> Self | None:
        """Return what 16 bits mean; None when they must be called corrupt: multiplier 0.

        The Z bit (PTP timestamps, RFC 8186) is not ours to read and is ignored.
        """
        multiplier = word & _MOST_MULTIPLIER
        if not multiplier:
            return None
        return cls(bool(word & _SYNCHRONISED), word >> 8 & _MOST_SCALE, multiplier)

    def to_wire(self) -> int:
        """Return the 16 bits: S, Z = 0, scale, multiplier."""
        return (_SYNCHRONISED if self.is_synchronised else 0) | self.scale << 8 | self.multiplier
