"""Transitions and outages, kept for ever with their evidence, and the traces beside them."""
# ruff: noqa: S608  every name put into SQL here is a constant of this file

from dataclasses import replace
from typing import Any

from ispstatus.model.record import Outage, Transition
from ispstatus.model.sample import Trace
from ispstatus.model.state import Fault, Reason, State
from ispstatus.store import codec
from ispstatus.store.codec import maybe_of_us, maybe_us, of_us, to_us
from ispstatus.store.db import PAGE, Db, Row

_COLUMNS = (
    "uplink_id, reason, fault, first_bad_us, last_good_us, last_bad_us, first_good_us, carrier_down_us,"
    " unknown_s, explanation, evidence"
)
_EDGES = (
    "id, uplink_id, reason, fault, first_bad_us, last_good_us, last_bad_us, first_good_us, carrier_down_us, unknown_s"
)
_NO_END_US = 1 << 62

Cursor = tuple[int, int]
"""Where a page ends: ``(first_bad_us, id)`` of its last outage."""


# ---------------------------------------------------------------- transitions
def add_transition(db: Db, transition: Transition) -> int:
    """Insert a transition; return its number."""
    return db.insert(
        "INSERT INTO transition (uplink_id, at_us, state, reason, fault, explanation, evidence)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            transition.uplink_id,
            to_us(transition.at),
            transition.state.code,
            transition.reason.value,
            transition.fault.value,
            transition.explanation,
            codec.pack_json(transition.evidence),
        ),
    )


def transitions(db: Db, uplink_id: int, start_us: int, end_us: int, limit: int = PAGE) -> list[Transition]:
    """Return an uplink's transitions in ``[start_us, end_us)``, newest first."""
    rows = db.rows(
        "SELECT id, uplink_id, at_us, state, reason, fault, explanation, evidence FROM transition"
        " WHERE uplink_id = ? AND at_us >= ? AND at_us < ? ORDER BY at_us DESC, id DESC LIMIT ?",
        (uplink_id, start_us, end_us, limit),
    )
    return [
        Transition(
            id=row[0],
            uplink_id=row[1],
            at=of_us(row[2]),
            state=State.of_code(row[3]),
            reason=Reason(row[4]),
            fault=Fault(row[5]),
            explanation=row[6],
            evidence=codec.unpack_json(row[7]),
        )
        for row in rows
    ]


# ---------------------------------------------------------------- outages
def add(db: Db, outage: Outage) -> int:
    """Insert an outage; return its number."""
    return db.insert(
        f"INSERT INTO outage ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        _values(outage),
    )


def change(db: Db, outage: Outage) -> bool:
    """Write an outage over the one of its number; return whether there is one."""
    if outage.id is None:
        return False
    changed = db.run(
        f"UPDATE outage SET ({_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ifnull(?, evidence)) WHERE id = ?",
        (*_values(outage), outage.id),
    )
    return changed > 0


def still_down(db: Db, uplink_id: int, at_us: int) -> None:
    """Move the last bad moment of an open outage on."""
    db.run(
        "UPDATE outage SET last_bad_us = ?2 WHERE uplink_id = ?1 AND first_good_us IS NULL AND last_bad_us < ?2",
        (uplink_id, at_us),
    )


def open_outage(db: Db, uplink_id: int) -> Outage | None:
    """Return the outage that lasts, None if there is none."""
    row = db.row(
        f"SELECT {_EDGES}, explanation, evidence FROM outage WHERE uplink_id = ? AND first_good_us IS NULL"
        " ORDER BY first_bad_us DESC LIMIT 1",
        (uplink_id,),
    )
    return None if row is None else _whole(db, row)


def get(db: Db, outage_id: int) -> Outage | None:
    """Return one outage with its evidence and traces."""
    row = db.row(f"SELECT {_EDGES}, explanation, evidence FROM outage WHERE id = ?", (outage_id,))
    return None if row is None else _whole(db, row)


def page(db: Db, uplink_id: int | None, start_us: int, end_us: int, after: Cursor | None = None) -> list[Outage]:
    """Return outages that touch ``[start_us, end_us)``, newest first, at most ``PAGE``; ``after`` continues."""
    first_bad_us, outage_id = after or (_NO_END_US, _NO_END_US)
    rows = db.rows(
        f"SELECT {_EDGES}, explanation, evidence FROM outage"
        " WHERE (?1 IS NULL OR uplink_id = ?1) AND first_bad_us < ?3 AND ifnull(first_good_us, ?4) > ?2"
        " AND (first_bad_us, id) < (?5, ?6) ORDER BY first_bad_us DESC, id DESC LIMIT ?7",
        (uplink_id, start_us, end_us, _NO_END_US, first_bad_us, outage_id, PAGE),
    )
    return [_whole(db, row) for row in rows]


