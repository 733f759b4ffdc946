"""A wire between two namespaces, made of two TUN devices: what ``tc netem`` would be, where there is none.

Delay, jitter, loss, an MTU hole, a rate-limited queue, periodic gaps and per-destination drops,
each per direction and settable while traffic flows. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN.
"""

import fcntl
import heapq
import os
import random
import select
import struct
import time
from collections import Counter
from dataclasses import dataclass, replace

from tests.lab.netns import inside
from tests.lab.packet import Packet, read_packet

_TUNSETIFF, _TUNSETCARRIER, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x400454E2, 1, 0x1000
_BATCH = 64


def open_tun(namespace: str, device: str) -> int:
    """Make TUN ``device`` in ``namespace``: it belongs where the opening thread was."""

    def make() -> int:
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", device.encode(), _IFF_TUN | _IFF_NO_PI))
        return fd

    return inside(namespace, make)


@dataclass(frozen=True, slots=True)
class Lane:
    """What one direction of a wire does to packets."""

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """Each packet's delay is uniform in delay +/- jitter; order is kept."""
    loss: float = 0.0
    mtu: int = 65535
    """Longer packets vanish without an ICMP error."""
    rate_kbit: float = 0.0
    """0: as fast as the machine."""
    queue_ms: float = 400.0
    """Packets that would wait longer than this for their turn are dropped."""
    gap_every_s: float = 0.0
    gap_s: float = 0.0
    """Silent for ``gap_s`` at the start of every ``gap_every_s`` (a satellite handover)."""
    drop: tuple[str, ...] = ()
    """``echo 1.1.1.1``, ``any 8.8.8.8``, ``port53 9.9.9.9``: packets to this address vanish."""


CLEAN = Lane()


class Wire:
    """Two lanes: 0 from end A to end B ("up"), 1 from B to A ("down")."""

    def __init__(self, a: tuple[str, str], b: tuple[str, str]) -> None:
        self.fds = (open_tun(*a), open_tun(*b))
        self.lanes = [CLEAN, CLEAN]
        self.seen: Counter[str] = Counter()
        """Packets offered to the wire, as ``up echo 1.1.1.1``: before any loss."""
        self.lost: Counter[str] = Counter()
        """Those of them that did not arrive."""
        self._queue: list[tuple[float, int, int, bytes]] = []
        self._count = 0
        self._last_due = [0.0, 0.0]
        self._free_at = [0.0, 0.0]

    def set(self, direction: int | None, **changes: object) -> None:
        """Change one lane, or both with None."""
        for lane in (0, 1) if direction is None else (direction,):
            self.lanes[lane] = replace(self.lanes[lane], **changes)  # type: ignore[arg-type]

    def clean(self) -> None:
        """Undo every setting."""
        self.lanes = [CLEAN, CLEAN]

    def set_carrier(self, *, is_up: bool) -> None:
        """Take the carrier away from both ends, or give it back."""
        for fd in self.fds:
            fcntl.ioctl(fd, _TUNSETCARRIER, struct.pack("i", int(is_up)))

    def read(self, direction: int, now: float) -> None:
        """Take what end ``direction`` offers and plan its arrival."""
        for _ in range(_BATCH):
            try:
                data = os.read(self.fds[direction], 65535)
            except OSError:
                return
            packet = read_packet(data)
            name = f"{'down' if direction else 'up'} {packet.kind} {packet.destination}"
            self.seen[name] += 1
            due = self._due(direction, packet, len(data), now)
            if due is None:
                self.lost[name] += 1
            else:
                self._count += 1
                heapq.heappush(self._queue, (due, self._count, 1 - direction, data))

    def _due(self, direction: int, packet: Packet, size: int, now: float) -> float | None:
        lane = self.lanes[direction]
        if size > lane.mtu or (lane.loss and random.random() < lane.loss) or is_dropped(lane, packet):
            return None
        if lane.gap_every_s and now % lane.gap_every_s < lane.gap_s:
            return None
        start = now
        if lane.rate_kbit:
            start = max(now, self._free_at[direction])
            if (start - now) * 1000 > lane.queue_ms:
                return None
            start += size * 8 / (lane.rate_kbit * 1000)
            self._free_at[direction] = start
        wander = random.uniform(-1, 1) * lane.jitter_ms
        due = max(start + max(0.0, lane.delay_ms + wander) / 1000, self._last_due[direction])
        self._last_due[direction] = due
        return due

    def flush(self, now: float) -> float | None:
        """Deliver what is due; returns seconds to the next delivery, None when nothing waits."""
        while self._queue and self._queue[0][0] <= now:
            _, _, end, data = heapq.heappop(self._queue)
            try:
                os.write(self.fds[end], data)
            except OSError:
                continue  # the device is down: so is the wire
        return self._queue[0][0] - now if self._queue else None


def is_dropped(lane: Lane, packet: Packet) -> bool:
    """Whether the lane's ``drop`` list names this packet."""
    return any(f"{kind} {packet.destination}" in lane.drop for kind in ("any", packet.kind))


def serve(wires: list[Wire]) -> None:
    """Carry packets for ever."""
    ends = {fd: (wire, direction) for wire in wires for direction, fd in enumerate(wire.fds)}
    while True:
        waits = [wait for wire in wires if (wait := wire.flush(time.monotonic())) is not None]
        # Not poll: that sleeps whole milliseconds, and a wire may not add half a one to its delay.
        ready, _, _ = select.select(ends, (), (), max(0.0, min(waits)) if waits else None)
        for fd in ready:
            wire, direction = ends[fd]
            wire.read(direction, time.monotonic())
