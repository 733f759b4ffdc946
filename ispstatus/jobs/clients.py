"""Clients that want to know: who may cause probing, who waits, and what they get (design section 4)."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, replace

from ispstatus.clock import Clock
from ispstatus.jobs.live import LiveUplink, Waiting
from ispstatus.jobs.messages import Message, StatusAsked
from ispstatus.jobs.roster import Roster
from ispstatus.model.errors import NotFound
from ispstatus.model.evidence import Trigger
from ispstatus.model.report import StatusReport, UplinkReport

FRESH_S = 5.0
FRESH_METERED_S = 30.0
FRESH_UNPAID_S = 70.0
"""When the budget pays for no client's cycle the minute's is all there is."""
WAIT_S = 7.0
COMMIT_WAIT_S = 0.5
MOST_WAITING = 3


@dataclass(frozen=True, slots=True)
class _Published:
    report: UplinkReport
    measured_boot_s: float | None
    commit: "Future[object] | None"


class Clients:
    """Requests enter on HTTP threads (``status``, ``last``); the rest runs on the coordinator's thread."""

    def __init__(self, clock: Clock, roster: Roster, post: Callable[[Message], None]) -> None:
        self._clock = clock
        self._roster = roster
        self._post = post
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._published: tuple[_Published, ...] = ()
        self._waiting: list[Waiting] = []

    # ------------------------------------------------------------ on HTTP threads
    def status(self, name: str | None, cached: bool) -> StatusReport:  # noqa: FBT001  the shape web's Deps asks for
        """Return verdicts of one uplink or all: live unless ``cached``. NotFound for a name nobody has."""
        wanted = self._wanted(name)
        live: frozenset[int] = frozenset()
        if not cached and wanted and self._places.acquire(blocking=False):
            try:
                live = self._ask(wanted)
            finally:
                self._places.release()
        chosen = [p for p in self._published if p.report.uplink.id in wanted]
        reports = tuple(replace(r, is_live=r.uplink.id in live) for r in map(self._aged, chosen))
        commits = [p.commit for p in chosen if p.commit is not None]
        return StatusReport(reports, self._are_committed(commits), self._clock.now())

    def last(self) -> tuple[UplinkReport, ...]:
        """Return every uplink's last verdict at once; never probes."""
        return tuple(map(self._aged, self._published))

    @property
    def waiting_count(self) -> int:
        """How many requests wait for a cycle."""
        return len(self._waiting)

    def _wanted(self, name: str | None) -> tuple[int, ...]:
        known = tuple(p.report.uplink for p in self._published)
        wanted = tuple(uplink.id for uplink in known if name is None or uplink.name == name)
        if name is not None and not wanted:
            raise NotFound(f"no uplink called {name!r}", known=tuple(uplink.name for uplink in known))
        return wanted

    def _ask(self, wanted: tuple[int, ...]) -> frozenset[int]:
        """Wait for live verdicts; return the uplinks whose verdict came of this request or a cycle it joined."""
        answer: Future[frozenset[int]] = Future()
        self._post(StatusAsked(wanted, answer))
        try:
            return answer.result(WAIT_S)
        except FutureTimeoutError:
            answer.cancel()  # for the coordinator: nobody waits any more
            return frozenset()

    def _aged(self, published: _Published) -> UplinkReport:
        measured = published.measured_boot_s
        age_ms = 0 if measured is None else max(0, int((self._clock.boot() - measured) * 1000))
        return replace(published.report, age_ms=age_ms)

    @staticmethod
    def _are_committed(commits: "list[Future[object]]") -> bool:
        done, pending = wait_for(commits, timeout=COMMIT_WAIT_S)
        return not pending and all(not f.cancelled() and f.exception() is None for f in done)

    # ------------------------------------------------------------ on the coordinator's thread
    def ask(self, asked: StatusAsked, start_cycle: Callable[[LiveUplink, Trigger], None]) -> None:
        """Join running cycles, take fresh verdicts, start a cycle where neither is there."""
        waiting = Waiting(set(), asked.answer)
        self._waiting.append(waiting)
        for uplink_id in asked.uplink_ids:
            live = self._roster.get(uplink_id)
            if live is None or self._is_fresh(live):
                continue
            waiting.pending.add(uplink_id)
            if live.cycle is None:
                start_cycle(live, Trigger.CLIENT)
        self._settle()

    def waits_for(self, live: LiveUplink) -> bool:
        """Whether a client waits for this uplink: then its verdict is committed at once."""
        return any(live.uplink.id in waiting.pending for waiting in self._waiting)

    def verdict_given(self, live: LiveUplink) -> None:
        """Publish a verdict and let go whoever waited for it."""
        self.publish()
        for waiting in self._waiting:
            if live.uplink.id in waiting.pending:
                waiting.pending.discard(live.uplink.id)
                waiting.live.add(live.uplink.id)
        self._settle()

    def expire(self, _now_boot_s: float) -> None:
        """Forget clients that have given up."""
        self._waiting = [waiting for waiting in self._waiting if not waiting.answer.done()]

    def publish(self) -> None:
        """Let HTTP threads see the present verdicts."""
        self._published = tuple(
            _Published(
                UplinkReport(
                    uplink=live.uplink,
                    decision=live.standing.decision,
                    since_at=live.standing.since_at,
                    measured_at=live.evidence.ended_at if live.evidence is not None else None,
                    is_live=False,
                    age_ms=0,
                    evidence=live.evidence,
                    quality=live.quality,
                    baseline=live.memory.baseline,
                ),
                live.measured_boot_s,
                live.commit,
            )
            for live in self._roster
        )

    def _is_fresh(self, live: LiveUplink) -> bool:
        if live.cycle is not None or live.measured_boot_s is None:
            return False
        return self._clock.boot() - live.measured_boot_s <= _fresh_s(live)

    def _settle(self) -> None:
        for waiting in [w for w in self._waiting if not w.pending]:
            self._waiting.remove(waiting)
            if waiting.answer.set_running_or_notify_cancel():
                waiting.answer.set_result(frozenset(waiting.live))


def _fresh_s(live: LiveUplink) -> float:
    """Return how old a verdict may be to be handed out again."""
    if not live.may_serve:
        return FRESH_UNPAID_S
    return FRESH_METERED_S if live.is_metered else FRESH_S
