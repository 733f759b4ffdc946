"""A client of gpsd: against a server that speaks its protocol, and against the real one where it is installed."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from ispstatus.clock import SYSTEM, Clock
from ispstatus.model.radio import Position
from ispstatus.net.gpsd import FIX_STANDS_S, GpsdClient, read_report
from tests.lab.gps import HERE, WHY_NOT, receiver
from tests.probes.driving import eventually
from tests.reflector.kit import free_port


def tpv(mode: int = 3, **changes: object) -> bytes:
    report = {"class": "TPV", "mode": mode, "lat": 45.4961001, "lon": -73.5619866, "altMSL": 39.1, "alt": 38.0}
    return json.dumps(report | changes).encode() + b"\n"


class Speaker:
    """A gpsd of the test's own."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.heard = b""
        self.peer: socket.socket | None = None

    def meet(self) -> None:
        """Take a client in and hear it out."""
        self.peer, _ = self._listener.accept()
        self.peer.sendall(b'{"class":"VERSION","release":"3.22"}\n')
        self.heard = self.peer.recv(1000)

    def say(self, data: bytes) -> None:
        assert self.peer is not None
        self.peer.sendall(data)


@contextmanager
def met(clock: Clock = SYSTEM) -> Iterator[tuple[Speaker, GpsdClient]]:
    """A client that has connected."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        speaker, client = Speaker(listener), GpsdClient(f"127.0.0.1:{listener.getsockname()[1]}", clock)
        assert client.position() is None
        speaker.meet()
        try:
            yield speaker, client
        finally:
            client.close()
            if speaker.peer is not None:
                speaker.peer.close()


def test_a_fix_is_told_and_the_newest_counts() -> None:
    with met() as (speaker, client):
        assert b'"enable":true' in speaker.heard
        speaker.say(tpv(lat=1.0) + b'{"class":"SKY"}\n' + tpv()[:20])
        eventually(lambda: client.position() == Position(1.0, HERE.longitude, 39.1))
        speaker.say(tpv()[20:])
        eventually(lambda: client.position() == HERE)


def test_a_fix_is_believed_for_a_while_only() -> None:
    hands = [1000.0]
    with met(Clock(wall=SYSTEM.wall, boot=lambda: hands[0])) as (speaker, client):
        speaker.say(tpv())
        eventually(lambda: client.position() == HERE)
        hands[0] += FIX_STANDS_S
        assert client.position() == HERE
        hands[0] += 0.1
        assert client.position() is None


def test_a_client_comes_back_after_a_hang_up() -> None:
    with met() as (speaker, client):
        assert speaker.peer is not None
        speaker.peer.close()
        thread = threading.Thread(target=speaker.meet)
        thread.start()
        eventually(lambda: (client.position(), not thread.is_alive())[1])
        speaker.say(tpv())
        eventually(lambda: client.position() == HERE)


def test_nobody_there_is_no_position() -> None:
    client = GpsdClient(f"127.0.0.1:{free_port(1)}", SYSTEM)

    assert client.position() is None


def test_a_line_without_an_end_is_not_kept_for_ever() -> None:
    with met() as (speaker, client):
        speaker.say(b"x" * 150_000)
        eventually(lambda: (client.position(), len(client._unread))[1] == 0)


def test_height_needs_a_fix_in_three_dimensions() -> None:
    assert read_report(tpv(2)) == Position(HERE.latitude, HERE.longitude)
    assert read_report(tpv(3, altMSL=None)) == Position(HERE.latitude, HERE.longitude)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"3", tpv(1), tpv(0), b'{"class":"TPV","mode":3}', tpv(lat="up"), b'{"class":"SKY"}', b"\xff"],
)
def test_what_is_no_fix_is_no_position(line: bytes) -> None:
    assert read_report(line) is None


@pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
def test_the_real_gpsd_tells_where_a_receiver_is() -> None:
    port = free_port(socket.SOCK_STREAM)
    with receiver(port), closing(GpsdClient(f"127.0.0.1:{port}", SYSTEM)) as client:
        where, deadline = None, time.monotonic() + 20
        while where is None and time.monotonic() < deadline:
            where = client.position()
            time.sleep(0.1)

    assert where is not None
    assert where.latitude == pytest.approx(HERE.latitude, abs=1e-5)
    assert where.longitude == pytest.approx(HERE.longitude, abs=1e-5)
