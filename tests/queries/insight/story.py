"""What four agents measured in three days, told at random; and the slow, obvious way to read it again."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.samples import record_runs
from ispstatus.model.record import Run
from ispstatus.model.series import Protocol
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON_TS

MIDNIGHT_TS = NOON_TS - NOON_TS % DAY
NOW_TS = MIDNIGHT_TS + 3 * DAY + 13 * HOUR + 47 * 60 + 20
STORED_UNTIL_TS = NOW_TS // 60 * 60
FAR = "reflector.example"
LINES = {
    1: (Protocol.ICMP, "192.0.2.1", False),
    2: (Protocol.ICMP, "192.0.2.2", False),
    3: (Protocol.ICMP, FAR, True),
    4: (Protocol.TWAMP, FAR, True),
    5: (Protocol.TCP, "http://one.example/", False),
    6: (Protocol.UDP, FAR, True),
}
"""Protocol, target and whether it is own, by a number of ours."""
AGENTS = {1: (1, 2, 3, 4, 5), 2: (1, 2), 3: (3, 5, 6), 4: (5,)}
"""The lines of each agent. The second has no reflector, the fourth nothing but web checks."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sample of the story."""

    agent_id: int
    protocol: Protocol
    target: str
    is_own: bool
    at_ms: int
    rtt_us: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that was measured."""

    samples: list[Told]

    def within(self, start_ts: float, end_ts: float, agent_id: int | None = None) -> list[Told]:
        """Return the samples of a window, of one agent or of all."""
        return [
            one
            for one in self.samples
            if start_ts * 1000 <= one.at_ms < end_ts * 1000 and agent_id in (None, one.agent_id)
        ]

    def spoken(self, start_ts: float, end_ts: float, agent_id: int) -> dict[Protocol, list[Told]]:
        """Return the samples of the far end that speaks for each protocol of an agent in a window."""
        return spoken_of(self.within(start_ts, end_ts, agent_id))


def spoken_of(samples: list[Told]) -> dict[Protocol, list[Told]]:
    """Return those of the far end that speaks for each protocol; all samples are one agent's."""
    spoken: dict[Protocol, list[Told]] = {}
    for (protocol, _), of_end in sorted(ends_of(samples).items()):
        if protocol not in spoken or _is_above(of_end, spoken[protocol]):
            spoken[protocol] = of_end
    return spoken


def ends_of(samples: list[Told]) -> dict[tuple[Protocol, str], list[Told]]:
    """Return samples by far end."""
    found: dict[tuple[Protocol, str], list[Told]] = {}
    for one in samples:
        found.setdefault((one.protocol, one.target), []).append(one)
    return found


def _is_above(one: list[Told], other: list[Told]) -> bool:
    """Say whether one far end speaks rather than another that is before it by name."""
    mine, its = (sum(sample.rtt_us is not None for sample in samples) for samples in (one, other))
    if not mine or not its or one[0].is_own == other[0].is_own:
        return mine > 2 * its
    return one[0].is_own


def told(db: Db, *, every_s: int = 20) -> Story:
    """Store the story up to the minute that began before its end, in whole minutes; return all of it."""
    draw, pasts = Random(11), Pasts()
    samples: list[Told] = []
    with db.transaction():
        for ts in range(MIDNIGHT_TS, STORED_UNTIL_TS, 60):
            runs = [run for agent_id, lines in AGENTS.items() for run in _minute(draw, agent_id, lines, ts, every_s)]
            samples += [one for run in runs for one in _of(run)]
            record_runs(db, runs, pasts)
    return Story(samples)


def _minute(draw: Random, agent_id: int, lines: tuple[int, ...], ts: int, every_s: int) -> Iterator[Run]:
    if draw.random() < 0.02:
        return  # nobody can vouch for this minute
    hour = (ts - MIDNIGHT_TS) // HOUR
    for line in lines:
        protocol, target, is_own = LINES[line]
        if agent_id == 1 and line == 4 and hour < 40:
            continue  # the responder was set up late
        spacing = 60 if protocol is Protocol.TCP else every_s
        offsets = tuple(second * 1000 + draw.randrange(900) for second in range(line, 60, spacing))
        base = 9_000 + 2_000 * line + (15_000 if agent_id == 2 and hour >= 84 else 0) + 400 * (hour % 24) // agent_id
        yield Run(agent_id, target, ts, offsets, tuple(_rtt(draw, base) for _ in offsets), protocol, is_own)


def _rtt(draw: Random, base_us: int) -> int | None:
    luck = draw.random()
    if luck < 0.01:
        return None
    return base_us + draw.randrange(900) + (40_000 if luck > 0.99 else 0)


def _of(run: Run) -> Iterator[Told]:
    for offset, rtt in zip(run.offsets_ms, run.rtts_us, strict=True):
        yield Told(run.agent_id, run.protocol, run.target, run.is_own, run.ts * 1000 + offset, rtt)


def up30(ts: float) -> int:
    """Return the start of the first half minute that is not before ``ts``."""
    return -(-int(ts) // 30) * 30


def mean_ms(samples: list[Told]) -> float | None:
    """Return the mean of the answers."""
    answers = [one.rtt_us for one in samples if one.rtt_us is not None]
    return sum(answers) / len(answers) / 1000 if answers else None


def mean_of(figures: list[float | None]) -> float | None:
    """Return the mean of the figures there are."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) / len(known) if known else None


def line_of(spoken: dict[Protocol, list[Told]]) -> float | None:
    """Return line latency: icmp and twamp, or else udp and tcp."""
    for pair in ((Protocol.ICMP, Protocol.TWAMP), (Protocol.UDP, Protocol.TCP)):
        if (found := mean_of([mean_ms(spoken.get(name, [])) for name in pair])) is not None:
            return found
    return None
