"""The netlink thread: watches links, addresses, routes and rules, and publishes immutable snapshots.

A link event is published at once, from the event itself. Everything else only says that something changed, and
the whole truth is read again: events are lost (ENOBUFS), and routes vanish without any (admin down).
"""

import errno
import logging
import os
import select
import threading
from collections.abc import Callable
from dataclasses import replace

from pyroute2.netlink.rtnl import (
    RTM_DELADDR,
    RTM_DELLINK,
    RTM_DELROUTE,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWROUTE,
)

from ispstatus.clock import Clock
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Link, NetSnapshot
from ispstatus.net.facts import is_about_a_link, is_cached_route, is_default_route, link_of
from ispstatus.net.rtnl import RawMessage, Rtnl, open_rtnl
from ispstatus.net.snapshot import is_same, read_snapshot

FIRST_SNAPSHOT_S = 5.0
QUIET_S = 0.02
"""A re-dump waits until events were quiet this long ..."""
LONGEST_WAIT_S = 0.1
"""... but not longer than this after the first of them."""
FULL_READ_S = 60.0
BEAT_S = 5.0
RETRY_S = 1.0
OTHER_ROUTE_S = 1.0
"""Changes of more specific routes are told at most once in this time: a router with a full table has many a second."""

_GROUPS = (
    1 << 0  # link
    | 1 << 4  # IPv4 address
    | 1 << 6  # IPv4 route
    | 1 << 7  # IPv4 rule
    | 1 << 8  # IPv6 address
    | 1 << 10  # IPv6 route
    | 1 << 18  # IPv6 rule
    | 1 << 31  # next hop objects: a route's gateway can change through them alone
)

_SHOWN_IN_FULL = frozenset((RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWADDR, RTM_DELADDR))
"""Events whose every effect is seen by reading again; of rules and next hops a snapshot holds only what it needs."""

log = logging.getLogger(__name__)


