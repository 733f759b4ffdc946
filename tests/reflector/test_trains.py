"""Throughput tests on real sockets: the cookie, trains both ways, what a session may have, who is refused."""

import socket
import time
from contextlib import ExitStack

import pytest

from ispstatus.model.settings import ReflectorCaps
from ispstatus.reflector import datagrams, trains
from ispstatus.reflector.trains import COOKIE_S, SESSION_S
from ispstatus.reflector.wire import train
from ispstatus.reflector.wire.train import Kind, Packet, Refusal
from tests.reflector.kit import StandingClock, ask, client, is_silent, running

PACKETS, SIZE = 20, 1200


class Asker:
    """The asking end of one test."""

    def __init__(self, sock: socket.socket, port: int, session: int = 1) -> None:
        self.sock, self.port, self.session = sock, port, session
        self.cookie = train.NO_COOKIE

    def say(self, kind: Kind, number: int = 0, first: int = 0, second: int = 0, *, size: int = 0) -> bytes:
        """Send one packet; return it."""
        data = train.encode(Packet(kind, self.session, number, self.cookie, first, second), size=size)
        self.sock.sendto(data, ("127.0.0.1", self.port))
        return data

    def hear(self) -> Packet:
        """Return the next packet."""
        packet = train.decode(self.sock.recv(65535))
        assert packet is not None
        return packet

    def greet(self) -> "Asker":
        """Get a cookie."""
        self.say(Kind.HELLO)
        answer = self.hear()
        assert (answer.kind, answer.session) == (Kind.COOKIE, self.session)
        self.cookie = answer.cookie
        return self

    def refused(self) -> Refusal:
        """Return why the last packet was refused."""
        answer = self.hear()
        assert answer.kind is Kind.REFUSED
        return Refusal(answer.first)

    def report(self, number: int, packets: int) -> train.Arrivals:
        """Ask what arrived."""
        asked = self.say(Kind.REPORT, number, size=train.report_bytes(packets))
        data = self.sock.recv(65535)
        arrivals = train.decode_arrivals(data)
        assert arrivals is not None
        assert len(data) <= len(asked)
        return arrivals


def test_a_cookie_costs_as_much_as_it_gives() -> None:
    with running() as reflector, client() as sock:
        hello = train.encode(Packet(Kind.HELLO, 1))

        assert len(ask(sock, hello, reflector.ports["throughput"])) == len(hello)


def test_an_uploaded_train_is_reported_with_count_dispersion_and_gaps() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        for index in range(PACKETS):
            if index not in (3, 7):
                asker.say(Kind.UP, 2, index, PACKETS, size=SIZE)
            if index == 9:
                time.sleep(0.02)
        arrivals = asker.report(2, PACKETS)

    assert arrivals.received == PACKETS - 2
    assert [n for n, offset in enumerate(arrivals.offsets_ns) if offset is None] == [3, 7]
    assert 20_000_000 <= arrivals.dispersion_ns < 1_000_000_000
    assert arrivals.offsets_ns[0] == 0


def test_a_train_of_which_nothing_came_is_reported_as_nothing() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()

        assert asker.report(0, PACKETS).received == 0


def test_a_packet_that_comes_twice_is_counted_once() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        for index in (0, 1, 5):
            asker.say(Kind.UP, 0, index, 2, size=SIZE)
        once = asker.report(0, 2)
        asker.say(Kind.UP, 0, 1, 2, size=SIZE)

        assert once.received == 2
        assert asker.report(0, 2) == once


def test_a_train_is_sent_to_who_proved_its_address() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        asker.say(Kind.GET, 1, PACKETS, SIZE)
        data = [sock.recv(65535) for _ in range(PACKETS)]

    packets = [packet for one in data if (packet := train.decode(one))]
    assert {len(one) for one in data} == {SIZE}
    assert [(packet.kind, packet.train, packet.first, packet.second) for packet in packets] == [
        (Kind.DOWN, 1, index, PACKETS) for index in range(PACKETS)
    ]
    sent_ns = [packet.number for packet in packets]
    assert sent_ns == sorted(sent_ns)


