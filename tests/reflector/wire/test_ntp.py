import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.reflector.wire.ntp import ErrorEstimate, timestamp_of, wall_ns_of

SECOND = 1_000_000_000
VECTORS = [
    # RFC 868: 1970-01-01 is 2 208 988 800 s, 0x83AA7E80, after 1900-01-01.
    (0, 0x83AA7E80_00000000),
    (SECOND // 2, 0x83AA7E80_80000000),
    (SECOND // 4 + 1, 0x83AA7E80_40000004),  # one nanosecond is 4.29 units
    (-SECOND, 0x83AA7E7F_00000000),
    # 2036-02-07T06:28:16Z: 2**32 s after 1900, so the counter begins anew.
    (2_085_978_495 * SECOND, 0xFFFFFFFF_00000000),
    (2_085_978_496 * SECOND, 0x00000000_00000000),
    (2_085_978_497 * SECOND, 0x00000001_00000000),
    (SECOND - 1, 0x83AA7E80_FFFFFFFC),
]


@pytest.mark.parametrize(("wall_ns", "timestamp"), VECTORS)
def test_a_wall_time_has_one_timestamp_and_a_timestamp_one_wall_time(wall_ns: int, timestamp: int) -> None:
    assert timestamp_of(wall_ns) == timestamp
    assert wall_ns_of(timestamp) == wall_ns


@given(st.integers(min_value=0, max_value=2_200_000_000 * SECOND))
def test_no_nanosecond_is_lost_on_the_way(wall_ns: int) -> None:
    assert wall_ns_of(timestamp_of(wall_ns)) == wall_ns


@pytest.mark.parametrize(
    ("error_s", "is_synchronised", "word"),
    [
        (0.0, True, 0x8001),  # at least one unit: a multiplier of 0 would be corrupt
        (0.1, True, 0x95CD),  # 0.1 * 2**32 / 2**21 = 204.8, rounded up to 205 = 0xCD
        (16.0, False, 0x1D80),  # 2**36 = 128 * 2**29
        (1e20, False, 0x3FFF),  # the most the format can say
    ],
)
def test_an_error_becomes_scale_and_multiplier(error_s: float, is_synchronised: bool, word: int) -> None:
    assert ErrorEstimate.of(error_s, is_synchronised=is_synchronised).to_wire() == word


@given(st.floats(min_value=0, max_value=1e6))
def test_an_estimate_is_never_below_the_error_and_at_most_an_eighth_of_a_bit_above(error_s: float) -> None:
    estimate = ErrorEstimate.of(error_s, is_synchronised=True)

    assert error_s <= estimate.error_s <= error_s * (1 + 1 / 127) + 2**-32


@given(st.integers(min_value=0, max_value=0xFFFF))
def test_any_word_is_read_or_called_corrupt(word: int) -> None:
    estimate = ErrorEstimate.from_wire(word)

    assert (estimate is None) == (word & 0xFF == 0)
    assert estimate is None or estimate.to_wire() == word & ~0x4000  # the Z bit is not ours
