"""Believable history out of a seed: what a site with three ways out might have seen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from ispstatus.actions.demo_evidence import InventedCycle
from ispstatus.actions.rollup import close_days
from ispstatus.actions.uplinks import register_uplinks
from ispstatus.actions.verdicts import record_event, record_verdict, save_trace
from ispstatus.analytics.buckets import BUCKET, bucket_of
from ispstatus.model.decision import Decision, Memory, Standing
from ispstatus.model.record import EngineEvent, EventKind, Minute, Outage, Run, Transition
from ispstatus.model.series import Aggregate, Hour
from ispstatus.model.state import Fault, Reason, State
from ispstatus.model.uplink import Contract, ProbePlan, QualityLimits, Uplink
from ispstatus.store import buckets, hours, meta, minutes, outages, series, uplinks
from ispstatus.store.codec import to_us
from ispstatus.store.db import Db
from ispstatus.store.hours import HOUR

DAY = 86_400
_ECHOES = 60
_CLOSE = 30
"""Days closed in one transaction."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What kind of line an uplink is."""

    rtt_ms: float
    jitter_ms: float
    loss: float
    outages_per_day: float
    busy_evenings: float
    """Share of evenings with congestion."""


_LINES = (_Line(8, 0.6, 0.0004, 0.12, 0.05), _Line(27, 4.0, 0.002, 0.3, 0.35), _Line(48, 9.0, 0.006, 0.6, 0.6))
_CAUSES = (
    (Reason.NO_EXTERNAL, Fault.PROVIDER, "carrier present, gateway answers, 0 of 3 networks answer"),
    (Reason.GATEWAY_UNREACHABLE, Fault.ACCESS, "carrier present, gateway silent, 0 of 3 networks answer"),
    (Reason.NO_CARRIER, Fault.ACCESS, "no carrier"),
)


@dataclass(frozen=True, slots=True)
class _Bad:
    """A stretch of one day: ``[start, end)`` in seconds of the day."""

    start: int
    end: int
    state: State
    reason: Reason
    fault: Fault
    words: str


def invented_uplinks(plan: ProbePlan, limits: QualityLimits) -> tuple[Uplink, ...]:
    """Return three uplinks for a site that has not configured any, on interfaces that no box has."""
    facts = (
        ("Fibre (BGP01)", "demo0", Contract(isp="Example Fibre", circuit_id="EXF-1001", sla_target_pct="99.9")),
        ("Wireless", "demo1", Contract(isp="Example Air", circuit_id="EXA-2002", sla_target_pct="99.5")),
        ("LTE backup", "demo2", Contract(isp="Example Mobile", network_type="LTE")),
    )
    return tuple(
        Uplink(id=0, name=name, interface=interface, plan=plan, limits=limits, contract=contract)
        for name, interface, contract in facts
    )


def invent(wished: Sequence[Uplink], *, days: int, seed: int, now: datetime) -> Iterator[Callable[[Db], object]]:
    """Yield the writes, in order, that fill an empty database with ``days`` days of history up to ``now``.

    It is marked as invented before anything else, so that even half of it never passes for real.
    """
    watched: list[Uplink] = []
    until_ts = int(now.timestamp()) // 60 * 60
    last_day_ts = until_ts // DAY * DAY

    def begin(db: Db) -> None:
        meta.put(db, meta.DEMO, str(seed))
        watched.extend(register_uplinks(db, wished))
        for place, uplink in enumerate(watched):
            well = InventedCycle(uplink, _at(last_day_ts - days * DAY), Reason.OK, _LINES[place % len(_LINES)].rtt_ms)
            save_trace(db, uplink.id, well.trace(), outage_id=None)

    yield begin
    for day_ts in range(last_day_ts - days * DAY, last_day_ts + 1, DAY):
        yield partial(invent_day, watched=watched, day_ts=day_ts, until_ts=until_ts, seed=seed)
    yield lambda db: finish_demo(db, watched, now)
    for _ in range(0, days * len(wished) + 1, _CLOSE):
        yield lambda db: close_days(db, _CLOSE)


