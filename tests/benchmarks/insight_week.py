"""A week of fifty agents with six protocols every five seconds: what storing it costs, and what asking for it."""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.samples import record_runs
from ispstatus.analytics.health_report import Period
from ispstatus.analytics.latest import Latest
from ispstatus.analytics.rankings import Metric
from ispstatus.model.record import Run
from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.insight import agents, anomalies, correlation, health_report, latency, rankings, recent, trends
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db, open_reader
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON_TS
from tests.store.kit import a_database

AGENTS = range(1, 51)
ONE = 7
TICKS = 12
"""A minute has twelve ticks of five seconds, of 300 samples each."""
OFFSETS = tuple(range(0, 60_000, 5_000))
SHAPES = 400
END_TS = NOON_TS - NOON_TS % DAY + 13 * HOUR + 47 * 60


@dataclass(frozen=True, slots=True)
class Ingest:
    """CPU milliseconds per 300 samples, stored with all that follows from them."""

    quiet_minute: float
    """The best minute of those that end no hour."""
    median_minute: float
    mean: float
    """Over all minutes: sums of hours and days and the commit are in it."""


def cpu_ms(work: Callable[[], object], rounds: int) -> list[float]:
    """Return the CPU milliseconds of some rounds."""
    took = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        took.append((time.process_time() - start) * 1000)
    return took


def fill(folder: Path, days: float) -> Ingest:
    """Store so many days that end before ``END_TS``, minute by minute as the daemon does."""
    draw, pasts = random.Random(1), Pasts()
    shapes = {protocol: [_shape(draw, place) for _ in range(SHAPES)] for place, protocol in enumerate(Protocol)}
    db = a_database(folder, uplinks=len(AGENTS))
    took = []
    for ts in range(END_TS - int(days * 1440) * 60, END_TS, 60):
        runs = [
            Run(
                agent, "reflector.example", ts, OFFSETS, shapes[protocol][draw.randrange(SHAPES)], protocol, is_own=True
            )
            for agent in AGENTS
            for protocol in Protocol
        ]
        took += cpu_ms(lambda runs=runs: _store(db, runs, pasts), 1)  # type: ignore[misc]
    db.checkpoint()
    db.close()
    return Ingest(*(figure(took) / TICKS for figure in (min, median, fmean)))


def weigh(folder: Path, days: float) -> dict[str, float]:
    """Return the kilobytes each table grew per uplink and day; each forgets, see the retention."""
    db = open_reader(folder / "ispstatus.db")
    pages = db.rows("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
    db.close()
    tables = ("sample", "sample_30s", "sample_hour", "sample_day", "pair_day", "health_hour")
    return {name: round(size / len(AGENTS) / days / 1000, 1) for name, size in pages if name in tables}


def ask(folder: Path, rounds: int) -> dict[str, float]:
    """Return the median CPU milliseconds of every question."""
    reader = Reader(folder / "ispstatus.db")
    found = {name: round(median(cpu_ms(question, rounds)), 2) for name, question in _questions(reader)}
    reader.close()
    return found


def _store(db: Db, runs: list[Run], pasts: Pasts) -> None:
    with db.transaction():
        record_runs(db, runs, pasts)


def _shape(draw: random.Random, place: int) -> tuple[int | None, ...]:
    base = 9_000 + 4_000 * place
    return tuple(
        None if draw.random() < 0.002 else round(draw.gauss(base, 600)) + 25_000 * (draw.random() < 0.001)
        for _ in OFFSETS
    )


def _questions(reader: Reader) -> Iterable[tuple[str, Callable[[], object]]]:
    now = datetime.fromtimestamp(END_TS + 17, UTC)
    one = agents.find_agent(reader, str(ONE))
    memory = Latest(0.0, now.timestamp())

    def back(seconds: int) -> Window:
        return Window(datetime.fromtimestamp(now.timestamp() - seconds, UTC), now)

    yield "ci", lambda: recent.connectivity_of(reader, one, memory, is_down=False)
    yield "forecast after a restart", lambda: recent.forecast(reader, one, memory, is_down=False)
    yield "latency, 400 s of tcp", lambda: list(latency.latency_rows(reader, ONE, Protocol.TCP, back(400), now).rows)
    yield "latency, 24 h of tcp", lambda: list(latency.latency_rows(reader, ONE, Protocol.TCP, back(DAY), now).rows)
    yield "latency, 1 h of all", lambda: list(latency.latency_pivot(reader, ONE, back(HOUR), now).rows)
    yield "latency, 24 h of all (17280 rows)", lambda: list(latency.latency_pivot(reader, ONE, back(DAY), now).rows)
    yield "latency, 7 d of all (20160 rows)", lambda: list(latency.latency_pivot(reader, ONE, back(7 * DAY), now).rows)
    yield "anomalies, 1 h", lambda: anomalies.anomalies(reader, ONE, back(HOUR))
    yield "anomalies, 24 h", lambda: anomalies.anomalies(reader, ONE, back(DAY))
    yield "anomalies, 7 d", lambda: anomalies.anomalies(reader, ONE, back(7 * DAY))
    yield "trends, 7 d", lambda: trends.trend(reader, ONE, now, 7)
    yield "degradation-alerts, 3 d", lambda: trends.degraded(reader, AGENTS, now, 3, 20.0)
    yield "health-report, daily", lambda: health_report.report(reader, AGENTS, now, Period.DAILY)
    yield "health-report, weekly", lambda: health_report.report(reader, AGENTS, now, Period.WEEKLY)
    yield "agent-rankings, 24 h", lambda: rankings.ranking(reader, AGENTS, now, DAY, Metric.OVERALL)
    yield (
        "agent-rankings, 24 h, by health",
        lambda: rankings.ranking(reader, AGENTS, now, DAY, Metric.CONNECTIVITY_HEALTH),
    )
    yield "agent-rankings, 7 d", lambda: rankings.ranking(reader, AGENTS, now, 7 * DAY, Metric.STABILITY)
    yield "correlation-analysis, 2 h", lambda: correlation.correlation(reader, AGENTS, now, 2 * HOUR, 0.7)
    yield "correlation-analysis, 24 h", lambda: correlation.correlation(reader, AGENTS, now, DAY, 0.7)
    yield "correlation-analysis, 7 d", lambda: correlation.correlation(reader, AGENTS, now, 7 * DAY, 0.7)
    yield "agents", lambda: agents.active_agents(reader, now, lambda _: memory, lambda _: False)
    yield "networks", lambda: agents.active_networks(reader, "0", now, lambda _: memory, lambda _: False)
