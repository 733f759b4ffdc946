"""What the insight numbers cost: 50 agents with six protocols each, at ingest and when they are asked for.

    python -m tests.benchmarks.bench_insight [--days N | --fast]

The arithmetic by itself, then a week of samples every 5 s in a real database: stored as the daemon stores them, and
asked for as requests ask. No root and no network; three minutes. Prints JSON with CPU milliseconds (arithmetic: the
best of some rounds; questions: the median). Exits 1 when storing 300 samples takes more than 0.5 ms (of a minute that
ends no hour, the best), or a question more than 50 ms, but for those whose answers have more than ten thousand rows.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ispstatus.analytics.aggregates import HALF_MINUTE, Summing, aggregate_of, joined
from ispstatus.analytics.anomalies import Past, events_of, spread_ms
from ispstatus.analytics.correlation import level_of, merged_pairs, pair_sums, patterns_of
from ispstatus.analytics.forecast import forecast_of
from ispstatus.analytics.kpis import Expected, Recent, connectivity
from ispstatus.analytics.trends import trend_of
from ispstatus.model.series import Aggregate, Events, Protocol
from tests.benchmarks.insight_week import ask, fill, weigh

AGENTS = 50
SERIES = AGENTS * len(Protocol)
INGEST_BAR_MS = 0.5
ANSWER_BAR_MS = 50.0
DRAW = random.Random(1)


def cpu_ms(work: Callable[[], object], rounds: int) -> float:
    """Return the CPU milliseconds of the quickest of so many rounds."""
    took = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return round(min(took) * 1000, 4)


def sums(samples: int) -> dict[Protocol, Aggregate]:
    return {protocol: aggregate_of(DRAW.choices(range(9_000, 30_000), k=samples)) for protocol in Protocol}


class Ingest:
    """The half minutes of every series, filled and closed."""

    def __init__(self) -> None:
        self._open = [Summing() for _ in range(SERIES)]
        self._pasts = [Past() for _ in range(SERIES)]
        self._ts = 0
        for _ in range(130):
            self.tick()
            self.close()

    def tick(self) -> None:
        """Take one sample of every series."""
        for summing, rtt_us in zip(self._open, DRAW.choices(range(9_000, 30_000), k=SERIES), strict=True):
            summing.add(rtt_us)

    def close(self) -> None:
        """Close a half minute of every series and judge it."""
        self._ts += HALF_MINUTE
        for summing, past in zip(self._open, self._pasts, strict=True):
            closed = summing.close()
            past.judge(self._ts, closed.sum_us // closed.received)
        self._open = [Summing() for _ in range(SERIES)]
        self.tick()


def correlation(buckets: int, missing: float = 0.0) -> Callable[[], object]:
    """Return an analysis of every pair of agents over so many five minutes."""
    series = {
        agent: {place * 300: DRAW.randint(9_000, 30_000) for place in range(buckets) if DRAW.random() >= missing}
        for agent in range(AGENTS)
    }

    def analyse() -> object:
        levels = {agent: level_of((), means, buckets * 300) for agent, means in series.items()}
        return patterns_of(pair_sums(series), levels, 0.7)

    return analyse


def arithmetic() -> dict[str, float]:
    """Return what the arithmetic costs by itself."""
    ingest = Ingest()
    recent = Recent(sums(2), sums(6), sums(60), {protocol: Events(10) for protocol in Protocol})
    minutes = [sums(12) for _ in range(10)]
    hour = [(place * HALF_MINUTE, aggregate_of(DRAW.choices(range(9_000, 30_000), k=6))) for place in range(120)]
    day_of_means = DRAW.choices(range(9_000, 30_000), k=2880)
    day = pair_sums(
        {agent: {ts: DRAW.randint(9_000, 30_000) for ts in range(0, 86_400, 300)} for agent in range(AGENTS)}
    )
    return {
        "ingest_300_samples": cpu_ms(ingest.tick, 200),
        "close_and_judge_300_half_minutes": cpu_ms(ingest.close, 20),
        "join_and_count_an_hour_of_one_series": cpu_ms(
            lambda: (joined(hour, HALF_MINUTE), events_of((one, False) for _, one in hour)), 50
        ),
        "connectivity_of_one_agent": cpu_ms(lambda: connectivity(recent, Expected(), is_down=False), 200),
        "forecast_of_one_agent": cpu_ms(lambda: forecast_of(minutes, is_down=False), 100),
        "trends_of_all_agents": cpu_ms(lambda: [trend_of(minutes[0], minutes[1]) for _ in range(AGENTS)], 50),
        "spread_of_a_day_of_six_protocols": cpu_ms(lambda: [spread_ms(day_of_means) for _ in Protocol], 10),
        "correlation_2_hours": cpu_ms(correlation(24), 20),
        "correlation_2_hours_with_gaps": cpu_ms(correlation(24, missing=0.05), 20),
        "correlation_24_hours": cpu_ms(correlation(288), 5),
        "correlation_24_hours_with_gaps": cpu_ms(correlation(288, missing=0.05), 5),
        "correlation_7_days_from_the_sums_of_days": cpu_ms(lambda: merged_pairs([day] * 7), 10),
    }


def main(argv: list[str]) -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=7, metavar="N", help="days of samples (default 7)")
    parser.add_argument("--fast", action="store_true", help="a few hours: does it work at all")
    options = parser.parse_args(argv)
    days = 0.2 if options.fast else options.days
    took = arithmetic()
    with tempfile.TemporaryDirectory() as folder:
        ingest = fill(Path(folder), days)
        asked = ask(Path(folder), 3 if options.fast else 9)
        grew = weigh(Path(folder), days)
    figures = {"arithmetic": took, "ingest_300_samples": asdict(ingest), "questions": asked, "kb_per_uplink_day": grew}
    print(json.dumps(figures, indent=2))
    slow = [name for name, ms in asked.items() if ms > ANSWER_BAR_MS and "rows" not in name]
    return int(ingest.quiet_minute > INGEST_BAR_MS or max(took.values()) > ANSWER_BAR_MS or bool(slow))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