def invent_day(db: Db, watched: Sequence[Uplink], day_ts: int, until_ts: int, seed: int) -> None:
    """Fill one UTC day (up to ``until_ts``) for every uplink. The same seed and date give the same day."""
    gap = _gap(db, day_ts, until_ts, seed)
    for place, uplink in enumerate(watched):
        random = Random(f"{seed}/{uplink.name}/{day_ts // DAY}")  # noqa: S311  invented, not secret
        line = _LINES[place % len(_LINES)]
        bad = sorted([*_outages(random, line), *_evening(random, line)], key=lambda stretch: stretch.start)
        bad = [stretch for stretch in bad if day_ts + stretch.end <= until_ts]
        rows = [
            minute
            for minute in _minutes(random, line, uplink.id, day_ts, bad)
            if minute.ts + 60 <= until_ts and minute.ts not in gap
        ]
        _store(db, uplink, rows)
        _tell(db, uplink, line, day_ts, bad)
    hours.sum_day(db, day_ts)


def finish_demo(db: Db, watched: Sequence[Uplink], now: datetime) -> None:
    """Leave every uplink UP as of ``now``."""
    decision = Decision(State.UP, Reason.OK, Fault.NONE, explanation="3 of 3 networks answer")
    for uplink in watched:
        newest = outages.transitions(db, uplink.id, 0, to_us(now), 1)
        since_at = newest[0].at if newest else now
        record_verdict(db, uplink_id=uplink.id, standing=Standing(decision, since_at, now), memory=Memory())


# ---------------------------------------------------------------- what happens on a day
def _gap(db: Db, day_ts: int, until_ts: int, seed: int) -> range:
    """Return the minutes in which the box was off: on one day in twenty."""
    random = Random(f"{seed}/box/{day_ts // DAY}")  # noqa: S311
    if random.random() > 1 / 20:
        return range(0)
    start_ts = day_ts + random.randrange(6 * 60, 20 * 60) * 60
    gap = range(start_ts, start_ts + random.randrange(2, 12) * 60, 60)
    if gap[-1] + 60 > until_ts:
        return range(0)
    record_event(db, EngineEvent(_at(gap[0]), EventKind.STOP, "demo: the box was restarted"))
    record_event(db, EngineEvent(_at(gap[-1] + 60), EventKind.START, "demo"))
    return gap


def _outages(random: Random, line: _Line) -> Iterator[_Bad]:
    start = random.expovariate(line.outages_per_day / DAY)
    while start < DAY - 2 * 3600:
        length = min(90 * 60, 8 + random.lognormvariate(4.3, 1.3))
        reason, fault, words = random.choices(_CAUSES, (5, 3, 1))[0]
        yield _Bad(int(start), int(start + length), State.DOWN, reason, fault, words)
        start += length + 900 + random.expovariate(line.outages_per_day / DAY)


def _evening(random: Random, line: _Line) -> Iterator[_Bad]:
    if random.random() < line.busy_evenings:
        start = 17 * 3600 + random.randrange(2 * 3600)
        length = random.randrange(15 * 60, 110 * 60)
        words = "3 of 3 networks answer, latency over its threshold"
        yield _Bad(start, start + length, State.DEGRADED, Reason.HIGH_LATENCY, Fault.PROVIDER, words)


def _minutes(random: Random, line: _Line, uplink_id: int, day_ts: int, bad: Sequence[_Bad]) -> Iterator[Minute]:
    for start in range(0, DAY, 60):
        inside = [stretch for stretch in bad if stretch.start < start + 60 and start < stretch.end]
        yield _minute(random, line, uplink_id, day_ts + start, inside)


def _minute(random: Random, line: _Line, uplink_id: int, ts: int, inside: Sequence[_Bad]) -> Minute:
    down_s = _overlap(inside, State.DOWN, ts % DAY)
    degraded_s = min(_overlap(inside, State.DEGRADED, ts % DAY), 60 - down_s)
    states = {stretch.state for stretch in inside}
    strain = 1 + 6 * degraded_s / 60
    lost = down_s + (random.random() < 60 * line.loss * strain)
    received = max(0, _ECHOES - lost)
    rtt_us = int(1000 * (line.rtt_ms * strain + line.jitter_ms * random.random()))
    jitter_us = int(1000 * line.jitter_ms * (0.3 + 0.4 * random.random()) * strain)
    steps = max(0, received - 3)
    checks = 3 if down_s < 60 else 0  # noqa: PLR2004
    return Minute(
        uplink_id=uplink_id,
        ts=ts,
        state=State.DOWN if State.DOWN in states else State.DEGRADED if states else State.UP,
        up_s=60 - down_s - degraded_s,
        degraded_s=degraded_s,
        down_s=down_s,
        unknown_s=0,
        down_fault=inside[0].fault if down_s else Fault.NONE,
        sent=_ECHOES,
        received=received,
        rtt_sum_us=received * rtt_us,
        rtt_max_us=rtt_us + 3 * jitter_us if received else None,
        jitter_sum_us=steps * jitter_us,
        jitter_count=steps,
        http_ok=checks,
        http_failed=3 - checks,
        dns_ok=checks,
        dns_failed=3 - checks,
    )


