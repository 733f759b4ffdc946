"""The one thread of the far end: a selector loop. Whatever is on it must not block."""

import logging
import os
import selectors
from collections.abc import Callable
from socket import socket

from ispstatus.clock import Clock

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE
TICK_S = 1.0

Ready = Callable[[int], None]
"""Called with the events a socket is ready for."""

_log = logging.getLogger(__name__)


class Loop:
    """Calls back when sockets are ready, and once a second. ``stop`` may be called from anywhere."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._selector = selectors.DefaultSelector()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._ticks: list[Callable[[], object]] = []
        self._is_stopping = False

    def watch(self, sock: socket, ready: Ready, events: int = READ) -> None:
        """Call ``ready`` in each turn that finds the socket ready for one of ``events``."""
        self._selector.register(sock, events, ready)

    def want(self, sock: socket, events: int) -> None:
        """Change the events of a watched socket."""
        key = self._selector.get_key(sock)
        if key.events != events:
            self._selector.modify(sock, events, key.data)

    def forget(self, sock: socket) -> None:
        """Watch a socket no more; must come before it is closed. Harmless when it is not watched."""
        if sock.fileno() in self._selector.get_map():
            self._selector.unregister(sock)

    def each_second(self, action: Callable[[], object]) -> None:
        """Run an action about once a second."""
        self._ticks.append(action)

    def run(self) -> None:
        """Turn until stopped."""
        next_tick_boot_s = self.clock.boot() + TICK_S
        while not self._is_stopping:
            self._turn(max(0.0, next_tick_boot_s - self.clock.boot()))
            if self.clock.boot() >= next_tick_boot_s:
                next_tick_boot_s = self.clock.boot() + TICK_S
                for action in self._ticks:
                    _guarded(action)

    def stop(self) -> None:
        """End ``run`` after the turn it is in. From any thread or signal handler, also before ``run`` and again."""
        if not self._is_stopping:
            os.eventfd_write(self._wake, 1)  # first: once the word is given, the loop may close this any moment
            self._is_stopping = True

    def close(self) -> None:
        """Free what the loop itself holds; sockets are their owners' to close."""
        self._selector.close()
        os.close(self._wake)

    def _turn(self, timeout_s: float) -> None:
        for key, events in self._selector.select(timeout_s):
            # What came before it in this turn may have closed it, and another may have its number by now.
            if key.data is not None and self._selector.get_map().get(key.fd) is key:
                _guarded(lambda ready=key.data, events=events: ready(events))  # type: ignore[misc]


def _guarded(action: Callable[[], object]) -> None:
    try:
        action()
    except Exception:  # noqa: BLE001  one broken answer must not end all answering
        _log.exception("an action of the reflector failed")
