"""Packet trains against a real reflector on loopback, and against far ends that are silent, refuse, or lose packets."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from ispstatus.model.sample import Outcome
from ispstatus.model.settings import ReflectorCaps
from ispstatus.probes import train as probe
from ispstatus.probes.train import (
    FEWEST_PACKETS,
    MOST_PACKETS,
    PACKET_BYTES,
    TRAINS,
    TrainSample,
    probe_train,
    rate_bps,
)
from ispstatus.reflector.wire import train
from ispstatus.reflector.wire.train import Arrivals, Kind, Packet
from tests.probes.driving import Driver, loopback
from tests.reflector.kit import free_port, running

pytestmark = pytest.mark.usefixtures("open_files")

Answer = Callable[[Packet, int], Iterable[bytes]]


def result_of(driver: Driver, port: int) -> TrainSample:
    sample: TrainSample = driver.hear(lambda done: probe_train(driver.engine, loopback(), "127.0.0.1", port, done=done))
    return sample


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits short enough for a test."""
    monkeypatch.setattr(probe, "_ANSWER_S", 0.1)
    monkeypatch.setattr(probe, "_SILENCE_S", 0.1)


@contextmanager
def far_end(answer: Answer) -> Iterator[int]:
    """A far end that answers each packet as the test says; yields its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    data, peer = sock.recvfrom(65535)
                except TimeoutError:
                    continue
                packet = train.decode(data)
                assert packet is not None
                for reply in answer(packet, len(data)):
                    sock.sendto(reply, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            over.set()
            thread.join()


def test_both_directions_have_a_rate_a_jitter_and_no_loss(driver: Driver) -> None:
    with running() as reflector:
        sample = result_of(driver, reflector.ports["throughput"])

    assert (sample.outcome, sample.error) == (Outcome.OK, None)
    for flow in (sample.down, sample.up):
        assert flow.bps is not None
        assert flow.bps > 10e6
        assert flow.jitter_us is not None
        assert flow.sent == FEWEST_PACKETS + (TRAINS - 1) * MOST_PACKETS
        assert flow.lost == 0


def test_the_longest_trains_are_no_more_than_a_session_may_have() -> None:
    assert (FEWEST_PACKETS + (TRAINS - 1) * MOST_PACKETS) * PACKET_BYTES <= train.MOST_BYTES
    assert MOST_PACKETS <= train.MOST_PACKETS


@pytest.mark.usefixtures("hasty")
def test_a_reflector_that_does_not_answer_is_silence(driver: Driver) -> None:
    with far_end(lambda _packet, _size: []) as port:
        sample = result_of(driver, port)

    assert sample == TrainSample(Outcome.SILENT, error="the reflector does not answer")


def test_a_port_nobody_listens_on_has_failed(driver: Driver) -> None:
    sample = result_of(driver, free_port())

    assert sample == TrainSample(Outcome.FAILED, error="the reflector refuses the port")


def test_a_refusal_says_why_and_nothing_about_the_line(driver: Driver) -> None:
    with running(caps=replace(ReflectorCaps(), source_mb_per_hour=0)) as reflector:
        sample = result_of(driver, reflector.ports["throughput"])

    assert sample == TrainSample(Outcome.UNMEASURED, error="the reflector refuses the test: busy")


@pytest.mark.usefixtures("hasty")
def test_what_is_lost_on_the_way_is_counted_in_its_direction(driver: Driver) -> None:
    lengths: dict[int, int] = {}

    def answer(packet: Packet, _size: int) -> list[bytes]:
        same = replace(packet, cookie=bytes([7] * train.COOKIE_BYTES))
        if packet.kind is Kind.HELLO:
            return [train.encode(replace(same, kind=Kind.COOKIE))]
        if packet.kind is Kind.UP:
            lengths[packet.train] = packet.second
        if packet.kind is Kind.REPORT:
            seen = tuple(None if n % 4 == 3 else n * 1_000_000 for n in range(lengths[packet.train]))
            return [train.encode_arrivals(same, Arrivals(seen))]
        if packet.kind is Kind.GET:
            down = [replace(same, kind=Kind.DOWN, first=n, second=packet.first) for n in range(packet.first) if n % 8]
            return [train.encode(one, size=packet.second) for one in down]
        return []

    with far_end(answer) as port:
        sample = result_of(driver, port)

    assert sample.outcome is Outcome.OK
    assert sample.up.sent is not None
    assert sample.up.lost == pytest.approx(sample.up.sent / 4, abs=TRAINS)
    assert sample.up.bps == pytest.approx(1228 * 8 / 0.001, rel=0.35)  # a quarter is missing
    assert sample.down.sent is not None
    assert sample.down.lost == pytest.approx(sample.down.sent / 8, abs=TRAINS)


@pytest.mark.usefixtures("hasty")
def test_strangers_packets_and_late_copies_change_nothing(driver: Driver) -> None:
    def answer(packet: Packet, _size: int) -> Iterator[bytes]:
        if packet.kind is Kind.HELLO:
            yield train.encode(replace(packet, kind=Kind.COOKIE))
        elif packet.kind is Kind.REPORT:
            yield train.encode_arrivals(packet, Arrivals())
        elif packet.kind is Kind.GET:
            down = [replace(packet, kind=Kind.DOWN, first=n, second=packet.first) for n in range(packet.first)]
            for one in down[:-1]:
                yield train.encode(one, size=packet.second)
            yield train.encode(replace(down[-1], session=packet.session ^ 1), size=packet.second)
            threading.Event().wait(0.05)
            yield train.encode(down[-2], size=packet.second)

    with far_end(answer) as port:
        sample = result_of(driver, port)

    assert sample.down.lost == TRAINS
    assert sample.down.bps is not None
    assert sample.down.bps > FEWEST_PACKETS * 1228 * 8 / 0.05


@pytest.mark.usefixtures("hasty")
def test_a_line_that_lets_nothing_but_small_packets_through_has_no_rate(driver: Driver) -> None:
    def answer(packet: Packet, _size: int) -> list[bytes]:
        if packet.kind is Kind.HELLO:
            return [train.encode(replace(packet, kind=Kind.COOKIE))]
        if packet.kind is Kind.REPORT:
            return [train.encode_arrivals(packet, Arrivals())]
        return []

    with far_end(answer) as port:
        sample = result_of(driver, port)

    assert (sample.up.bps, sample.up.sent, sample.up.lost) == (None, TRAINS * FEWEST_PACKETS, TRAINS * FEWEST_PACKETS)
    assert (sample.down.bps, sample.down.sent) == (None, None)


def test_a_box_without_an_address_is_not_measured(driver: Driver) -> None:
    sample = driver.hear(
        lambda done: probe_train(driver.engine, loopback(source=None), "127.0.0.1", 9, done=done),
    )

    assert sample.outcome is Outcome.UNMEASURED


def test_a_cancelled_test_is_never_heard_of(driver: Driver) -> None:
    heard: list[TrainSample] = []
    with running() as reflector:
        port = reflector.ports["throughput"]
        handles = driver.on_engine(lambda: probe_train(driver.engine, loopback(), "127.0.0.1", port, done=heard.append))
        driver.on_engine(handles.cancel)

    assert heard == []


def test_the_rate_is_that_of_the_packets_behind_the_first_quarter() -> None:
    burst = tuple(range(0, 400, 100))
    paced = tuple(400 + 1_000_000 * n for n in range(12))

    assert rate_bps(Arrivals(burst + paced), 8000) == pytest.approx(8000 / 0.001)


@pytest.mark.parametrize("offsets", [(), (0,), (0, None, None, None), (None,) * 8])
def test_too_few_packets_show_no_rate(offsets: tuple[int | None, ...]) -> None:
    assert rate_bps(Arrivals(offsets), 8000) is None
