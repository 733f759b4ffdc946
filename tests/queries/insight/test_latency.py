import math
from datetime import UTC, datetime, timedelta

import pytest

from ispstatus.analytics.latest import Latest
from ispstatus.model.series import Protocol, Sample
from ispstatus.model.window import Window
from ispstatus.queries.insight import latency
from ispstatus.queries.insight.latency import latency_pivot, latency_rows
from ispstatus.queries.reader import Reader
from ispstatus.store.hours import DAY, HOUR
from tests.queries.insight.story import AGENTS, FAR, NOW_TS, STORED_UNTIL_TS, Story

NOW = datetime.fromtimestamp(NOW_TS, UTC)
ICMP, TCP = Protocol.ICMP, Protocol.TCP


def window(start_ts: float, end_ts: float) -> Window:
    return Window(datetime.fromtimestamp(start_ts, UTC), datetime.fromtimestamp(end_ts, UTC))


def mean_of(answers_us: list[int] | None) -> int | None:
    """Return a mean in whole microseconds."""
    return math.floor(sum(answers_us) / len(answers_us) + 0.5) if answers_us else None


def remembered(*samples: Sample) -> Latest:
    """Return a memory whose boot clock runs with the wall clock's seconds."""
    return Latest(now_boot_s=float(NOW_TS), now_ts=float(NOW_TS), samples=samples)


# ---------------------------------------------------------------- single samples
@pytest.mark.parametrize("agent_id", AGENTS)
@pytest.mark.parametrize(("start_ts", "end_ts"), [(NOW_TS - 400, NOW_TS), (NOW_TS - DAY - 0.25, NOW_TS - HOUR)])
def test_rows_are_the_answers_one_by_one(
    story: Story, reading_it: Reader, agent_id: int, start_ts: float, end_ts: float
) -> None:
    spoken = story.spoken(start_ts, end_ts, agent_id)
    for protocol in Protocol:
        found = latency_rows(reading_it, agent_id, protocol, window(start_ts, end_ts), NOW)

        answers = [(one.at_ms, one.rtt_us) for one in spoken.get(protocol, []) if one.rtt_us is not None]
        assert (list(found.rows), found.bucket_s) == (answers, None)


