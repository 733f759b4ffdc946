"""Throughput by packet trains: a few short trains to the reflector and a few back, and what their receiver saw.

An estimate that does not fill the line: packets sent back to back leave the narrowest link one after the other, so the
time between the first and the last of them tells its rate. The later trains are as long as a tenth of a second at the
rate the ones before showed, so that echoes beside them wait no longer than that.
"""

import errno
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome
from ispstatus.model.throughput import Flow
from ispstatus.model.uplink import Family
from ispstatus.net.sockets import destination, local_words, open_udp
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.packets import stamp_of
from ispstatus.reflector.wire import train
from ispstatus.reflector.wire.train import Arrivals, Kind, Packet

TRAINS = 5
"""In each direction; the median of what they show is told."""
FEWEST_PACKETS = 24
MOST_PACKETS = 103
"""So that the first train and four of the longest are no more than a session may have."""
PACKET_BYTES = 1200
"""Of UDP payload: fits every line there is."""
TRAIN_S = 0.1
HEADERS_BYTES: dict[Family, int] = {4: 28, 6: 48}
"""IP and UDP, which take their time on the line too."""
TEST_BYTES = 2 * TRAINS * MOST_PACKETS * (PACKET_BYTES + HEADERS_BYTES[6])
"""What a test costs at most, both directions."""

_ANSWER_S = 1.0
_ATTEMPTS = 3
_REPORT_S = 0.3
"""For a report, which may be asked for again at no risk."""
_REPORT_ATTEMPTS = 8
_SILENCE_S = 0.5
"""After so long without a packet the rest of a train is lost."""
_REPORT_AFTER_S = 0.05
_BUFFER_BYTES = 1 << 20
_ANCILLARY_BYTES = 64
_REFUSED = {errno.ECONNREFUSED: "the reflector refuses the port", errno.EHOSTUNREACH: "host unreachable"}


@dataclass(frozen=True, slots=True)
class TrainSample:
    """What the trains showed."""

    outcome: Outcome
    """OK with figures; SILENT when the reflector did not answer at all; FAILED when it, or the network, refused."""
    down: Flow = field(default_factory=Flow)
    up: Flow = field(default_factory=Flow)
    error: str | None = None


def probe_train(engine: Engine, path: Path, address: str, port: int, *, done: Callable[[TrainSample], None]) -> Handle:
    """Send trains to the reflector at ``address`` and fetch trains from it; tell ``done`` what came of it.

    At most 512 KiB each way. A direction of which no train came through has a rate of None, and counts as lost what is
    known to be.
    """
    test = _Test(engine, path.family, done)
    try:
        test.start(path, address, port)
    except CannotMeasure as error:
        sample = TrainSample(Outcome.UNMEASURED, error=str(error))
        return engine.at(0.0, lambda: done(sample))
    return test