def count(db: Db, uplink_id: int | None, start_us: int, end_us: int) -> int:
    """Return how many outages touch ``[start_us, end_us)``."""
    return int(
        db.value(
            "SELECT count(*) FROM outage WHERE (?1 IS NULL OR uplink_id = ?1)"
            " AND first_bad_us < ?3 AND ifnull(first_good_us, ?4) > ?2",
            (uplink_id, start_us, end_us, _NO_END_US),
        )
    )


def edges(db: Db, uplink_id: int, start_us: int, end_us: int) -> list[Outage]:
    """Return the outages of an uplink that touch the span, oldest first, without words, evidence and traces.

    A flapping line has thousands: they are read a page at a time.
    """
    found: list[Row] = []
    while True:
        after = (found[-1][4], found[-1][0]) if found else (-1, -1)
        rows = db.rows(
            f"SELECT {_EDGES} FROM outage WHERE uplink_id = ?1 AND first_bad_us < ?2 AND ifnull(first_good_us, ?3) > ?4"
            " AND (first_bad_us, id) > (?5, ?6) ORDER BY first_bad_us, id LIMIT ?7",
            (uplink_id, end_us, _NO_END_US, start_us, *after, PAGE),
        )
        found += rows
        if len(rows) < PAGE:
            return [_outage(row) for row in found]


def _values(outage: Outage) -> Row:
    return (
        outage.uplink_id,
        outage.reason.value,
        outage.fault.value,
        to_us(outage.first_bad_at),
        maybe_us(outage.last_good_at),
        to_us(outage.last_bad_at),
        maybe_us(outage.first_good_at),
        maybe_us(outage.carrier_down_at),
        outage.unknown_s,
        outage.explanation,
        None if outage.evidence is None else codec.pack_json(outage.evidence),
    )


def _outage(row: Row) -> Outage:
    return Outage(
        id=row[0],
        uplink_id=row[1],
        reason=Reason(row[2]),
        fault=Fault(row[3]),
        first_bad_at=of_us(row[4]),
        last_good_at=maybe_of_us(row[5]),
        last_bad_at=of_us(row[6]),
        first_good_at=maybe_of_us(row[7]),
        carrier_down_at=maybe_of_us(row[8]),
        unknown_s=row[9],
    )


def _whole(db: Db, row: Row) -> Outage:
    traces: dict[int, str] = dict(
        db.rows(
            "SELECT t.id = o.trace_id, t.body FROM outage AS o"
            " JOIN trace AS t ON t.id IN (o.trace_id, o.baseline_trace_id) WHERE o.id = ?",
            (row[0],),
        )
    )
    return replace(
        _outage(row),
        explanation=row[10],
        evidence=None if row[11] is None else codec.unpack_json(row[11]),
        trace=_body(traces.get(1)),
        baseline_trace=_body(traces.get(0)),
    )


# ---------------------------------------------------------------- traces
def add_trace(db: Db, uplink_id: int, trace: Trace, outage_id: int | None) -> int:
    """Keep a trace: with its outage, beside the baseline of that moment, or as the new baseline."""
    trace_id = db.insert(
        "INSERT INTO trace (uplink_id, outage_id, taken_ts, body) VALUES (?, ?, ?, ?)",
        (uplink_id, outage_id, trace.taken_ts, codec.dump(trace)),
    )
    if outage_id is not None:
        db.run(
            "UPDATE outage SET trace_id = ?, baseline_trace_id = ("
            " SELECT max(id) FROM trace WHERE uplink_id = ? AND outage_id IS NULL) WHERE id = ?",
            (trace_id, uplink_id, outage_id),
        )
        return trace_id
    db.run(
        "DELETE FROM trace WHERE uplink_id = ? AND outage_id IS NULL AND id < ?"
        " AND id NOT IN (SELECT baseline_trace_id FROM outage WHERE baseline_trace_id IS NOT NULL)",
        (uplink_id, trace_id),
    )
    return trace_id


def baseline_trace(db: Db, uplink_id: int) -> Trace | None:
    """Return the newest trace taken while all was well."""
    body = db.value(
        "SELECT body FROM trace WHERE uplink_id = ? AND outage_id IS NULL ORDER BY id DESC LIMIT 1", (uplink_id,)
    )
    return None if body is None else codec.load(Trace, body)


def _body(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    trace = codec.load(Trace, text)
    return {
        "target": trace.target,
        "reached": trace.reached,
        "taken_utc": of_us(trace.taken_ts * 1_000_000).isoformat().replace("+00:00", "Z"),
        "hops": [{"ttl": hop.ttl, "address": hop.address, "rtt_ms": hop.rtt_ms} for hop in trace.hops],
    }