def test_the_largest_session_fits_into_half_a_mebibyte_each_way_and_no_packet_more() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        for number in range(4):
            asker.say(Kind.GET, number, 128, 1024)
            for _ in range(128):
                assert asker.hear().kind is Kind.DOWN

        asker.say(Kind.GET, 4, 1, train.BODY_BYTES)
        assert asker.refused() is Refusal.SIZE


def test_an_upload_beyond_the_session_is_refused() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        for number in range(4):
            for index in range(128):
                asker.say(Kind.UP, number, index, 128, size=1024)
            assert asker.report(number, 128).received == 128

        asker.say(Kind.UP, 4, 0, 128, size=1024)
        assert asker.refused() is Refusal.SIZE


@pytest.mark.parametrize(
    ("packets", "size"), [(0, SIZE), (129, SIZE), (1, train.BODY_BYTES - 1), (1, train.MOST_PACKET_BYTES + 1)]
)
def test_a_train_out_of_bounds_is_refused(packets: int, size: int) -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        asker.say(Kind.GET, 0, packets, size)

        assert asker.refused() is Refusal.SIZE


def test_an_upload_train_out_of_bounds_is_refused() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        asker.say(Kind.UP, 0, 0, 129, size=SIZE)

        assert asker.refused() is Refusal.SIZE


def test_a_report_asked_for_in_too_small_a_packet_is_refused() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        asker.say(Kind.UP, 0, 0, PACKETS, size=SIZE)
        asker.say(Kind.REPORT, 0, size=train.report_bytes(PACKETS) - 1)

        assert asker.refused() is Refusal.SIZE


# ---------------------------------------------------------------- who is refused
@pytest.mark.parametrize("kind", [Kind.UP, Kind.REPORT, Kind.GET])
def test_without_a_cookie_nothing_is_had_and_the_refusal_is_no_larger_than_the_question(kind: Kind) -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"])
        said = asker.say(kind, 0, 128, 1200)
        data = sock.recv(65535)

        assert len(data) <= len(said)
        packet = train.decode(data)
        assert packet is not None
        assert (packet.kind, packet.first) == (Kind.REFUSED, Refusal.COOKIE)
        assert is_silent(sock)


def test_a_cookie_is_good_for_its_own_address_port_and_session_only() -> None:
    with running() as reflector, client() as sock, client() as other_port, ExitStack() as stack:
        other_address = stack.enter_context(client("127.0.0.2", sock.getsockname()[1]))
        port = reflector.ports["throughput"]
        cookie = Asker(sock, port).greet().cookie
        thieves = [Asker(other_port, port), Asker(other_address, port), Asker(sock, port, session=2)]
        for thief in thieves:
            thief.cookie = cookie
            thief.say(Kind.GET, 0, 1, SIZE)
            assert thief.refused() is Refusal.COOKIE


def test_a_cookie_grows_stale_and_a_session_ends() -> None:
    standing = StandingClock(at=COOKIE_S * 1000)
    with running(clock=standing.clock) as reflector, client() as sock:
        port = reflector.ports["throughput"]
        unused, used = Asker(sock, port, 1).greet(), Asker(sock, port, 2).greet()
        used.say(Kind.GET, 0, 1, SIZE)
        assert used.hear().kind is Kind.DOWN

        standing.pass_s(2 * COOKIE_S)
        unused.say(Kind.GET, 0, 1, SIZE)
        assert unused.refused() is Refusal.COOKIE
        used.say(Kind.GET, 0, 1, SIZE)
        assert used.hear().kind is Kind.DOWN

        standing.pass_s(SESSION_S)
        used.say(Kind.GET, 0, 1, SIZE)
        assert used.refused() is Refusal.COOKIE


def test_a_wrong_cookie_does_not_disturb_a_running_session() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        asker.say(Kind.UP, 0, 0, 2, size=SIZE)
        good, asker.cookie = asker.cookie, b"forged forged!!!"
        asker.say(Kind.UP, 0, 1, 2, size=SIZE)
        assert asker.refused() is Refusal.COOKIE
        asker.cookie = good

        assert asker.report(0, 2).received == 1


