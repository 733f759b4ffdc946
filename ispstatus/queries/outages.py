"""Outages and transitions, newest first."""

from collections.abc import Iterator

from ispstatus.model.record import Outage, Transition
from ispstatus.model.sample import Trace
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import outages as store
from ispstatus.store.codec import to_us


def outages(reader: Reader, uplink_id: int | None, window: Window) -> Iterator[Outage]:
    """Yield the outages of one uplink (or of all) that touch ``window``, newest first, with evidence and traces.

    Read five hundred at a time, however slowly they are taken.
    """
    after: store.Cursor | None = None
    while page := store.page(reader.db(), uplink_id, to_us(window.start_at), to_us(window.end_at), after):
        yield from page
        last = page[-1]
        after = to_us(last.first_bad_at), last.id or 0


def count_outages(reader: Reader, uplink_id: int | None, window: Window) -> int:
    """Return how many outages touch ``window``."""
    return store.count(reader.db(), uplink_id, to_us(window.start_at), to_us(window.end_at))


def open_outage(reader: Reader, uplink_id: int) -> Outage | None:
    """Return the uplink's outage that lasts, None if there is none."""
    return store.open_outage(reader.db(), uplink_id)


def transitions(reader: Reader, uplink_id: int, window: Window) -> tuple[Transition, ...]:
    """Return the newest transitions of an uplink in ``window``, at most five hundred, newest first."""
    return tuple(store.transitions(reader.db(), uplink_id, to_us(window.start_at), to_us(window.end_at)))


def baseline_trace(reader: Reader, uplink_id: int) -> Trace | None:
    """Return the newest trace taken while all was well."""
    return store.baseline_trace(reader.db(), uplink_id)
