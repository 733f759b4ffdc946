"""What each second of an uplink was: the only source of every SLA figure.

A second is one of up, degraded, down, unknown, excluded. Verdicts paint the seconds they cover; seconds in which the
engine did not turn are unknown whatever was painted; maintenance is excluded before all else. Everything is kept for
the last 15 min, so that a DOWN whose first lost echo is older re-classes what had been painted up.

Times are wall-clock epoch seconds. A second belongs to a span if the span covers its beginning, so edges are cut, not
rounded, and the length of an outage is right within a second.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from ispstatus.model.record import Minute
from ispstatus.model.state import Fault, State
from ispstatus.model.window import Window

MINUTE = 60
COVER_S = 70
"""How long one verdict speaks at most, counted from its first evidence."""
KEEP_S = 16 * MINUTE
"""How far back seconds can be re-classed: 15 min, and the minute in hand."""

_UNJUDGED = 0
"""No verdict speaks for this second."""
_UNKNOWN, _UP, _DEGRADED = 1, 2, 3
_DOWN = 4
"""And above: ``_DOWN`` + the fault's place."""
_FAULTS = tuple(Fault)
_STATES = {_UNKNOWN: State.UNKNOWN, _UP: State.UP, _DEGRADED: State.DEGRADED}
_CLASSES = {state: code for code, state in _STATES.items()}


@dataclass(frozen=True, slots=True)
class Seconds:
    """One minute's seconds by class; the five counts sum to 60."""

    ts: int
    """Epoch seconds of the minute's start; a multiple of 60."""
    state: State
    """Worst state of any judged second, excluded ones too; UNKNOWN only if none was judged."""
    up_s: int = 0
    degraded_s: int = 0
    down_s: int = 0
    unknown_s: int = MINUTE
    excluded_s: int = 0
    down_fault: Fault = Fault.NONE
    """Of most down seconds, the later one on a tie; NONE without any."""


