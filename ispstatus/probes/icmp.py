"""The ICMP sockets of the engine: one per way out, shared by every echo that leaves by it.

An echo waits in a slot that is its own timer, found by sequence number. A reply counts if id, sequence, source
address and payload are those of an echo that waits; anything else on a raw socket (duplicates, other people's pings)
is not ours.
"""

import errno
import secrets
import socket
import struct

from typing_extensions import override

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.net.sockets import V4, SockAddr, destination, local_words, open_echo
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.packets import CmsgList, Codec, IcmpError, error_of, quoted_echo, received_boot_s

PAYLOAD_BYTES = 56

_BUFFER_BYTES = 512
_ANCILLARY_BYTES = 256
_IDLE_S = 180.0
_SWEEP_EVERY_S = 60.0
_MOST_PENDING = 0x8000
_MOST_PER_TURN = 4096
_IPV6_HOPLIMIT = 52
_OVER = (errno.EAGAIN, errno.EBADF)

Binding = tuple[str, int | None, str | None, int, int]


class Slot(Timer):
    """One echo under way; also its own deadline. Subclasses say what an answer, an error or the deadline means."""

    __slots__ = ("address", "channel", "payload_bytes", "sent_boot_s", "sequence", "source", "timeout_s")

    def __init__(self, address: str, timeout_s: float, payload_bytes: int = PAYLOAD_BYTES) -> None:
        super().__init__()
        self.address = address
        self.source = address
        """Who must answer: ``address`` as the socket spells it."""
        self.timeout_s = timeout_s
        self.payload_bytes = payload_bytes
        self.channel: Channel | None = None
        self.sequence = -1
        self.sent_boot_s = 0.0

    @property
    @override
    def is_pending(self) -> bool:
        """Whether its deadline still matters."""
        return self.channel is not None

    @override
    def cancel(self) -> None:
        """Hear nothing more of this echo."""
        channel, self.channel = self.channel, None
        if channel is not None:
            channel.forget(self)

    @override
    def fire(self) -> None:
        """Meet the deadline."""
        raise NotImplementedError

    def heard(self, received_boot_s: float) -> None:
        """Take the reply."""
        raise NotImplementedError

    def refused(self, error: IcmpError, received_boot_s: float) -> None:
        """Take an ICMP error about this echo, or a kernel's change of mind after sending."""
        raise NotImplementedError


