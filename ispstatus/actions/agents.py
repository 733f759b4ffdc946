"""Remote agents: enrol them, let them go, and remember what they report."""

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import TypeVar

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.radio import record_radio
from ispstatus.actions.samples import record_runs
from ispstatus.model.agent import Accepted, AgentReport, PushedFix, PushedReading, PushedSample, Taken
from ispstatus.model.errors import BadRequest, NotFound
from ispstatus.model.radio import PositionFix, RadioReading
from ispstatus.model.record import Run
from ispstatus.model.series import Protocol
from ispstatus.store import agents, uplinks
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY

MINUTE = 60
OLDEST_S = 2 * DAY
"""As long as single samples are kept."""
AHEAD_S = 60
"""How much an agent's clock may be ahead of ours."""
LOST_FROM_MS = 3000.0
"""A round trip that takes longer is lost, as it is everywhere (RFC 6673)."""

_Row = TypeVar("_Row", PushedSample, PushedReading, PushedFix)


def enrol_agent(db: Db, name: str, now_ts: int) -> int:
    """Return the number of the agent of a name, making it if need be; one that was removed continues.

    BadRequest for the name of an uplink, which this box measures itself: nobody could tell the two apart.
    """
    if any(one.name == name for one in uplinks.stored(db)):
        raise BadRequest(f"agent: {name!r} is an uplink of this box; give the agent another name")
    known = agents.named(db, name)
    if known is None:
        return agents.add(db, name, now_ts)
    if known.is_removed:
        agents.set_removed(db, known.id, is_removed=False)
    return known.id


def remove_agent(db: Db, name: str) -> None:
    """Let an agent go; its history stays readable. NotFound with the known names."""
    known = agents.named(db, name)
    if known is None or known.is_removed:
        present = tuple(agent.name for agent in agents.every(db) if not agent.is_removed)
        raise NotFound(f"there is no agent {name!r}", known=present)
    agents.set_removed(db, known.id, is_removed=True)


def record_report(db: Db, agent_id: int, report: AgentReport, now_ts: float, pasts: Pasts) -> Accepted:
    """Store what a remote agent reports; NotFound for a number that is none's.

    What is told again replaces what was stored. ``pasts`` saves reading what samples are held against.
    """
    if agent_id not in {agent.id for agent in agents.every(db) if not agent.is_removed}:
        raise NotFound("agent not found")
    samples, of_samples = _timely(report.samples, now_ts)
    readings, of_readings = _timely(report.readings, now_ts)
    fixes, of_fixes = _timely(report.fixes, now_ts)
    record_runs(db, _runs(agent_id, samples), pasts)
    record_radio(
        db,
        [RadioReading(agent_id, int(one.ts), one.radio) for one in readings],
        [PositionFix(agent_id, int(one.ts), one.position) for one in fixes],
    )
    if report.profile is not None:
        agents.describe(db, agent_id, report.profile)
    moments = [*(one.ts for one in samples), *(one.ts for one in readings), *(one.ts for one in fixes)]
    if moments:
        agents.heard(db, agent_id, int(max(moments)))
    return Accepted(of_samples, of_readings, of_fixes)


def _timely(rows: Sequence[_Row], now_ts: float) -> tuple[list[_Row], Taken]:
    """Return the rows that lie neither in the future nor too far back, and which those are."""
    is_timely = [now_ts - OLDEST_S <= row.ts <= now_ts + AHEAD_S for row in rows]
    refused = tuple(place for place, is_good in enumerate(is_timely) if not is_good)
    return list(compress(rows, is_timely)), Taken(len(rows) - len(refused), refused)


def _runs(agent_id: int, samples: Iterable[PushedSample]) -> list[Run]:
    """Return samples by protocol, target and minute, each oldest first; of two in one millisecond the later given."""
    minutes: dict[tuple[int, Protocol, str], dict[int, int | None]] = {}
    for one in samples:
        at_ms = int(one.ts * 1000)
        minute_ts = at_ms // 1000 // MINUTE * MINUTE
        lost = one.rtt_ms is None or one.rtt_ms > LOST_FROM_MS
        taken = minutes.setdefault((minute_ts, one.protocol, one.target), {})
        taken[at_ms - minute_ts * 1000] = None if lost or one.rtt_ms is None else round(one.rtt_ms * 1000)
    return [
        _run(agent_id, target, ts, sorted(taken.items(), key=lambda one: one[0]), protocol)
        for (ts, protocol, target), taken in sorted(minutes.items())
    ]


def _run(agent_id: int, target: str, ts: int, taken: Sequence[tuple[int, int | None]], protocol: Protocol) -> Run:
    offsets_ms, rtts_us = (tuple(column) for column in zip(*taken, strict=True))
    return Run(agent_id, target, ts, offsets_ms, rtts_us, protocol)
