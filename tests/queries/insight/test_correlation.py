from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from statistics import fmean

import pytest

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.samples import record_runs
from ispstatus.analytics.correlation import Level, PatternType, pair_sums, patterns_of
from ispstatus.model.series import Protocol
from ispstatus.queries.insight.correlation import Correlation, correlation
from ispstatus.queries.reader import Reader
from ispstatus.store import pairs
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import a_run
from tests.queries.insight.story import AGENTS, MIDNIGHT_TS, NOW_TS, Story, Told

NOW = datetime.fromtimestamp(NOW_TS, UTC)
CARRIERS = (Protocol.ICMP, Protocol.TWAMP, Protocol.UDP, Protocol.TCP)


def slow_means(samples: list[Told]) -> dict[int, int]:
    found: dict[int, list[int]] = {}
    for one in samples:
        if one.rtt_us is not None:
            found.setdefault(one.at_ms // 300_000 * 300, []).append(one.rtt_us)
    return {ts: int(sum(answers) / len(answers) + 0.5) for ts, answers in found.items()}


def slow_series(story: Story, agent_id: int, start_ts: int, end_ts: int) -> dict[int, int]:
    """Return the means of the first protocol, of four, that has half as many as any, and of who speaks for it."""
    means = {name: slow_means(samples) for name, samples in story.spoken(start_ts, end_ts, agent_id).items()}
    most = max(len(means[name]) for name in CARRIERS if name in means)
    return next(means[name] for name in CARRIERS if name in means and 2 * len(means[name]) >= most)


def slow_level(means: dict[int, int], end_ts: int) -> Level:
    """Return the mean of all of them and of those of the last hour."""
    last_hour = [us for ts, us in means.items() if ts >= end_ts - HOUR]
    return Level(fmean(means.values()), fmean(last_hour) if last_hour else None)


@pytest.mark.parametrize("seconds", [1900, 2 * HOUR, DAY, 2 * DAY, 3 * DAY, 3 * DAY + 15 * HOUR])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7])
def test_the_patterns_are_those_of_all_samples(
    story: Story, reading_it: Reader, seconds: int, threshold: float
) -> None:
    end_ts = NOW_TS // 300 * 300
    start_ts = -(-(NOW_TS - seconds) // 300) * 300
    series = {agent: slow_series(story, agent, start_ts, end_ts) for agent in AGENTS}

    found = correlation(reading_it, AGENTS, NOW, seconds, threshold)

    assert found.analysed == sum(len(means) >= 6 for means in series.values())
    levels = {agent: slow_level(means, end_ts) for agent, means in series.items()}
    assert found.patterns == patterns_of(pair_sums(series), levels, threshold)


def test_a_day_of_like_days_shows_in_the_pattern(reading_it: Reader) -> None:
    found = correlation(reading_it, AGENTS, NOW, 3 * DAY, 0.5)

    assert found.analysed == 4
    assert any(len(pattern.agents) >= 2 for pattern in found.patterns)


def test_only_the_agents_asked_about_are_compared(reading_it: Reader) -> None:
    assert correlation(reading_it, (1,), NOW, 2 * HOUR, 0.0).analysed == 1
    assert correlation(reading_it, (), NOW, 2 * HOUR, 0.0) == Correlation(0, [])
    before = datetime.fromtimestamp(MIDNIGHT_TS, UTC)
    assert correlation(reading_it, AGENTS, before, DAY, 0.0).analysed == 0


# ---------------------------------------------------------------- whole days
def record(db: Db, agent_id: int, moments: range, draw: Random, protocol: Protocol = Protocol.ICMP) -> dict[int, int]:
    """Store a sample of one agent at each moment after midnight; return the round trips by moment."""
    told = {MIDNIGHT_TS + after_s: draw.randint(9_000, 30_000) for after_s in moments}
    runs = [replace(a_run(agent_id, protocol=protocol), ts=ts, rtts_us=(us, us)) for ts, us in told.items()]
    record_runs(db, runs, Pasts())
    return told


def test_whole_days_are_told_from_the_sums_of_their_pairs(db: Db, reader: Reader) -> None:
    draw, now = Random(3), datetime.fromtimestamp(MIDNIGHT_TS + 2 * DAY + HOUR, UTC)
    for agent_id in (2, 1):
        record(db, agent_id, range(0, 2 * DAY, HOUR), draw)
        record(db, agent_id, range(2 * DAY, 2 * DAY + 300, 300), draw)
    before = correlation(reader, (1, 2), now, 2 * DAY + HOUR, 0.0)

    db.run("UPDATE sample_hour SET means = NULL")

    assert before.analysed == 2
    assert [(one.type, one.agents) for one in before.patterns] == [(PatternType.INVERSE_PATTERN, (1, 2))]
    assert correlation(reader, (1, 2), now, 2 * DAY + HOUR, 0.0) == before
    assert correlation(reader, (1, 2), now, 2 * DAY, 0.0).patterns != before.patterns
    assert correlation(reader, (1, 2), now, DAY, 0.0).analysed == 0


def test_a_day_on_which_another_far_end_spoke_is_told_from_its_means(db: Db, reader: Reader) -> None:
    """Over both days twamp answered most of the first agent, but on the first day it was icmp."""
    draw, now = Random(5), datetime.fromtimestamp(MIDNIGHT_TS + 2 * DAY + HOUR, UTC)
    record(db, 1, range(0, 10 * HOUR, HOUR), draw)
    mine = record(db, 1, range(0, 4 * HOUR, HOUR), draw, Protocol.TWAMP)
    other = record(db, 2, range(0, 10 * HOUR, HOUR), draw)
    mine |= record(db, 1, range(DAY, 2 * DAY, HOUR), draw, Protocol.TWAMP)
    other |= record(db, 2, range(DAY, 2 * DAY + HOUR, HOUR), draw)
    assert len(pairs.paired(db, (MIDNIGHT_TS, MIDNIGHT_TS + DAY))) == 2

    found = correlation(reader, (1, 2), now, 2 * DAY + HOUR, 0.0)

    levels = {1: slow_level(mine, int(now.timestamp())), 2: slow_level(other, int(now.timestamp()))}
    assert found.patterns == patterns_of(pair_sums({1: mine, 2: other}), levels, 0.0)
    assert found.patterns


def test_just_after_midnight_the_last_hour_is_one_of_the_day_before(db: Db, reader: Reader) -> None:
    for hour in range(25):
        for agent_id in (1, 2):
            us = 9_000 + 100 * hour if hour < 23 else 50_000
            record_runs(db, [replace(a_run(agent_id), ts=MIDNIGHT_TS + hour * HOUR, rtts_us=(us, us))], Pasts())

    found = correlation(reader, (1, 2), datetime.fromtimestamp(MIDNIGHT_TS + DAY + 120, UTC), DAY + 120, 0.9)

    assert [one.type for one in found.patterns] == [PatternType.SIMILAR_DEGRADATION]
