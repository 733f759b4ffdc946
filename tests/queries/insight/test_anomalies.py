from datetime import UTC, datetime
from random import Random
from statistics import median

import pytest

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.samples import record_runs
from ispstatus.analytics.anomalies import RUN, Past
from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.insight.anomalies import anomalies
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON, a_run, at
from tests.queries.insight.story import AGENTS, MIDNIGHT_TS, NOW_TS, Story, Told, ends_of, mean_ms, up30

_DRAW = Random(2)
WINDOWS = [
    (NOW_TS - HOUR, NOW_TS),
    (NOW_TS - DAY, NOW_TS),
    (NOW_TS - 3 * DAY, NOW_TS),
    (MIDNIGHT_TS, MIDNIGHT_TS + HOUR),
    (NOW_TS - 40, NOW_TS),
    *((ts := _DRAW.randrange(MIDNIGHT_TS, NOW_TS - 10), _DRAW.randrange(ts, NOW_TS)) for _ in range(8)),
]


def window(start_ts: int, end_ts: int) -> Window:
    return Window(datetime.fromtimestamp(start_ts, UTC), datetime.fromtimestamp(end_ts, UTC))


def halves_of(samples: list[Told]) -> dict[int, list[Told]]:
    found: dict[int, list[Told]] = {}
    for one in samples:
        found.setdefault(one.at_ms // 30_000 * 30, []).append(one)
    return found


def whole_means(halves: dict[int, list[Told]]) -> dict[int, int]:
    """Return the means in whole microseconds."""
    found = {}
    for ts, samples in halves.items():
        answers = [one.rtt_us for one in samples if one.rtt_us is not None]
        if answers:
            found[ts] = int(sum(answers) / len(answers) + 0.5)
    return found


def flagged(story: Story, one: Told) -> set[int]:
    """Return the half minutes of a series that were out of the ordinary, judged one after the other."""
    samples = ends_of(story.within(0, NOW_TS, one.agent_id))[one.protocol, one.target]
    past = Past()
    return {ts for ts, mean in sorted(whole_means(halves_of(samples)).items()) if past.judge(ts, mean)}


def mad(values: list[int]) -> float:
    middle = median(values)
    return 1.4826 * median(abs(value - middle) for value in values) / 1000


@pytest.fixture(scope="module")
def flags(library: tuple[Story, Reader]) -> dict[tuple[int, str, str], set[int]]:
    """Every flag there should be."""
    story = library[0]
    firsts = {(one.agent_id, one.protocol.value, one.target): one for one in story.samples}
    return {end: flagged(story, one) for end, one in firsts.items()}


@pytest.mark.parametrize("agent_id", AGENTS)
@pytest.mark.parametrize(("start_ts", "end_ts"), WINDOWS)
def test_the_report_is_that_of_all_samples(
    story: Story,
    reading_it: Reader,
    flags: dict[tuple[int, str, str], set[int]],
    agent_id: int,
    start_ts: int,
    end_ts: int,
) -> None:
    found = anomalies(reading_it, agent_id, window(start_ts, end_ts)).protocols

    spoken = story.spoken(up30(start_ts), up30(end_ts), agent_id)
    assert found.keys() == spoken.keys()
    for name, samples in spoken.items():
        halves = halves_of(samples)
        odd = flags[agent_id, name.value, samples[0].target]
        eventful = [ts in odd or any(one.rtt_us is None for one in half) for ts, half in sorted(halves.items())]
        run = longest = 0
        for is_eventful in eventful:
            run = run + 1 if is_eventful else 0
            longest = max(longest, run)
        said = found[name]
        assert said.drops == sum(one.rtt_us is None for one in samples)
        assert said.latency_ms == pytest.approx(mean_ms(samples))
        assert said.anomaly_distribution_pct == pytest.approx(100 * sum(eventful) / len(halves))
        assert said.is_anomaly == (longest >= RUN)
        if end_ts - start_ts <= DAY:
            means = whole_means(halves)
            assert said.anomaly_mad_ms == (pytest.approx(mad([*means.values()])) if means else None)


def test_a_long_window_tells_the_median_of_its_hours_spreads(story: Story, reading_it: Reader) -> None:
    found = anomalies(reading_it, 2, window(MIDNIGHT_TS, MIDNIGHT_TS + 2 * DAY)).protocols[Protocol.ICMP]

    samples = story.spoken(MIDNIGHT_TS, MIDNIGHT_TS + 2 * DAY, 2)[Protocol.ICMP]
    hours: dict[int, list[int]] = {}
    for ts, mean in whole_means(halves_of(samples)).items():
        hours.setdefault(ts // HOUR, []).append(mean)
    assert found.anomaly_mad_ms == pytest.approx(median(map(mad, hours.values())), abs=0.001)


def test_only_the_protocols_asked_for_are_told(reading_it: Reader) -> None:
    asked = window(NOW_TS - HOUR, NOW_TS)

    assert anomalies(reading_it, 1, asked, (Protocol.TCP, Protocol.HTTP)).protocols.keys() == {Protocol.TCP}
    assert anomalies(reading_it, 99, asked).protocols == {}
    assert anomalies(reading_it, 1, window(MIDNIGHT_TS - HOUR, MIDNIGHT_TS)).protocols == {}


def test_a_run_of_losses_over_the_border_of_an_hour_is_one_run(reader: Reader, db: Db) -> None:
    pasts = Pasts()
    for minute in (58, 59, 60, 61):
        lost = {58: (9_000, 9_000), 59: (None, None), 60: (None, 9_000), 61: (9_000, 9_000)}[minute]
        record_runs(db, [a_run(minute=minute, offsets_ms=(0, 30_000), rtts_us=lost)], pasts)

    def is_anomaly(end_s: int) -> bool:
        return anomalies(reader, 1, Window(NOON, at(end_s))).is_anomaly

    assert (is_anomaly(3600), is_anomaly(3601), is_anomaly(3720)) == (False, True, True)
