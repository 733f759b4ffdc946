from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.hours import hour_of, mean_us
from ispstatus.model.series import Aggregate, Events, HalfMinute

MIDDAY = 1_772_366_400


def a_half(*rtts_us: int | None, median_us: int | None = None, is_flagged: bool = False) -> HalfMinute:
    return HalfMinute(aggregate_of(rtts_us), median_us, is_flagged)


def test_an_hour_is_its_half_minutes() -> None:
    halves = [
        (MIDDAY, a_half(10, 14, median_us=12)),
        (MIDDAY + 30, a_half(20, None, median_us=20, is_flagged=True)),
        (MIDDAY + 300, a_half(None)),
        (MIDDAY + 3570, a_half(30, median_us=30)),
    ]

    hour = hour_of(MIDDAY, halves)

    # 14 -> 20 steps over the border of two neighbours, nothing steps over the gaps
    assert hour.sums == Aggregate(6, 2, 74, 10, 30, 100 + 196 + 400 + 900, 4 + 6, 2, 10, 30)
    assert hour.median_us == 20
    assert hour.events == Events(windows=4, anomalous=1, eventful=2, head=0, tail=0, longest=2)
    assert hour.means_us == (15, *[None] * 10, 30)
    assert hour.spread_us == round(1.4826 * 8)


def test_an_hour_without_an_answer_has_no_figures() -> None:
    hour = hour_of(MIDDAY, [(MIDDAY, a_half(None, None))])

    assert (hour.sums, hour.median_us, hour.spread_us) == (Aggregate(2, 2), None, None)
    assert hour.means_us == (None,) * 12


def test_a_mean_is_rounded_to_the_microsecond() -> None:
    assert mean_us(Aggregate(2, 0, 5)) == 3
    assert mean_us(Aggregate(3, 0, 4)) == 1
    assert mean_us(Aggregate(3, 3)) is None
