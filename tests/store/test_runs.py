import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.model.errors import StorageError
from ispstatus.store.runs import pack_run, unpack_run

echoes = st.lists(st.tuples(st.integers(0, 59_999), st.none() | st.integers(0, 60_000_000)), max_size=300)


@given(echoes)
def test_a_run_survives_packing(found: list[tuple[int, int | None]]) -> None:
    ordered = sorted(found, key=lambda echo: echo[0])
    offsets, rtts = tuple(offset for offset, _ in ordered), tuple(rtt for _, rtt in ordered)

    assert unpack_run(pack_run(offsets, rtts)) == (offsets, rtts)


def test_lost_is_not_a_round_trip_of_nothing() -> None:
    assert unpack_run(pack_run([0, 1000], [0, None])) == ((0, 1000), (0, None))


def test_an_echo_each_second_costs_five_bytes() -> None:
    assert len(pack_run(range(0, 60_000, 1000), [20_000] * 60)) < 60 * 5.1


@pytest.mark.parametrize("packed", [b"\x01", b"\x01\x02\x03"])
def test_half_an_echo_is_damage(packed: bytes) -> None:
    with pytest.raises(StorageError, match="damaged"):
        unpack_run(packed)


def test_offsets_and_round_trips_belong_together() -> None:
    with pytest.raises(ValueError, match="shorter"):
        pack_run([0, 1], [5])
