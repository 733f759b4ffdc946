from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.health_hours import GoodMinutes, good_minutes
from ispstatus.analytics.kpis import Expected
from ispstatus.model.series import HalfMinute, Protocol

EXPECTED = Expected(latency_ms=30, stability_pct=95, loss_pct=0.1)
ICMP, TCP = Protocol.ICMP, Protocol.TCP


def a_half(*rtts_us: int | None, is_flagged: bool = False) -> HalfMinute:
    return HalfMinute(aggregate_of(rtts_us), is_flagged=is_flagged)


FINE = a_half(20_000, 20_100)


def test_a_minute_as_expected_is_good() -> None:
    assert good_minutes({ICMP: [(0, FINE), (30, FINE)], TCP: [(0, FINE)]}, (), EXPECTED) == GoodMinutes(1, 1)


def test_slow_lossy_and_unsteady_minutes_are_judged_and_not_good() -> None:
    slow = {TCP: [(0, a_half(31_000, 31_000))], ICMP: [(0, FINE)]}
    lossy = {ICMP: [(0, FINE), (30, a_half(20_000, None))]}
    unsteady = {ICMP: [(0, FINE), (30, a_half(23_000, 23_000))]}
    odd = {ICMP: [(0, FINE), (30, a_half(20_000, is_flagged=True))]}

    assert [good_minutes(halves, (), EXPECTED) for halves in (slow, lossy, unsteady, odd)] == [GoodMinutes(1, 0)] * 4


def test_each_minute_is_judged_by_itself() -> None:
    halves = {ICMP: [(0, FINE), (60, a_half(None)), (120, FINE), (150, FINE)]}

    assert good_minutes(halves, (), EXPECTED) == GoodMinutes(3, 2)


def test_a_minute_of_down_is_judged_even_without_a_sample() -> None:
    assert good_minutes({ICMP: [(0, FINE), (60, FINE)]}, {60, 180}, EXPECTED) == GoodMinutes(3, 1)
    assert good_minutes({}, (), EXPECTED) == GoodMinutes(0, 0)
