"""The far end in the lab's internet, asked over three uplinks of one box: what a wire does comes back as numbers."""

import socket
import statistics
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.settings import ReflectorServer
from ispstatus.net.sockets import SO_TIMESTAMPNS
from ispstatus.probes.packets import stamp_of
from ispstatus.reflector.server import Reflector
from ispstatus.reflector.wire import echo, stamp, train
from ispstatus.reflector.wire.ntp import ErrorEstimate
from ispstatus.reflector.wire.train import Kind, Packet
from tests.lab import faults
from tests.lab.lines import Line
from tests.lab.topology import WanLab, why_not
from tests.reflector.kit import ANY_PORTS, WAIT_S

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(why_not()), reason=str(why_not()))]

FAR = "1.1.1.1"
UP, DOWN = 0, 1
SEEN = ("203.0.113.0/24", "10.255.2.1/32", "198.51.100.0/29")
"""What the lab's three lines are seen as; the second is behind NAT."""
ERROR = ErrorEstimate.of(0.001, is_synchronised=True)


@pytest.fixture(scope="module")
def network() -> Iterator[WanLab]:
    with WanLab() as lab:
        lab.hurry()
        yield lab


@pytest.fixture
def lab(network: WanLab) -> Iterator[WanLab]:
    yield network
    faults.heal(network)


@pytest.fixture(scope="module")
def far(network: WanLab) -> Iterator[Reflector]:
    """A reflector in the internet: sockets stay in the namespace they were opened in, whoever reads them."""
    settings = ReflectorServer(("0.0.0.0",), tuple(ip_network(text) for text in SEEN), ANY_PORTS)
    reflector = network.call("inet", lambda: Reflector(settings, Path("/nonexistent"), SYSTEM, lambda: True))
    thread = threading.Thread(target=reflector.run)
    thread.start()
    yield reflector
    reflector.stop()
    thread.join(WAIT_S)


def over(lab: WanLab, name: str) -> socket.socket:
    """A UDP socket of the box that leaves by one uplink."""
    line: Line = lab.lines[name]

    def make() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, line.device.encode())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.bind((line.source, 0))
        sock.settimeout(1.0)
        return sock

    return lab.call("box", make)


def twamp(sock: socket.socket, port: int, sequence: int) -> tuple[stamp.Reply, int]:
    """One test packet: the reply, and T4."""
    sock.sendto(stamp.encode_request(stamp.Request(sequence, time.time_ns(), ERROR)), (FAR, port))
    data, ancillary, _, _ = sock.recvmsg(100, 100)
    reply, came_s = stamp.decode_reply(data), stamp_of(ancillary)
    assert reply is not None
    assert came_s is not None
    return reply, int(came_s * 1e9)


def one_way_ms(sock: socket.socket, port: int, count: int = 15) -> tuple[float, float]:
    """Median delay forward and in reverse."""
    pairs = [twamp(sock, port, n) for n in range(count)]
    forward = [(reply.received_ns - reply.sender_sent_ns) / 1e6 for reply, _ in pairs]
    reverse = [(t4 - reply.sent_ns) / 1e6 for reply, t4 in pairs]
    return statistics.median(forward), statistics.median(reverse)


@pytest.mark.parametrize("uplink", ["fibre", "lte", "bgp"])
@pytest.mark.parametrize(("up_ms", "down_ms"), [(0, 0), (30, 10), (5, 40)])
def test_each_direction_sees_its_own_delay(lab: WanLab, far: Reflector, uplink: str, up_ms: int, down_ms: int) -> None:
    lab.control("wire", name=uplink, direction=UP, delay_ms=up_ms)
    lab.control("wire", name=uplink, direction=DOWN, delay_ms=down_ms)
    with over(lab, uplink) as sock:
        forward, reverse = one_way_ms(sock, far.ports["twamp"])

    assert forward == pytest.approx(up_ms, rel=0.0, abs=0.02 * up_ms + 1.0)
    assert reverse == pytest.approx(down_ms, rel=0.0, abs=0.02 * down_ms + 1.0)


def test_hops_on_the_way_are_seen_in_the_ttl(lab: WanLab, far: Reflector) -> None:
    with over(lab, "fibre") as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, stamp.TTL)
        reply, _ = twamp(sock, far.ports["twamp"], 0)

    assert reply.sender_ttl == stamp.TTL - 1  # the provider's router


@pytest.mark.parametrize(("direction", "is_forward"), [(UP, True), (DOWN, False)])
def test_a_loss_is_seen_in_the_direction_it_happened(
    lab: WanLab, far: Reflector, direction: int, is_forward: bool
) -> None:
    faults.inject(lab, "loss", "fibre", pct=30, direction=direction)
    with over(lab, "fibre") as sock:
        for n in range(100):
            sock.sendto(stamp.encode_request(stamp.Request(n, time.time_ns(), ERROR)), (FAR, far.ports["twamp"]))
        replies = received(sock)
    last = replies[-1]
    lost_forward = (last.sender_sequence - replies[0].sender_sequence) - (last.sequence - replies[0].sequence)
    lost_reverse = (last.sequence - replies[0].sequence) - (len(replies) - 1)

    assert (lost_forward > 5) == is_forward
    assert (lost_reverse > 5) != is_forward
    assert min(lost_forward, lost_reverse) == 0