@pytest.mark.parametrize("agent_id", AGENTS)
def test_side_by_side_every_five_seconds_have_their_means(story: Story, reading_it: Reader, agent_id: int) -> None:
    asked = window(NOW_TS - HOUR, NOW_TS)
    found = latency_pivot(reading_it, agent_id, asked, NOW)

    expected: dict[int, dict[Protocol, list[int]]] = {}
    for protocol, samples in story.spoken(NOW_TS - HOUR, NOW_TS, agent_id).items():
        for one in samples:
            if one.rtt_us is not None:
                expected.setdefault(one.at_ms // 5000 * 5, {}).setdefault(protocol, []).append(one.rtt_us)
    assert found.bucket_s == 5
    assert list(found.rows) == [
        (ts, *(mean_of(expected[ts].get(protocol)) for protocol in Protocol)) for ts in sorted(expected)
    ]


def test_a_protocol_that_is_not_asked_for_is_in_no_row(reading_it: Reader) -> None:
    found = latency_pivot(reading_it, 1, window(NOW_TS - 600, NOW_TS), NOW, protocols=(Protocol.HTTP, TCP))

    rows = list(found.rows)
    assert rows
    assert all(http is None and tcp is not None for _, http, tcp in rows)


def test_nobody_and_nothing_have_no_rows(reading_it: Reader) -> None:
    asked = window(NOW_TS - 600, NOW_TS)

    assert list(latency_rows(reading_it, 99, ICMP, asked, NOW).rows) == []
    assert list(latency_rows(reading_it, 1, Protocol.HTTPS, asked, NOW).rows) == []
    assert list(latency_pivot(reading_it, 1, window(NOW_TS - 1, NOW_TS - 1), NOW).rows) == []


# ---------------------------------------------------------------- what is not stored yet
def test_the_minute_that_is_not_stored_yet_comes_from_memory_and_no_sample_twice(reading_it: Reader) -> None:
    own = [
        Sample(ICMP, FAR, STORED_UNTIL_TS + second, rtt_ms, is_own=True) for second, rtt_ms in ((-30, 1.0), (1, 2.5))
    ]
    lost = Sample(ICMP, FAR, STORED_UNTIL_TS + 6.0, None, is_own=True)
    public = Sample(ICMP, "192.0.2.1", STORED_UNTIL_TS + 2.0, 9.0)
    asked = window(NOW_TS - 300, NOW_TS)

    stored = latency_rows(reading_it, 1, ICMP, asked, NOW)
    found = latency_rows(reading_it, 1, ICMP, asked, NOW, remembered(*own, lost, public))

    assert list(found.rows) == [*stored.rows, (STORED_UNTIL_TS * 1000 + 1000, 2500)]


def test_memory_ends_where_the_window_does(reading_it: Reader) -> None:
    sample = Sample(ICMP, FAR, STORED_UNTIL_TS + 10.0, 2.5, is_own=True)
    asked = window(NOW_TS - 300, STORED_UNTIL_TS + 10)

    with_it, without = (latency_rows(reading_it, 1, ICMP, asked, NOW, one) for one in (remembered(sample), None))
    assert list(with_it.rows) == list(without.rows) != []


def test_an_agent_of_which_nothing_is_stored_is_read_from_memory(reading_it: Reader) -> None:
    latest = remembered(Sample(TCP, FAR, NOW_TS - 100.0, 7.25), Sample(ICMP, FAR, NOW_TS - 101.0, 3.5))
    asked = window(NOW_TS - 600, NOW_TS)

    assert list(latency_rows(reading_it, 99, TCP, asked, NOW, latest).rows) == [((NOW_TS - 100) * 1000, 7250)]
    assert list(latency_pivot(reading_it, 99, asked, NOW, latest, (ICMP, TCP)).rows) == [
        ((NOW_TS - 101) // 5 * 5, 3500, None),
        ((NOW_TS - 100) // 5 * 5, None, 7250),
    ]


@pytest.mark.parametrize(("answers", "rows"), [(7, 15), (8, 8)])
def test_a_far_end_that_is_not_stored_yet_speaks_if_it_answered_half_as_often(
    reading_it: Reader, answers: int, rows: int
) -> None:
    young = [Sample(ICMP, "192.0.2.0", STORED_UNTIL_TS + 1.0 + second, 2.5, is_own=True) for second in range(answers)]

    found = latency_rows(reading_it, 1, ICMP, window(STORED_UNTIL_TS - 300, NOW_TS), NOW, remembered(*young))

    assert len(list(found.rows)) == rows


# ---------------------------------------------------------------- wider buckets
@pytest.mark.parametrize(("days", "bucket_s"), [(3, 30), (9, HOUR)])
def test_what_is_older_comes_as_means(story: Story, reading_it: Reader, days: int, bucket_s: int) -> None:
    later = NOW + timedelta(days=days - 2)  # the story's end is so long ago
    start_ts, end_ts = NOW_TS // HOUR * HOUR - DAY, NOW_TS // HOUR * HOUR

    rows = latency_rows(reading_it, 1, ICMP, window(start_ts, end_ts), later)
    pivot = latency_pivot(reading_it, 1, window(start_ts, end_ts), later, protocols=(ICMP, Protocol.TWAMP))

    expected: dict[int, list[int]] = {}
    for one in story.spoken(start_ts, end_ts, 1)[ICMP]:
        if one.rtt_us is not None:
            expected.setdefault(one.at_ms // 1000 // bucket_s * bucket_s, []).append(one.rtt_us)
    means = [(ts, mean_of(us)) for ts, us in sorted(expected.items())]
    assert (rows.bucket_s, pivot.bucket_s) == (bucket_s, bucket_s)
    assert list(rows.rows) == [(ts * 1000, us) for ts, us in means]
    assert [(ts, icmp) for ts, icmp, _ in pivot.rows if icmp is not None] == means


def test_more_single_samples_than_an_answer_may_have_come_as_means_of_five_seconds(
    reading_it: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency, "MOST_ROWS", 100)
    asked = window(NOW_TS - HOUR, NOW_TS)

    rows = latency_rows(reading_it, 1, ICMP, asked, NOW)

    assert rows.bucket_s == 5
    assert {ts % 5000 for ts, _ in rows.rows} == {0}
    assert latency_rows(reading_it, 1, TCP, asked, NOW).bucket_s is None  # these are few
