"""What a minute counted."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.counts import Counts, CountsByMinute, count_checks, count_echoes, minute_of
from ispstatus.analytics.seconds import Seconds
from ispstatus.model.record import Minute
from ispstatus.model.state import Fault, State
from tests.helpers.make import FAILED, INTERCEPTED, OK, SILENT, UNMEASURED, https, names


def test_echoes_are_summed_in_microseconds() -> None:
    counts = count_echoes([("a", 10.0), ("b", 30.0), ("a", 12.5), ("b", None), ("a", 11.0)])

    assert counts == Counts(
        sent=5, received=4, rtt_sum_us=63_500, rtt_max_us=30_000, jitter_sum_us=4_000, jitter_count=2
    )


def test_jitter_compares_one_target_with_itself_and_bridges_no_loss() -> None:
    counts = count_echoes([("a", 10.0), ("b", 90.0), ("a", None), ("a", 20.0), ("b", 91.0)])

    assert (counts.jitter_sum_us, counts.jitter_count) == (1_000, 1)


def test_nothing_sent_and_nothing_received() -> None:
    assert count_echoes([]) == Counts()
    assert count_echoes([("a", None)]) == Counts(sent=1)


def test_web_checks_and_names_count_when_they_ran_and_were_measured() -> None:
    standing = tuple(replace(sample, age_s=120.0) for sample in https(OK))

    counts = count_checks(
        (*https(OK, FAILED, INTERCEPTED), *https(UNMEASURED), *standing), names(OK, SILENT, UNMEASURED, provider=FAILED)
    )

    assert counts == Counts(http_ok=1, http_failed=2, dns_ok=1, dns_failed=2)


SMALL = st.integers(0, 1000)
COUNTS = st.builds(Counts, SMALL, SMALL, SMALL, st.none() | SMALL, SMALL, SMALL, SMALL, SMALL, SMALL, SMALL)


@given(COUNTS, COUNTS, COUNTS)
def test_counts_add_up_in_any_order(one: Counts, two: Counts, three: Counts) -> None:
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + Counts() == one


def test_adding_keeps_the_greatest_round_trip() -> None:
    assert (Counts(rtt_max_us=5) + Counts(rtt_max_us=9)).rtt_max_us == 9
    assert (Counts() + Counts()).rtt_max_us is None


def test_a_minute_is_its_seconds_and_its_counts() -> None:
    seconds = Seconds(600, State.DOWN, 10, 5, 20, 15, 10, Fault.ACCESS)
    counts = Counts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)

    assert minute_of(3, seconds, counts) == Minute(
        uplink_id=3,
        ts=600,
        state=State.DOWN,
        up_s=10,
        degraded_s=5,
        down_s=20,
        unknown_s=15,
        excluded_s=10,
        down_fault=Fault.ACCESS,
        sent=1,
        received=2,
        rtt_sum_us=3,
        rtt_max_us=4,
        jitter_sum_us=5,
        jitter_count=6,
        http_ok=7,
        http_failed=8,
        dns_ok=9,
        dns_failed=10,
    )


def test_counts_are_kept_by_minute_as_long_as_seconds_can_change() -> None:
    kept = CountsByMinute()
    kept.add(601, Counts(sent=1))
    kept.add(659, Counts(sent=2))
    kept.add(660, Counts(sent=4))

    assert (kept.of(600).sent, kept.of(660).sent, kept.of(720).sent) == (3, 4, 0)

    kept.add(600 + 960, Counts(sent=8))
    assert kept.of(600).sent == 3

    kept.add(600 + 1020, Counts(sent=16))
    assert (kept.of(600).sent, kept.of(660).sent) == (0, 4)


def test_a_clock_step_forgets_the_counts() -> None:
    kept = CountsByMinute()
    kept.add(600, Counts(sent=1))

    kept.restart()

    assert kept.of(600) == Counts()