class Timeline:
    """The seconds of one uplink. Not thread-safe: the coordinator owns it.

    Call ``judge`` for every verdict, ``stall`` for every standstill of the engine, then ``take`` for the minutes whose
    counts are new or different: what was handed out before is handed out again only when it changed.
    """

    def __init__(self, started_ts: float, *, before: Minute | None = None) -> None:
        """``before`` is the stored minute in which this process started: its judged seconds stay in that minute."""
        self._floor = int(started_ts)
        self._before = before
        self._minutes: dict[int, bytearray] = {}
        self._stalled: list[tuple[int, int]] = []
        self._maintenance: tuple[tuple[int, int], ...] = ()
        self._told: dict[int, Seconds] = {}
        self._dirty: set[int] = set()
        self._again: set[int] = set()
        self._from_ts = started_ts
        self._until_ts = self._floor
        self._class = _UNJUDGED

    # ------------------------------------------------------------ told
    def judge(self, state: State, fault: Fault, from_ts: float, *, since_ts: float | None = None) -> None:
        """A verdict: from its first evidence (``from_ts``) it holds until the next one, 70 s at most.

        ``since_ts`` is where its state really began, if that is known to be earlier: the first lost echo of a DOWN, the
        first answered one of a recovery. Those older seconds become this verdict's, as far as they are kept; seconds an
        UNKNOWN verdict spoke for stay unknown.
        """
        self._forget_before(from_ts - KEEP_S)
        # A verdict never reaches back behind the evidence of the one before it, but for the edge it has itself seen.
        from_ts = max(self._from_ts, from_ts)
        self._from_ts, self._until_ts = from_ts, int(from_ts) + COVER_S
        self._class = _class_of(state, fault)
        if since_ts is not None:
            self._repaint(int(since_ts), int(from_ts), self._class)
        self._paint(int(from_ts), self._until_ts, self._class)

    def blip(self, fault: Fault, from_ts: float, to_ts: float) -> None:
        """A silence that was over before any verdict: its seconds were down, whatever was painted but UNKNOWN."""
        self._repaint(int(from_ts), int(to_ts), _class_of(State.DOWN, fault))

    def stall(self, from_ts: float, to_ts: float) -> None:
        """The engine did not turn between these moments: every second touched is unknown."""
        self._stalled.append((int(from_ts), ceil(to_ts)))
        self._dirty.update(self._minutes)

    def set_maintenance(self, windows: Iterable[Window]) -> None:
        """Replace the excluded windows."""
        self._maintenance = tuple((window.start_ts, window.end_ts) for window in windows)
        self._dirty.update(self._minutes)

    def restart(self, old_ts: float, new_ts: float) -> None:
        """The wall clock stepped from ``old_ts`` to ``new_ts``.

        The present verdict goes on for what is left of its 70 s. A step forward leaves what was stepped over unknown;
        call ``take(old_ts)`` before one, which may leave behind all that is kept. After a step back, what now lies in
        the future is forgotten: those seconds come once more, and count then.
        """
        left_s = max(0, self._until_ts - int(old_ts))
        if new_ts < old_ts:
            self._forget_from(int(new_ts))
        else:
            self._forget_before(new_ts - KEEP_S)
            self._paint(int(old_ts), self._until_ts, _UNJUDGED)
        self._from_ts, self._until_ts = new_ts, int(new_ts) + left_s
        self._paint(int(new_ts), self._until_ts, self._class)

    # ------------------------------------------------------------ asked
    def take(self, now_ts: float, *, with_running: bool = True) -> tuple[Seconds, ...]:
        """Return the minutes whose counts are new or changed since they were last taken, oldest first.

        Seconds that are not over yet count as unknown. A minute is told once a verdict speaks for one of its seconds;
        one that no verdict ever spoke for stays a gap. ``with_running=False`` leaves out the minute in hand.
        """
        self._forget_before(now_ts - KEEP_S)
        running_ts = _minute_of(int(now_ts))
        last_ts = running_ts if with_running else running_ts - MINUTE
        changed = []
        for ts in sorted(ts for ts in self._dirty if ts <= last_ts):
            seconds = self.seconds_of(ts, now_ts)
            if ts < running_ts:
                self._dirty.discard(ts)
            if seconds is not None and (ts in self._again or seconds != self._told.get(ts)):
                self._again.discard(ts)
                self._told[ts] = seconds
                changed.append(seconds)
        return tuple(changed)

    def retell(self, ts: int) -> None:
        """Let ``take`` tell the minute that starts at ``ts`` again, changed or not: its counters have come in."""
        if ts in self._minutes:
            self._again.add(ts)
            self._dirty.add(ts)

    def seconds_of(self, ts: int, now_ts: float) -> Seconds | None:
        """Return the counts of the minute that starts at ``ts`` as of now; None if nothing speaks for it."""
        classes = self._classes_of(ts, now_ts)
        if not any(classes) and ts not in self._told:
            return None
        seconds = _count(ts, classes, self._excluded_of(ts, now_ts))
        return seconds if self._before is None or self._before.ts != ts else _with_before(seconds, self._before)

    def unknown_between(self, from_ts: float, to_ts: float) -> int:
        """Return how many seconds of ``[from_ts, to_ts)`` were nobody's evidence; what is no longer kept counts too."""
        first, last = int(from_ts), int(to_ts)
        kept = max(first, self._floor)
        known = 0
        for ts in range(_minute_of(kept), last, MINUTE):
            classes = self._classes_of(ts, last)[max(kept - ts, 0) :]
            known += sum(painted > _UNKNOWN for painted in classes)
        return max(0, last - first) - known

    # ------------------------------------------------------------ paint
    def _paint(self, from_ts: int, to_ts: int, painted: int) -> None:
        from_ts = max(from_ts, self._floor)
        for ts in range(_minute_of(from_ts), to_ts, MINUTE):
            cells = self._minutes.setdefault(ts, bytearray(MINUTE))
            first, last = max(from_ts, ts) - ts, min(to_ts, ts + MINUTE) - ts
            cells[first:last] = bytes([painted]) * (last - first)
            self._dirty.add(ts)

    def _repaint(self, from_ts: int, to_ts: int, painted: int) -> None:
        """Paint the past, leaving alone what an UNKNOWN verdict spoke for."""
        from_ts = max(from_ts, self._floor)
        for ts in range(_minute_of(from_ts), to_ts, MINUTE):
            cells = self._minutes.setdefault(ts, bytearray(MINUTE))
            for second in range(max(from_ts, ts) - ts, min(to_ts, ts + MINUTE) - ts):
                if cells[second] != _UNKNOWN:
                    cells[second] = painted
            self._dirty.add(ts)

    def _classes_of(self, ts: int, now_ts: float) -> bytearray:
        cells = bytearray(self._minutes.get(ts, bytes(MINUTE)))
        stalled = ((max(start, ts), min(end, ts + MINUTE)) for start, end in self._stalled)
        for start, end in (*stalled, (max(int(now_ts), ts), ts + MINUTE)):
            if start < end:
                cells[start - ts : end - ts] = bytes(end - start)
        return cells

    def _excluded_of(self, ts: int, now_ts: float) -> set[int]:
        last = min(ts + MINUTE, int(now_ts))
        return {
            second - ts
            for start_ts, end_ts in self._maintenance
            for second in range(max(start_ts, ts, self._floor), min(end_ts, last))
        }

    def _forget_before(self, ts: float) -> None:
        floor = _minute_of(int(ts))
        if floor <= self._floor:
            return
        self._floor = floor
        self._minutes = {ts: cells for ts, cells in self._minutes.items() if ts >= floor}
        self._told = {ts: seconds for ts, seconds in self._told.items() if ts >= floor}
        self._dirty = {ts for ts in self._dirty if ts >= floor}
        self._again &= self._dirty
        self._stalled = [span for span in self._stalled if span[1] > floor]

    def _forget_from(self, ts: int) -> None:
        running_ts = _minute_of(ts)
        if running_ts in self._minutes:
            self._minutes[running_ts][ts - running_ts :] = bytes(MINUTE - (ts - running_ts))
            self._dirty.add(running_ts)
        self._minutes = {minute: cells for minute, cells in self._minutes.items() if minute <= running_ts}
        self._told = {minute: seconds for minute, seconds in self._told.items() if minute <= running_ts}
        self._dirty = {minute for minute in self._dirty if minute <= running_ts}
        self._again &= self._dirty
        self._stalled = [(start, min(end, ts)) for start, end in self._stalled if start < ts]
        self._floor, self._before = min(self._floor, ts), None


