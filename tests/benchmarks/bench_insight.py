"""What the insight numbers cost: 50 agents with six protocols each, at ingest and when they are asked for.

    python -m tests.benchmarks.bench_insight

Pure arithmetic, no root and no network. Prints JSON with CPU milliseconds (the best of some rounds, so that a busy
machine disturbs little); exits 1 when 300 samples take more than 0.5 ms, or any answer's arithmetic more than 50 ms.
"""

import json
import random
import sys
import time
from collections.abc import Callable

from ispstatus.analytics.aggregates import HALF_MINUTE, Summing, aggregate_of, joined
from ispstatus.analytics.anomalies import Past, events_of, spread_ms
from ispstatus.analytics.correlation import levels_of, merged_pairs, pair_sums, patterns_of
from ispstatus.analytics.forecast import forecast_of
from ispstatus.analytics.kpis import Expected, Recent, connectivity
from ispstatus.analytics.trends import trend_of
from ispstatus.model.series import Aggregate, Events, Protocol

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
    return lambda: patterns_of(pair_sums(series), levels_of(series, buckets * 300), 0.7)


def main() -> int:
    ingest = Ingest()
    recent = Recent(sums(2), sums(6), sums(60), {protocol: Events(10) for protocol in Protocol})
    minutes = [sums(12) for _ in range(10)]
    hour = [(place * HALF_MINUTE, aggregate_of(DRAW.choices(range(9_000, 30_000), k=6))) for place in range(120)]
    day_of_means = DRAW.choices(range(9_000, 30_000), k=2880)
    day = pair_sums(
        {agent: {ts: DRAW.randint(9_000, 30_000) for ts in range(0, 86_400, 300)} for agent in range(AGENTS)}
    )
    took = {
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
        "correlation_7_days_from_the_sums_of_days": cpu_ms(lambda: merged_pairs([day] * 7), 10),
    }
    print(json.dumps(took, indent=2))
    return int(took.pop("ingest_300_samples") > INGEST_BAR_MS or max(took.values()) > ANSWER_BAR_MS)


if __name__ == "__main__":
    sys.exit(main())