class Channel:
    """One ICMP socket bound to one way out, and the echoes that wait for it."""

    def __init__(self, engine: Engine, path: Path) -> None:
        """CannotMeasure when no ICMP socket can be had."""
        self._engine = engine
        self._path = path
        opened = open_echo(path)
        self._sock = opened.sock
        self._codec = Codec(path.family, is_raw=opened.is_raw)
        # A ping socket's id is its port: the kernel writes it into the packet and shows us our replies only.
        self._id = secrets.randbelow(0xFFFF) + 1 if opened.is_raw else self._sock.getsockname()[1]
        self._payload = secrets.token_bytes(PAYLOAD_BYTES)
        self._sequence = secrets.randbelow(0x10000)
        self._pending: dict[int, Slot] = {}
        self._destinations: dict[str, SockAddr] = {}
        self._is_retired = False
        self.is_open = True
        self.used_boot_s = engine.clock.boot()
        engine.watch(self._sock, on_readable=self._read_replies, on_error=self._read_errors)

    @property
    def has_pending(self) -> bool:
        """Whether any echo still waits."""
        return bool(self._pending)

    # ------------------------------------------------------------ sending
    def send(self, slot: Slot, ttl: int | None = None) -> None:
        """Send the slot's echo and arm its deadline. CannotMeasure when this box would not send it."""
        if len(self._pending) >= _MOST_PENDING:
            raise CannotMeasure("too many echoes wait for an answer")
        target = self._destination(slot.address)
        sequence = self._next_sequence()
        packet = self._codec.encode(self._id, sequence, self._payload[: slot.payload_bytes])
        slot.sequence, slot.source = sequence, target[0]
        self._transmit(slot, packet, None if ttl is None else [self._ttl(ttl)], target)
        self.used_boot_s = slot.sent_boot_s
        slot.channel = self
        self._pending[sequence] = slot
        self._engine.arm(slot, slot.sent_boot_s + slot.timeout_s)

    def _transmit(self, slot: Slot, packet: bytes, ancillary: CmsgList | None, target: SockAddr) -> None:
        boot, sock = self._engine.clock.boot, self._sock
        for is_last_try in (False, True):
            try:
                if ancillary is None:
                    slot.sent_boot_s = boot()
                    sock.sendto(packet, target)
                else:
                    slot.sent_boot_s = boot()
                    sock.sendmsg([packet], ancillary, 0, target)
            except OSError as error:
                # The kernel hands an earlier echo's ICMP error to whoever calls next; nothing has left: ask once more.
                if is_last_try:
                    raise CannotMeasure(f"{self._path.device}: {local_words(error)}") from error
            else:
                return

    def _destination(self, address: str) -> SockAddr:
        found = self._destinations.get(address)
        if found is None:
            found = self._destinations[address] = destination(address, 0, self._path)
        return found

    def _next_sequence(self) -> int:
        sequence = (self._sequence + 1) & 0xFFFF
        while sequence in self._pending:
            sequence = (sequence + 1) & 0xFFFF
        self._sequence = sequence
        return sequence

    def _ttl(self, ttl: int) -> tuple[int, int, bytes]:
        if self._path.family == V4:
            return socket.IPPROTO_IP, socket.IP_TTL, struct.pack("=i", ttl)
        return socket.IPPROTO_IPV6, _IPV6_HOPLIMIT, struct.pack("=i", ttl)

    # ------------------------------------------------------------ receiving
    def _read_replies(self) -> None:
        for _ in range(_MOST_PER_TURN):
            try:
                packet, ancillary, _, peer = self._sock.recvmsg(_BUFFER_BYTES, _ANCILLARY_BYTES)
            except OSError as error:
                if error.errno in _OVER or not self.is_open:
                    return
                continue  # an ICMP error, told to us once this way; the error queue has it in full
            came_boot_s = received_boot_s(ancillary, self._engine.clock)
            reply = self._codec.decode(packet, peer[0])
            if reply is None or reply.id != self._id:
                continue
            slot = self._pending.get(reply.sequence)
            if slot is None or reply.payload != self._payload[: slot.payload_bytes]:
                continue
            if slot.source == peer[0]:
                slot.heard(max(came_boot_s, slot.sent_boot_s))

    def _read_errors(self) -> None:
        for _ in range(_MOST_PER_TURN):
            try:
                quote, ancillary, _, peer = self._sock.recvmsg(_BUFFER_BYTES, _ANCILLARY_BYTES, socket.MSG_ERRQUEUE)
            except OSError:
                break
            came_boot_s = received_boot_s(ancillary, self._engine.clock)
            echo, error = quoted_echo(quote), error_of(ancillary, self._path.family)
            if echo is None or error is None or echo[0] != self._id:
                continue
            slot = self._pending.get(echo[1])
            if slot is not None and slot.source == peer[0]:
                slot.refused(error, max(came_boot_s, slot.sent_boot_s))
        if self.is_open:
            self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # reading it clears it, and so EPOLLERR

    # ------------------------------------------------------------ life
    def forget(self, slot: Slot) -> None:
        """Let a slot go; its sequence number is free again."""
        if self._pending.get(slot.sequence) is slot:
            del self._pending[slot.sequence]
        if self._is_retired and not self._pending:
            self.close()

    def retire(self) -> None:
        """Close as soon as nothing waits any more."""
        self._is_retired = True
        if not self._pending:
            self.close()

    def close(self) -> None:
        """Close the socket; echoes that wait meet their deadline."""
        if self.is_open:
            self.is_open = False
            self._engine.unwatch(self._sock)
            self._sock.close()


class Channels:
    """Every ICMP socket of one engine. Engine thread only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._channels: dict[Binding, Channel] = {}
        self._sweeper: Timer | None = None

    def send(self, path: Path, slot: Slot, ttl: int | None = None) -> None:
        """Send the slot's echo by the socket of ``path``, opened if need be. CannotMeasure says why not."""
        key = _binding(path)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = Channel(self._engine, path)
            self._keep_sweeping()
        try:
            channel.send(slot, ttl)
        except CannotMeasure:
            # Whatever is wrong with this socket (interface replaced, address gone), the next echo gets a new one.
            self.forget(path)
            raise

    def forget(self, path: Path) -> None:
        """Give up the socket of ``path``; echoes that wait are still heard. The next one gets a new socket and id."""
        channel = self._channels.pop(_binding(path), None)
        if channel is not None:
            channel.retire()

    def close(self) -> None:
        """Close every socket."""
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()

    def _keep_sweeping(self) -> None:
        if self._sweeper is None and self._channels:
            self._sweeper = self._engine.at(self._engine.clock.boot() + _SWEEP_EVERY_S, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        idle_since = self._engine.clock.boot() - _IDLE_S
        for key, channel in list(self._channels.items()):
            if channel.used_boot_s < idle_since and not channel.has_pending:
                channel.close()
                del self._channels[key]
        self._keep_sweeping()


def _binding(path: Path) -> Binding:
    return path.device, path.ifindex, path.source, path.family, path.mark
