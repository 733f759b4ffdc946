"""How long a cycle lasts when nothing answers: ``python -m tests.benchmarks.bench_walls`` (root).

Whole cycles of the product on 3 and on 20 uplinks whose packets all vanish, one more uplink beside them that is well.
From the first check of the round to the last verdict, against the longest timeout there is: the third echo's, sent a
second after the first. The healthy uplink's own cycle, alone and beside the dead, is told.
"""

import os
import statistics
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing

from ispstatus.jobs.cycle import CONNECT_S
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.plan import echo_timeout_s
from ispstatus.model.state import State
from tests.benchmarks.cycles import Cycles
from tests.benchmarks.netlab import NetLab, why_not
from tests.benchmarks.report import Row, at_most, run, told

SLACK_S = 0.3
_ECHOES_SPAN_S = 1.0


def cycle_s(live: LiveUplink) -> float:
    """Return how long an uplink's last cycle was."""
    assert live.evidence is not None
    return (live.evidence.ended_at - live.evidence.started_at).total_seconds()


def round_s(dead: Sequence[LiveUplink]) -> float:
    """Return the seconds from the first start to the last verdict of the uplinks' last cycles."""
    seen = [live.evidence for live in dead if live.evidence is not None]
    return (max(one.ended_at for one in seen) - min(one.started_at for one in seen)).total_seconds()


def longest_s(dead: Sequence[LiveUplink]) -> float:
    """Return the longest any check of a dead uplink may take."""
    medians = [live.stream.median_ms(target.address) for live in dead for target in live.uplink.plan.ping]
    return max(CONNECT_S, _ECHOES_SPAN_S + max(echo_timeout_s(median) for median in medians))


def walls(count: int, rounds: int) -> tuple[Row, ...]:
    """Break ``count`` uplinks of one lab and run rounds of cycles."""
    numbers = range(1, count + 2)
    with NetLab(count + 1) as lab:
        os.environ["SSL_CERT_FILE"] = str(lab.serve_web())
        lab.enter()
        with closing(Cycles(numbers, "http", lab.folder)) as cycles:
            *dead, well = cycles.roster
            before = []
            for _ in range(rounds):
                cycles.run()
                before.append(cycle_s(well))
            lab.blackhole(numbers[:-1])
            cycles.wait(lambda: all(live.standing.decision.state is State.DOWN for live in dead))
            spent, beside = [], []
            for _ in range(rounds):
                cycles.run()
                spent.append(round_s(dead))
                beside.append(cycle_s(well))
            is_well = well.standing.decision.state is State.UP
            limit_s = longest_s(dead) + SLACK_S
    healthy = f"{statistics.median(beside) * 1e3:.3g} ms; alone {statistics.median(before) * 1e3:.3g} ms"
    return (
        at_most(f"{count} dead uplinks, longest round", max(spent), round(limit_s, 3), " s"),
        Row("    the healthy one beside them", healthy, "UP", is_well),
    )


def measure(options: Namespace) -> Sequence[Row]:
    """Return every row."""
    return (
        *walls(3, options.rounds),
        *walls(20, options.rounds),
        told("limit", f"longest timeout + {SLACK_S * 1000:g} ms"),
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, why_not, measure, rounds=5))