def _class_of(state: State, fault: Fault) -> int:
    return _DOWN + _FAULTS.index(fault) if state is State.DOWN else _CLASSES[state]


def _minute_of(ts: int) -> int:
    return ts - ts % MINUTE


def _count(ts: int, classes: Sequence[int], excluded: set[int]) -> Seconds:
    kept = [painted for second, painted in enumerate(classes) if second not in excluded]
    faults = [painted for painted in kept if painted >= _DOWN]
    up_s, degraded_s, down_s = kept.count(_UP), kept.count(_DEGRADED), len(faults)
    latest_first = list(dict.fromkeys(reversed(faults)))
    return Seconds(
        ts=ts,
        state=_worst(classes),
        up_s=up_s,
        degraded_s=degraded_s,
        down_s=down_s,
        unknown_s=len(kept) - up_s - degraded_s - down_s,
        excluded_s=len(excluded),
        down_fault=_FAULTS[max(latest_first, key=faults.count) - _DOWN] if faults else Fault.NONE,
    )


def _worst(classes: Sequence[int]) -> State:
    worst = max(classes)
    return State.DOWN if worst >= _DOWN else _STATES.get(worst, State.UNKNOWN)


def _with_before(seconds: Seconds, before: Minute) -> Seconds:
    """Add what an earlier process had judged of the same minute; its seconds and ours do not overlap."""
    earlier = before.up_s + before.degraded_s + before.down_s + before.excluded_s
    if earlier > seconds.unknown_s:
        return seconds
    return Seconds(
        ts=seconds.ts,
        state=max(seconds.state, before.state, key=lambda state: state.severity),
        up_s=seconds.up_s + before.up_s,
        degraded_s=seconds.degraded_s + before.degraded_s,
        down_s=seconds.down_s + before.down_s,
        unknown_s=seconds.unknown_s - earlier,
        excluded_s=seconds.excluded_s + before.excluded_s,
        down_fault=before.down_fault if before.down_s > seconds.down_s else seconds.down_fault,
    )
