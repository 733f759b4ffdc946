"""What /api/health tells, and the sentences for what is wrong."""

import shutil
from collections.abc import Iterator
from typing import Any

import psutil

from ispstatus.model.errors import StorageError
from ispstatus.model.report import EngineVitals
from ispstatus.queries.health import Freshness, freshness_and_gap, sqlite_health
from ispstatus.web.shared.deps import Deps
from ispstatus.web.status.payloads import CONTRACT, utc

MAX_AGE_S = 120
MAX_GAP_MINUTES = 5
FLOOR_BYTES = 64 << 20
WAL_MOST_BYTES = 64 << 20
MEMORY_LEAST_BYTES = 32 << 20
BEAT_MOST_S = 30.0
WAITING_MOST = 8


def health_payload(deps: Deps) -> dict[str, Any]:
    """Return the body of ``/api/health``."""
    vitals = deps.vitals()
    parts = {
        "history_freshness": _freshness(deps, vitals),
        "sqlite": _sqlite(deps, vitals),
        "disk": _disk(deps, vitals),
        "memory": _memory(),
        "process": _process(vitals),
        "permissions": _permissions(vitals),
        "timer": _timer(vitals),
        "clock": _clock(vitals),
        "links": {"ok": True, "uplinks": vitals.links},
    }
    reasons = [reason for part in parts.values() for reason in part.pop("reasons", ())]
    return {
        "ok": all(part.get("ok", True) for part in parts.values()),
        "reasons": reasons,
        "contract": CONTRACT,
        "generated_utc": utc(deps.clock.now()),
        **parts,
    }


def _judged(facts: dict[str, Any], reasons: Iterator[str]) -> dict[str, Any]:
    found = list(reasons)
    return {"ok": not found, **facts, "reasons": found}


def _freshness(deps: Deps, vitals: EngineVitals) -> dict[str, Any]:
    now_at = deps.clock.now()
    try:
        found = freshness_and_gap(deps.reader, now_at, deps.settings.gap_window_h)
    except StorageError as error:
        return {"ok": False, "reasons": [f"the history cannot be read: {error}"]}
    newest = found.newest_judged_at
    running_s = (now_at - vitals.started_at).total_seconds()
    age_s = None if newest is None else max(0, int((now_at - newest).total_seconds()))
    facts = {
        "last_minute_utc": utc(newest),
        "age_seconds": age_s,
        "max_age_seconds": MAX_AGE_S,
        "largest_gap_minutes": found.gap_minutes,
        "largest_gap_start_utc": utc(found.gap_start_at),
        "largest_gap_cause": found.gap_cause,
        "max_gap_minutes": MAX_GAP_MINUTES,
    }
    return _judged(facts, _stale(found, age_s, running_s))


def _stale(found: Freshness, age_s: int | None, running_s: float) -> Iterator[str]:
    if age_s is None:
        if running_s > MAX_AGE_S:
            yield "no verdict has been remembered since the start"
    elif age_s > MAX_AGE_S and running_s > MAX_AGE_S:
        yield f"the newest remembered second is {age_s} s old"
    if found.gap_minutes >= MAX_GAP_MINUTES:
        yield f"{found.gap_minutes} minutes in a row are missing since {utc(found.gap_start_at)}" + (
            f" ({found.gap_cause})" if found.gap_cause else ""
        )


def _sqlite(deps: Deps, vitals: EngineVitals) -> dict[str, Any]:
    found = sqlite_health(deps.reader)

    def reasons() -> Iterator[str]:
        if not found.ok:
            yield f"the database has a problem: {found.problem}"
        if not vitals.writing:
            yield f"nothing can be written now: {vitals.writer_problem}"
        if found.wal_bytes > WAL_MOST_BYTES:
            yield f"the write-ahead log has grown to {found.wal_bytes >> 20} MiB"

    facts = {
        "writing": vitals.writing,
        "problem": vitals.writer_problem or found.problem,
        "backlog": vitals.writer_backlog,
        "wal_bytes": found.wal_bytes,
    }
    return _judged(facts, reasons())


def _disk(deps: Deps, vitals: EngineVitals) -> dict[str, Any]:
    try:
        free = shutil.disk_usage(deps.settings.state_dir).free
    except OSError as error:
        return {"ok": False, "reasons": [f"the state directory cannot be read: {error.strerror}"]}
    is_low = free < FLOOR_BYTES or (not vitals.writing and "space" in (vitals.writer_problem or ""))
    text = f"only {free >> 20} MiB are free in {deps.settings.state_dir}"
    return _judged({"free_bytes": free}, iter([text] if is_low else []))


def _memory() -> dict[str, Any]:
    available = psutil.virtual_memory().available
    text = f"only {available >> 20} MiB of memory are available"
    return _judged({"available_bytes": available}, iter([text] if available < MEMORY_LEAST_BYTES else []))


def _process(vitals: EngineVitals) -> dict[str, Any]:
    rss = psutil.Process().memory_info().rss
    return {"ok": True, "rss_mb": round(rss / 1e6, 1), "started_utc": utc(vitals.started_at)}


def _permissions(vitals: EngineVitals) -> dict[str, Any]:
    return _judged({"echo": vitals.echo_mode}, iter(vitals.permission_problems))


def _timer(vitals: EngineVitals) -> dict[str, Any]:
    def reasons() -> Iterator[str]:
        for name, age_s in vitals.beats.items():
            if age_s > BEAT_MOST_S:
                yield f"the {name} thread has not turned for {age_s:.0f} s"
        if vitals.waiting_requests > WAITING_MOST:
            yield f"{vitals.waiting_requests} requests wait for a cycle"

    beats = {name: round(age_s, 1) for name, age_s in vitals.beats.items()}
    return _judged({"beats_s": beats, "late_cycles_last_hour": vitals.late_cycles_last_hour}, reasons())


def _clock(vitals: EngineVitals) -> dict[str, Any]:
    return {
        "ok": True,
        "synchronised": vitals.clock_is_synchronised,
        "last_step_utc": utc(vitals.last_clock_step_at),
        "last_step_s": round(vitals.last_clock_step_s, 1),
    }