def received(sock: socket.socket) -> list[stamp.Reply]:
    """Every reply until nothing comes for a moment."""
    replies = []
    sock.settimeout(0.3)
    try:
        while True:
            reply = stamp.decode_reply(sock.recv(100))
            assert reply is not None
            replies.append(reply)
    except TimeoutError:
        return replies


def test_three_uplinks_asking_at_once_with_the_same_session_never_mix(lab: WanLab, far: Reflector) -> None:
    delays = {"fibre": 0, "lte": 30, "bgp": 60}
    socks = {name: over(lab, name) for name in delays}
    for name, delay in delays.items():
        lab.control("wire", name=name, direction=UP, delay_ms=delay)
    began = time.monotonic()
    for n in range(10):
        for name, sock in socks.items():
            sock.sendto(echo.encode(echo.Echo(1, n, delays[name])), (FAR, far.ports["udp"]))
            sock.sendto(stamp.encode_request(stamp.Request(n, 0, ERROR)), (FAR, far.ports["twamp"]))
    for name, sock in socks.items():
        with sock:
            came = [sock.recv(100) for _ in range(20)]
            assert time.monotonic() - began >= delays[name] / 1000
            echoes = [found for data in came if (found := echo.decode_answer(data))]
            replies = [stamp.decode_reply(data) for data in came if len(data) == stamp.STAMP_BYTES]
            assert echoes == [echo.Echo(1, n, delays[name]) for n in range(10)]
            assert [(r.sender_sequence, r.sequence) for r in replies if r] == [(n, n) for n in range(10)]


def test_one_dead_uplink_does_not_disturb_the_others(lab: WanLab, far: Reflector) -> None:
    faults.inject(lab, "blackhole", "lte")
    with over(lab, "lte") as dead, over(lab, "fibre") as alive:
        dead.sendto(stamp.encode_request(stamp.Request(0, 0, ERROR)), (FAR, far.ports["twamp"]))
        assert max(one_way_ms(alive, far.ports["twamp"])) < 20
        dead.settimeout(0.05)
        with pytest.raises(TimeoutError):
            dead.recv(100)


# ---------------------------------------------------------------- throughput
PACKETS, SIZE = 80, 1200


def cookie(sock: socket.socket, port: int) -> bytes:
    sock.sendto(train.encode(Packet(Kind.HELLO, 1)), (FAR, port))
    answer = train.decode(sock.recv(100))
    assert answer is not None
    return answer.cookie


def mbps(arrivals: train.Arrivals) -> float:
    """Rate at which the later half arrived: queues and token buckets let the beginning through faster."""
    offsets = [offset for offset in arrivals.offsets_ns if offset is not None][PACKETS // 2 :]
    return (len(offsets) - 1) * (SIZE + 28) * 8 * 1000 / (offsets[-1] - offsets[0])


def uploaded(sock: socket.socket, port: int, proof: bytes, number: int, rate: int) -> float:
    """Send one train, ask what arrived, return the rate it shows."""
    for index in range(PACKETS):
        sock.sendto(train.encode(Packet(Kind.UP, 1, number, proof, index, PACKETS), size=SIZE), (FAR, port))
    time.sleep(PACKETS * SIZE * 8 / (rate * 1e6) + 0.1)
    sock.sendto(train.encode(Packet(Kind.REPORT, 1, number, proof), size=train.report_bytes(PACKETS)), (FAR, port))
    arrivals = train.decode_arrivals(sock.recv(2000))
    assert arrivals is not None
    assert arrivals.received == PACKETS
    return mbps(arrivals)


def downloaded(sock: socket.socket, port: int, proof: bytes, number: int) -> float:
    """Ask for one train, return the rate it shows."""
    sock.sendto(train.encode(Packet(Kind.GET, 1, number, proof, PACKETS, SIZE)), (FAR, port))
    stamps: list[int | None] = [None] * PACKETS
    for _ in range(PACKETS):
        packet = train.decode(sock.recv(2000))
        assert packet is not None
        stamps[packet.first] = time.monotonic_ns()
    return mbps(train.arrivals_of(stamps))


RATES = pytest.mark.parametrize(("rate", "trains"), [(2, 1), (10, 3), (50, 5)])


@RATES
def test_uploaded_trains_show_the_rate_of_the_line(lab: WanLab, far: Reflector, rate: int, trains: int) -> None:
    lab.control("wire", name="fibre", direction=UP, rate_kbit=rate * 1000)
    with over(lab, "fibre") as sock:
        port = far.ports["throughput"]
        proof = cookie(sock, port)
        rates = [uploaded(sock, port, proof, number, rate) for number in range(trains)]

    assert statistics.median(rates) == pytest.approx(rate, rel=0.2)


@RATES
def test_trains_from_the_far_end_show_the_rate_of_the_line(lab: WanLab, far: Reflector, rate: int, trains: int) -> None:
    faults.inject(lab, "rate", "bgp", kbit=rate * 1000)
    with over(lab, "bgp") as sock:
        port = far.ports["throughput"]
        proof = cookie(sock, port)
        rates = [downloaded(sock, port, proof, number) for number in range(trains)]

    assert statistics.median(rates) == pytest.approx(rate, rel=0.2)