def rate_bps(arrivals: Arrivals, bits: int) -> float | None:
    """Return the rate a train arrived at, with ``bits`` a packet; None for too few packets to tell.

    The first quarter is left out: what queues and token buckets let through at once says nothing of the rate.
    """
    offsets = [offset for offset in arrivals.offsets_ns[len(arrivals.offsets_ns) // 4 :] if offset is not None]
    took_ns = max(offsets, default=0) - min(offsets, default=0)
    return (len(offsets) - 1) * bits * 1e9 / took_ns if took_ns > 0 else None


@dataclass(slots=True)
class _Direction:
    """What the trains of one direction have shown so far."""

    rates: list[float] = field(default_factory=list)
    jitters_ns: list[float] = field(default_factory=list)
    sent: int = 0
    received: int = 0

    def add(self, arrivals: Arrivals, sent_ns: Sequence[int], bits: int) -> None:
        self.sent += len(arrivals.offsets_ns)
        self.received += arrivals.received
        rate, jitter = rate_bps(arrivals, bits), train.jitter_ns(sent_ns, arrivals)
        if rate is not None and jitter is not None:
            self.rates.append(rate)
            self.jitters_ns.append(jitter)

    @property
    def flow(self) -> Flow:
        if not self.sent:
            return Flow()
        bps = median(self.rates) if self.rates else None
        jitter_us = median(self.jitters_ns) / 1000 if self.jitters_ns else None
        return Flow(bps, jitter_us, self.sent, self.sent - self.received)

    def length(self, bits: int) -> int:
        """Return how many packets the next train has."""
        wanted = round(median(self.rates) * TRAIN_S / bits) if self.rates else 0
        return min(MOST_PACKETS, max(FEWEST_PACKETS, wanted))


class _Test:
    """One test under way: a cookie, then each train of either direction, one after the other."""

    def __init__(self, engine: Engine, family: Family, done: Callable[[TrainSample], None]) -> None:
        self._engine = engine
        self._done = done
        self._sock: socket.socket | None = None
        self._timer: Timer | None = None
        self._bits = (PACKET_BYTES + HEADERS_BYTES[family]) * 8
        self._session = secrets.randbits(64)
        self._cookie = train.NO_COOKIE
        self._up, self._down = _Direction(), _Direction()
        self._number = 0
        self._hear: Callable[[bytes, Packet, int | None], None] = self._hear_cookie
        self._sent_ns: list[int] = []
        self._stamps_ns: list[int | None] = []
        self._arrived: Arrivals | None = None

    # ------------------------------------------------------------ life
    def start(self, path: Path, address: str, port: int) -> None:
        """Ask for a cookie; CannotMeasure when this box would not."""
        target = destination(address, port, path)
        sock = open_udp(path)
        try:
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            sock.connect(target)
        except OSError as error:
            sock.close()
            raise CannotMeasure(f"{path.device}: {local_words(error)}") from error
        self._sock = sock
        self._engine.watch(sock, on_readable=self._readable)
        hello = Packet(Kind.HELLO, self._session)
        silent = TrainSample(Outcome.SILENT, error="the reflector does not answer")
        self._ask(lambda: self._send(hello), lambda: self._end(silent), _ATTEMPTS, _ANSWER_S)

    def cancel(self) -> None:
        """Hear nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        sock, self._sock = self._sock, None
        if sock is not None:
            self._engine.unwatch(sock)
            sock.close()

    def _end(self, sample: TrainSample) -> None:
        self.cancel()
        self._done(sample)

    # ------------------------------------------------------------ asking
    def _ask(self, ask: Callable[[], object], give_up: Callable[[], None], attempts: int, wait_s: float) -> None:
        """Ask until something is heard that sets another timer, or so often in vain."""
        if attempts == 0:
            give_up()
            return
        self._after(wait_s, lambda: self._ask(ask, give_up, attempts - 1, wait_s))
        ask()

    def _ask_for_report(self) -> None:
        self._ask(self._ask_report, self._unreported, _REPORT_ATTEMPTS, _REPORT_S)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._sock is not None:
            self._timer = self._engine.at(self._engine.clock.boot() + seconds, action)

    def _send(self, packet: Packet, size: int = 0) -> bool:
        """Send a packet; False when the kernel has no room for it yet. What the network refuses ends the test."""
        if self._sock is None:
            return True
        try:
            self._sock.send(train.encode(packet, size=size))
        except BlockingIOError:
            return False
        except OSError as error:
            self._trouble(error)
        return True

    def _trouble(self, error: OSError) -> None:
        if words := _REFUSED.get(error.errno or 0):
            self._end(TrainSample(Outcome.FAILED, error=words))
        else:
            self._end(TrainSample(Outcome.UNMEASURED, error=local_words(error)))

    def _packet(self, kind: Kind, first: int = 0, second: int = 0) -> Packet:
        return Packet(kind, self._session, self._number, self._cookie, first, second)

    # ------------------------------------------------------------ hearing
    def _readable(self) -> None:
        for _ in range(MOST_PACKETS):
            if self._sock is None:
                return
            try:
                data, ancillary, _, _ = self._sock.recvmsg(2048, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._trouble(error)
                return
            packet = train.decode(data)
            if packet is not None and packet.session == self._session:
                self._take(data, packet, _ns(stamp_of(ancillary)))

    def _take(self, data: bytes, packet: Packet, stamp_ns: int | None) -> None:
        if packet.kind is not Kind.REFUSED:
            self._hear(data, packet, stamp_ns)
            return
        why = train.Refusal(packet.first).name.lower() if packet.first in set(train.Refusal) else "unknown"
        self._end(TrainSample(Outcome.UNMEASURED, error=f"the reflector refuses the test: {why}"))

    def _hear_cookie(self, _data: bytes, packet: Packet, _stamp_ns: int | None) -> None:
        if packet.kind is Kind.COOKIE:
            self._cookie = packet.cookie
            self._next_upload()

    # ------------------------------------------------------------ trains to the reflector
    def _next_upload(self) -> None:
        if self._number == TRAINS:
            self._number = 0
            self._next_download()
            return
        self._sent_ns, self._arrived = [], None
        self._hear = self._hear_report
        self._upload(self._up.length(self._bits))

    def _upload(self, packets: int) -> None:
        """Send the train back to back: a hundred kilobytes at most, less than a millisecond of this thread."""
        for index in range(len(self._sent_ns), packets):
            sent_ns = int(self._engine.clock.boot() * 1e9)
            if not self._send(self._packet(Kind.UP, index, packets), PACKET_BYTES):
                self._after(0.001, lambda: self._upload(packets))
                return
            self._sent_ns.append(sent_ns)
        self._after(_REPORT_AFTER_S, self._ask_for_report)

    def _ask_report(self) -> None:
        self._send(self._packet(Kind.REPORT), train.report_bytes(len(self._sent_ns)))

    def _hear_report(self, data: bytes, packet: Packet, _stamp_ns: int | None) -> None:
        arrivals = train.decode_arrivals(data)
        if arrivals is None or packet.train != self._number:
            return
        if len(arrivals.offsets_ns) != len(self._sent_ns):  # not one packet of it arrived
            arrivals = Arrivals((None,) * len(self._sent_ns))
        is_all = arrivals.received == len(self._sent_ns) or arrivals == self._arrived
        self._arrived = arrivals
        if is_all:
            self._uploaded(arrivals)
        else:  # the question may have overtaken the train
            self._after(_SILENCE_S, self._ask_for_report)

    def _unreported(self) -> None:
        """A train nobody reports on says nothing: the reports may have been lost on their way back."""
        self._number += 1
        self._next_upload()

    def _uploaded(self, arrivals: Arrivals) -> None:
        self._up.add(arrivals, self._sent_ns, self._bits)
        self._number += 1
        self._next_upload()

    # ------------------------------------------------------------ trains from the reflector
    def _next_download(self) -> None:
        if self._number == TRAINS:
            self._end(TrainSample(Outcome.OK, self._down.flow, self._up.flow))
            return
        packets = self._down.length(self._bits)
        self._stamps_ns, self._sent_ns = [None] * packets, [0] * packets
        self._hear = self._hear_train
        # Once: a train asked for twice would come twice.
        self._ask(lambda: self._ask_train(packets), self._undelivered, attempts=1, wait_s=_ANSWER_S)

    def _ask_train(self, packets: int) -> None:
        self._send(self._packet(Kind.GET, packets, PACKET_BYTES))

    def _hear_train(self, _data: bytes, packet: Packet, stamp_ns: int | None) -> None:
        index, stamps = packet.first, self._stamps_ns
        is_ours = packet.kind is Kind.DOWN and packet.train == self._number and index < len(stamps)
        if not is_ours or stamp_ns is None or stamps[index] is not None:
            return
        stamps[index], self._sent_ns[index] = stamp_ns, packet.number
        if None in stamps:
            self._after(_SILENCE_S, self._downloaded)
        else:
            self._downloaded()

    def _undelivered(self) -> None:
        """Nothing came: the question may have been lost as well as the train."""
        self._number += 1
        self._next_download()

    def _downloaded(self) -> None:
        self._down.add(train.arrivals_of(self._stamps_ns), self._sent_ns, self._bits)
        self._number += 1
        self._next_download()


def _ns(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e9)