def test_a_cookie_from_before_a_restart_is_refused_so_that_the_client_asks_anew() -> None:
    with client() as sock:
        with running() as before:
            cookie = Asker(sock, before.ports["throughput"]).greet().cookie
        with running() as reflector:
            asker = Asker(sock, reflector.ports["throughput"])
            asker.cookie = cookie
            asker.say(Kind.GET, 0, 1, SIZE)
            assert asker.refused() is Refusal.COOKIE


@pytest.mark.parametrize("sources", [("127.0.0.2", "127.0.0.3"), ("127.0.0.2", "127.0.0.2")])
def test_sessions_of_two_uplinks_with_the_same_number_never_mix(sources: tuple[str, str]) -> None:
    with running() as reflector, client(sources[0]) as one, client(sources[1]) as two:
        askers = [Asker(sock, reflector.ports["throughput"], session=9).greet() for sock in (one, two)]
        for index in range(6):
            for share, asker in enumerate(askers):
                if index % 3 != share:
                    asker.say(Kind.UP, 0, index, 6, size=SIZE)

        seen = [[o is None for o in asker.report(0, 6).offsets_ns] for asker in askers]

    assert seen == [[True, False, False] * 2, [False, True, False] * 2]


def test_a_source_that_had_its_share_of_the_hour_is_told_to_come_later() -> None:
    caps = ReflectorCaps(source_mb_per_hour=1)
    with running(caps=caps) as reflector, client() as sock, client("127.0.0.2") as other:
        port = reflector.ports["throughput"]
        first, second = Asker(sock, port, 1).greet(), Asker(sock, port, 2).greet()
        first.say(Kind.GET, 0, 1, SIZE)
        assert first.hear().kind is Kind.DOWN
        second.say(Kind.GET, 0, 1, SIZE)
        assert second.refused() is Refusal.BUSY
        second.say(Kind.UP, 0, 0, 1, size=SIZE)
        assert second.refused() is Refusal.BUSY

        elsewhere = Asker(other, port, 1).greet()
        elsewhere.say(Kind.GET, 0, 1, SIZE)
        assert elsewhere.hear().kind is Kind.DOWN


def test_a_source_over_its_packet_cap_gets_neither_cookies_nor_trains() -> None:
    clock = StandingClock().clock
    with running(caps=ReflectorCaps(source_packets_per_s=2), clock=clock) as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet().greet()
        asker.say(Kind.HELLO)
        asker.say(Kind.GET, 0, 1, SIZE)
        asker.say(Kind.REPORT, size=500)

        assert is_silent(sock)


def test_a_train_the_kernel_has_no_room_for_goes_on_when_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = iter(range(10**6))

    def send(sock: socket.socket, data: bytes, to: datagrams.Datagram) -> bool:
        is_full = next(tries) % 7 == 6
        return not is_full and datagrams.send(sock, data, to)

    monkeypatch.setattr(trains, "send", send)
    with running() as reflector, client() as sock:
        askers = [Asker(sock, reflector.ports["throughput"], session).greet() for session in (1, 2)]
        for asker in askers:
            asker.say(Kind.GET, 0, PACKETS, SIZE)
        came = [asker.hear() for _ in range(2 * PACKETS)]

    assert [(packet.session, packet.first) for packet in came] == [(s, n) for s in (1, 2) for n in range(PACKETS)]


def test_more_trains_than_can_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trains, "MOST_WAITING", 1)
    monkeypatch.setattr(trains, "send", lambda sock, data, to: data[4] != Kind.DOWN and datagrams.send(sock, data, to))
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        asker.say(Kind.GET, 0, 1, SIZE)
        asker.say(Kind.GET, 1, 1, SIZE)

        assert asker.refused() is Refusal.BUSY


def test_what_only_a_reflector_says_is_not_answered() -> None:
    with running() as reflector, client() as sock:
        asker = Asker(sock, reflector.ports["throughput"]).greet()
        for kind in (Kind.COOKIE, Kind.ARRIVED, Kind.DOWN, Kind.REFUSED):
            asker.say(kind, size=200)

        assert is_silent(sock)
