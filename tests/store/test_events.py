from datetime import timedelta

from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.store import events
from ispstatus.store.codec import to_us
from ispstatus.store.db import Db
from tests.helpers.make import NOON


def test_events_come_oldest_first_and_the_newest_when_there_are_too_many(db: Db) -> None:
    noted = [EngineEvent(NOON + timedelta(seconds=n), EventKind.LATE, f"{n}") for n in range(5)]
    for event in (*noted[3:], *noted[:3]):
        events.add(db, event)

    def between(start: float, end: float, limit: int = 500) -> list[str]:
        start_us, end_us = (to_us(NOON + timedelta(seconds=s)) for s in (start, end))
        found = events.between(db, start_us, end_us, limit)
        return [event.detail for event in found]

    assert events.between(db, 0, 1 << 62) == noted
    assert between(1, 3) == ["1", "2"]
    assert between(0, 5, 2) == ["3", "4"]


def test_every_kind_survives(db: Db) -> None:
    for kind in EventKind:
        events.add(db, EngineEvent(NOON, kind, ""))

    assert [event.kind for event in events.between(db, 0, 1 << 62)] == list(EventKind)


def test_the_last_step_of_the_clock_is_found_among_other_events(db: Db) -> None:
    assert events.last_clock_step(db) is None
    kinds = (EventKind.CLOCK_BACK, EventKind.CLOCK_FORWARD, EventKind.START)
    for hour, kind in enumerate(kinds):
        events.add(db, EngineEvent(NOON + timedelta(hours=hour), kind, ""))

    step = events.last_clock_step(db)

    assert step is not None
    assert (step.kind, step.at) == (EventKind.CLOCK_FORWARD, NOON + timedelta(hours=1))
