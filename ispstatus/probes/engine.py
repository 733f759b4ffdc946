"""The engine: one thread, one epoll loop, every probe.

Each turn drains every readable socket and only then expires deadlines, so an answer that waits in a socket buffer is
never taken for silence. A turn more than 250 ms late is remembered: what was pending across it and stayed without an
answer is unmeasured, not lost.
"""

import heapq
import logging
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from socket import socket
from typing import Any, Protocol, TypeVar

from ispstatus.clock import Clock

LATE_S = 0.25
STALL_S = 1.0

_TURN_AT_LEAST_EVERY_S = 0.5
_GAPS_KEPT = 256
_STOP_WAIT_S = 1.0
_TROUBLE = select.EPOLLERR | select.EPOLLHUP

_log = logging.getLogger(__name__)

Action = Callable[[], None]
Gap = tuple[float, float]


class Part(Protocol):
    """Something probes of one kind share: lives and dies with the engine."""

    def close(self) -> None:
        """Free its sockets; called once, on the engine thread."""


P = TypeVar("P", bound=Part)


class Timer:
    """One deadline on the engine's heap. Subclasses may override ``fire`` and spare a closure."""

    __slots__ = ("_action",)

    def __init__(self, action: Action | None = None) -> None:
        self._action = action

    @property
    def is_pending(self) -> bool:
        """Whether it will still fire."""
        return self._action is not None

    def cancel(self) -> None:
        """Never fire; harmless when it has fired."""
        self._action = None

    def fire(self) -> None:
        """Run the action, once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class _Watch:
    """What to call when a socket is ready."""

    __slots__ = ("on_error", "on_readable", "on_writable", "sock", "turn")

    def __init__(
        self, sock: socket, on_readable: Action | None, on_writable: Action | None, on_error: Action | None, turn: int
    ) -> None:
        self.sock = sock
        self.on_readable = on_readable
        self.on_writable = on_writable
        self.on_error = on_error
        self.turn = turn


class Engine:
    """The loop. ``post`` may be called from any thread; everything else is for the engine thread unless it says so."""

    def __init__(self, clock: Clock, *, on_stall: Callable[[float, float], None] | None = None) -> None:
        """``on_stall`` hears of every gap of more than a second, on the engine thread: (from, to) on the boot clock."""
        self.clock = clock
        self._on_stall = on_stall
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._posted: deque[Action] = deque()
        self._heap: list[tuple[float, int, Timer]] = []
        self._serial = 0
        self._watches: dict[int, _Watch] = {}
        self._parts: dict[Any, Any] = {}
        self._turn = 0
        self._beat_boot_s = clock.boot()
        self._gaps: tuple[Gap, ...] = ()
        self._thread: threading.Thread | None = None
        self._life = threading.RLock()
        self._is_stopping = False
        self._is_closed = False

    # ------------------------------------------------------------ life, from any thread
    def start(self) -> None:
        """Start the thread; harmless when it runs, RuntimeError after ``stop``."""
        with self._life:
            if self._is_closed:
                raise RuntimeError("this engine has been stopped")
            if self._thread is None:
                self._beat_boot_s = self.clock.boot()
                self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop within a second and free every socket; probes under way are heard of no more. Harmless when stopped."""
        with self._life:
            if self._is_closed:
                return
            self._is_stopping = True
            if self._thread is None:
                self._close()
                return
            os.eventfd_write(self._wake, 1)
        if self._thread is not threading.current_thread():
            self._thread.join(_STOP_WAIT_S)

    def post(self, action: Action) -> None:
        """Run ``action`` on the engine thread soon, in the order posted; from any thread. After ``stop``: never."""
        with self._life:
            if not self._is_closed:
                self._posted.append(action)
                os.eventfd_write(self._wake, 1)

    @property
    def beat_boot_s(self) -> float:
        """When the loop last turned; it turns at least twice a second. From any thread."""
        return self._beat_boot_s

    def is_late(self, from_boot_s: float, to_boot_s: float) -> bool:
        """Whether a turn more than 250 ms late lies between; from any thread."""
        return any(start < to_boot_s and end > from_boot_s for start, end in self._gaps)

    # ------------------------------------------------------------ for probes, on the engine thread
    def at(self, boot_s: float, action: Action) -> Timer:
        """Run ``action`` at ``boot_s``, in a later turn even if that is past; return what cancels it."""
        timer = Timer(action)
        self.arm(timer, boot_s)
        return timer

    def arm(self, timer: Timer, boot_s: float) -> None:
        """Let ``timer`` fire at ``boot_s``."""
        self._serial += 1
        # A deadline in the past is due now: it must not look like a late turn.
        heapq.heappush(self._heap, (max(boot_s, self.clock.boot()), self._serial, timer))

    def watch(
        self,
        sock: socket,
        on_readable: Action | None = None,
        on_writable: Action | None = None,
        on_error: Action | None = None,
    ) -> None:
        """Call back in each turn that finds ``sock`` ready; without ``on_error`` the others hear of errors too."""
        events = (select.EPOLLIN if on_readable else 0) | (select.EPOLLOUT if on_writable else 0)
        self._epoll.register(sock, events)
        self._watches[sock.fileno()] = _Watch(sock, on_readable, on_writable, on_error, self._turn)

    def unwatch(self, sock: socket) -> None:
        """Forget ``sock``; must come before it is closed or handed away. Harmless when it is not watched."""
        if self._watches.pop(sock.fileno(), None) is not None:
            self._epoll.unregister(sock)

    def part(self, kind: Callable[["Engine"], P]) -> P:
        """Return the engine's one ``kind``, made at first use and closed when the engine stops."""
        part: P | None = self._parts.get(kind)
        if part is None:
            part = self._parts[kind] = kind(self)
        return part

    # ------------------------------------------------------------ the loop
    def _run(self) -> None:
        try:
            while not self._is_stopping:
                self._one_turn()
        finally:
            with self._life:
                self._close()

    def _one_turn(self) -> None:
        expected = self._next_turn_boot_s()
        events = self._epoll.poll(max(0.0, expected - self.clock.boot()))
        now = self.clock.boot()
        if now - expected > LATE_S:
            self._note_gap(now)
        self._beat_boot_s = now
        self._turn += 1
        if self._heap and self._heap[0][0] <= now:
            # Something is about to expire: look again, for what came between that poll and ``now``.
            events = self._epoll.poll(0)
        self._drain(events)
        self._expire(now)
        self._run_posted()

    def _next_turn_boot_s(self) -> float:
        heap = self._heap
        while heap and not heap[0][2].is_pending:
            heapq.heappop(heap)
        latest = self._beat_boot_s + _TURN_AT_LEAST_EVERY_S
        return min(heap[0][0], latest) if heap else latest

    def _note_gap(self, now: float) -> None:
        gap = (self._beat_boot_s, now)
        self._gaps = (*self._gaps[1 - _GAPS_KEPT :], gap)
        if gap[1] - gap[0] > STALL_S and self._on_stall is not None:
            on_stall = self._on_stall
            self._guarded(lambda: on_stall(*gap))

    def _drain(self, events: list[tuple[int, int]]) -> None:
        for fd, ready in events:
            if fd == self._wake:
                os.eventfd_read(fd)
                continue
            watch = self._watches.get(fd)
            # A socket opened in this turn may have inherited the number of one that was closed in it.
            if watch is None or watch.turn == self._turn:
                continue
            mask = ready
            if mask & _TROUBLE:
                if watch.on_error is not None:
                    self._guarded(watch.on_error)
                else:
                    mask |= select.EPOLLIN | select.EPOLLOUT
            if mask & select.EPOLLIN and watch.on_readable is not None:
                self._guarded(watch.on_readable)
            elif mask & select.EPOLLOUT and watch.on_writable is not None:
                self._guarded(watch.on_writable)

    def _expire(self, now: float) -> None:
        heap = self._heap
        while heap and heap[0][0] <= now:
            timer = heapq.heappop(heap)[2]
            if timer.is_pending:
                self._guarded(timer.fire)

    def _run_posted(self) -> None:
        for _ in range(len(self._posted)):
            self._guarded(self._posted.popleft())

    @staticmethod
    def _guarded(action: Action) -> None:
        try:
            action()
        except Exception:  # noqa: BLE001  one broken probe must not end all probing
            _log.exception("an action on the engine thread failed")

    def _close(self) -> None:
        for part in self._parts.values():
            self._guarded(part.close)
        for watch in self._watches.values():
            watch.sock.close()
        self._posted.clear()
        self._heap.clear()
        self._watches.clear()
        self._is_closed = True
        self._epoll.close()
        os.close(self._wake)