def _overlap(inside: Sequence[_Bad], state: State, start: int) -> int:
    return min(60, sum(min(b.end, start + 60) - max(b.start, start) for b in inside if b.state is state))


# ---------------------------------------------------------------- storing it
def _store(db: Db, uplink: Uplink, rows: Sequence[Minute]) -> None:
    if not rows:
        return
    minutes.put_minutes(db, rows)
    uplinks.note_first_minute(db, uplink.id, rows[0].ts)
    by_bucket: dict[int, list[Minute]] = {}
    for row in rows:
        by_bucket.setdefault(row.ts - row.ts % BUCKET, []).append(row)
    buckets.put_buckets(db, [bucket_of(uplink.id, ts, inside) for ts, inside in by_bucket.items()])
    by_hour: dict[int, list[Minute]] = {}
    for row in rows:
        by_hour.setdefault(row.ts - row.ts % HOUR, []).append(row)
    numbers = [series.number_of(db, Run(uplink.id, target.address, 0, (), ())) for target in uplink.plan.ping[:3]]
    for ts, inside in by_hour.items():
        hours.put_hour(db, ts, dict.fromkeys(numbers, _hour(inside)))


def _hour(inside: Sequence[Minute]) -> Hour:
    """Return what one of three targets saw of the hour."""
    sent, received = (sum(getattr(minute, count) for minute in inside) // 3 for count in ("sent", "received"))
    sum_us = sum(minute.rtt_sum_us for minute in inside) // 3
    typical_us = sum_us // received if received else None
    sums = Aggregate(
        sent=sent,
        lost=sent - received,
        sum_us=sum_us,
        min_us=typical_us,
        max_us=max((minute.rtt_max_us for minute in inside if minute.rtt_max_us is not None), default=None),
        squares_us2=sum_us * (typical_us or 0),
        steps_us=sum(minute.jitter_sum_us for minute in inside) // 3,
        steps=sum(minute.jitter_count for minute in inside) // 3,
    )
    return Hour(sums, typical_us)


def _tell(db: Db, uplink: Uplink, line: _Line, day_ts: int, bad: Sequence[_Bad]) -> None:
    """Store the transitions and outages of a day's bad stretches."""
    for stretch in bad:
        start_at, end_at = _at(day_ts + stretch.start), _at(day_ts + stretch.end)
        broken = InventedCycle(uplink, start_at, stretch.reason, line.rtt_ms)
        healed = InventedCycle(uplink, end_at, Reason.OK, line.rtt_ms)
        transition = Transition(
            uplink_id=uplink.id,
            at=start_at,
            state=stretch.state,
            reason=stretch.reason,
            fault=stretch.fault,
            explanation=stretch.words,
            evidence=broken.evidence(),
        )
        outages.add_transition(db, transition)
        outages.add_transition(
            db,
            replace(
                transition,
                at=end_at,
                state=State.UP,
                reason=Reason.OK,
                fault=Fault.NONE,
                explanation="3 of 3 networks answer",
                evidence=healed.evidence(),
            ),
        )
        if stretch.state is State.DOWN:
            number = outages.add(db, _outage(broken, stretch, end_at))
            save_trace(db, uplink.id, broken.trace(), outage_id=number)


def _outage(broken: InventedCycle, stretch: _Bad, end_at: datetime) -> Outage:
    second, start_at = timedelta(seconds=1), broken.at
    return Outage(
        uplink_id=broken.uplink.id,
        reason=stretch.reason,
        fault=stretch.fault,
        first_bad_at=start_at,
        last_good_at=start_at - second,
        last_bad_at=end_at - second,
        first_good_at=end_at,
        carrier_down_at=start_at if stretch.reason is Reason.NO_CARRIER else None,
        explanation=stretch.words,
        evidence=broken.evidence(),
    )


def _at(ts: int) -> datetime:
    return datetime.fromtimestamp(ts, UTC)