class NetWatch:
    """Publishes a snapshot whenever links, addresses, default routes or rules change.

    ``on_change`` runs on the netlink thread and must not block. It is called in order of ``generation``, which
    goes up by one each time, also when only a route that is not a default one changed (it may lead targets away).
    """

    def __init__(self, clock: Clock, on_change: Callable[[NetSnapshot], None]) -> None:
        self._clock = clock
        self._on_change = on_change
        self._thread = threading.Thread(target=self._run, name="netlink", daemon=True)
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._is_stopping = False
        self._has_first = threading.Event()
        self._snapshot: NetSnapshot | None = None
        self._beat_boot_s = clock.boot()
        self._due = _Due()

    @property
    def beat_boot_s(self) -> float:
        """When the thread last turned, on the boot clock; at most 5 s ago while it lives."""
        return self._beat_boot_s

    def start(self) -> None:
        """Start watching the network namespace of the calling thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; returns at once."""
        self._is_stopping = True
        if self._wake >= 0:
            os.eventfd_write(self._wake, 1)

    def join(self, timeout_s: float | None = None) -> None:
        """Wait for the thread to end after ``stop``."""
        self._thread.join(timeout_s)
        if not self._thread.is_alive() and self._wake >= 0:
            os.close(self._wake)
            self._wake = -1

    def snapshot(self) -> NetSnapshot:
        """Return the latest facts, waiting at most 5 s for the first; CannotMeasure when there are none."""
        self._has_first.wait(FIRST_SNAPSHOT_S)
        if self._snapshot is None:
            raise CannotMeasure("the kernel has told nothing about links and routes yet")
        return self._snapshot

    def _run(self) -> None:
        """Watch until stopped; whatever goes wrong, start again from a full read."""
        while not self._is_stopping:
            try:
                with open_rtnl(_GROUPS) as events, open_rtnl() as tables:
                    self._start_over()
                    self._watch(events, tables)
            except (OSError, CannotMeasure) as error:
                log.warning("netlink: %s; reading everything again", error)
                if not isinstance(error, OSError) or error.errno != errno.ENOBUFS:
                    self._rest()
            except Exception:
                log.exception("netlink: a message could not be understood; reading everything again")
                self._rest()

    def _start_over(self) -> None:
        """Read everything now; after lost events also tell that other routes may have changed."""
        now_s = self._clock.boot()
        self._due.everything_at(now_s)
        if self._snapshot is not None:
            self._due.tell_soon(now_s)

    def _watch(self, events: Rtnl, tables: Rtnl) -> None:
        poll = select.poll()
        poll.register(events.fileno(), select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while not self._is_stopping:
            self._beat_boot_s = self._clock.boot()
            self._read_what_is_due(tables)
            poll.poll(1000 * self._due.wait_s(self._clock.boot()))
            for event in events.events():
                self._take(event, events)

    def _rest(self) -> None:
        """Wait before the next try. No beat: facts that cannot be read are going stale."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.poll(1000 * RETRY_S)

    def _take(self, event: RawMessage, events: Rtnl) -> None:
        """Judge one event: links at once, the rest by reading again soon."""
        kind, _, _, data = event
        now_s = self._clock.boot()
        if kind in (RTM_NEWLINK, RTM_DELLINK):
            if is_about_a_link(data):
                self._take_link(link_of(events.decode(data)), is_gone=kind == RTM_DELLINK)
                self._due.read_soon(now_s)
        elif kind in (RTM_NEWROUTE, RTM_DELROUTE) and not is_default_route(data):
            if not is_cached_route(data):
                self._due.tell_soon(now_s)
        else:
            self._due.read_soon(now_s)
            if kind not in _SHOWN_IN_FULL:
                self._due.tell_soon(now_s)

    def _take_link(self, link: Link, *, is_gone: bool) -> None:
        before = self._snapshot
        if before is None:
            return
        others = tuple(known for known in before.links if known.index != link.index)
        if is_gone:
            after = replace(
                before,
                links=others,
                addresses=tuple(a for a in before.addresses if a.ifindex != link.index),
                default_routes=tuple(r for r in before.default_routes if r.ifindex != link.index),
            )
        else:
            after = replace(before, links=tuple(sorted((*others, link), key=lambda known: known.index)))
        self._publish(replace(after, taken_boot_s=self._clock.boot()))

    def _read_what_is_due(self, tables: Rtnl) -> None:
        now_s = self._clock.boot()
        if self._due.is_read_due(now_s):
            fresh = read_snapshot(tables, self._clock, 0)
            self._due.has_read(self._clock.boot())
            self._publish(fresh)
        if self._due.is_tell_due(now_s) and self._snapshot is not None:
            self._due.has_told(self._clock.boot())
            self._publish(self._snapshot, is_forced=True)

    def _publish(self, fresh: NetSnapshot, *, is_forced: bool = False) -> None:
        """Keep the facts, and tell of them if they differ from those before."""
        before = self._snapshot
        if before is not None and not is_forced and is_same(fresh, before):
            self._snapshot = replace(fresh, generation=before.generation)
            return
        self._snapshot = replace(fresh, generation=before.generation + 1 if before else 1)
        self._has_first.set()
        try:
            self._on_change(self._snapshot)
        except Exception:
            log.exception("whoever listens to the network's changes failed")


class _Due:
    """When the next reading is due, on the boot clock."""

    def __init__(self) -> None:
        self._full_s = 0.0
        self._first_s: float | None = None
        self._last_s = 0.0
        self._tell_s: float | None = None
        self._told_s = 0.0

    def everything_at(self, now_s: float) -> None:
        self._full_s = now_s

    def read_soon(self, now_s: float) -> None:
        self._first_s = now_s if self._first_s is None else self._first_s
        self._last_s = now_s

    def tell_soon(self, now_s: float) -> None:
        if self._tell_s is None:
            self._tell_s = max(now_s + QUIET_S, self._told_s + OTHER_ROUTE_S)

    def is_read_due(self, now_s: float) -> bool:
        return now_s >= self._read_s()

    def is_tell_due(self, now_s: float) -> bool:
        return self._tell_s is not None and now_s >= self._tell_s

    def has_read(self, now_s: float) -> None:
        self._first_s = None
        self._full_s = now_s + FULL_READ_S

    def has_told(self, now_s: float) -> None:
        self._tell_s = None
        self._told_s = now_s

    def wait_s(self, now_s: float) -> float:
        """Return how long may be slept before something is due."""
        due_s = min(self._read_s(), self._tell_s if self._tell_s is not None else self._full_s)
        return min(BEAT_S, max(0.0, due_s - now_s) + 0.001)

    def _read_s(self) -> float:
        if self._first_s is None:
            return self._full_s
        return min(self._full_s, self._last_s + QUIET_S, self._first_s + LONGEST_WAIT_S)
