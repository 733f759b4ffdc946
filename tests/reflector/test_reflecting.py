"""UDP echo and TWAMP-Light / STAMP on real sockets, rule by rule."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ispstatus.model.settings import ReflectorCaps
from ispstatus.reflector import reflecting
from ispstatus.reflector.gate import Gate
from ispstatus.reflector.reflecting import SESSION_IDLE_S
from ispstatus.reflector.server import Reflector
from ispstatus.reflector.wire import echo, stamp
from ispstatus.reflector.wire.ntp import ErrorEstimate
from tests.reflector.kit import ANY_PORTS, StandingClock, ask, client, free_port, is_silent, running

ERROR = ErrorEstimate.of(0.001, is_synchronised=True)


def request(sequence: int = 0, ssid: int = 0) -> bytes:
    return stamp.encode_request(stamp.Request(sequence, time.time_ns(), ERROR, ssid))


def reflected(data: bytes) -> stamp.Reply:
    reply = stamp.decode_reply(data)
    assert reply is not None
    return reply


# ---------------------------------------------------------------- UDP echo
@pytest.mark.parametrize("size", [28, 64, 1400])
def test_an_echo_comes_back_whole_in_its_own_size(size: int) -> None:
    sent = echo.Echo(session=2**63, sequence=7, sent_ns=123)
    with running() as reflector, client() as asker:
        answer = ask(asker, echo.encode(sent, size=size), reflector.ports["udp"])

    assert echo.decode_answer(answer) == sent
    assert len(answer) == size


def test_an_answer_is_not_answered() -> None:
    answer = echo.answer_to(echo.encode(echo.Echo(1, 2, 3)))
    assert answer is not None
    with running() as reflector, client() as asker:
        asker.sendto(answer, ("127.0.0.1", reflector.ports["udp"]))
        assert is_silent(asker)


# ---------------------------------------------------------------- TWAMP-Light, STAMP
@pytest.mark.parametrize("size", [stamp.STAMP_BYTES, 100, 1400])
def test_a_stamp_packet_is_reflected_in_its_own_size(size: int) -> None:
    with running() as reflector, client() as asker:
        data = ask(asker, request(5).ljust(size, b"\0"), reflector.ports["twamp"])

    assert len(data) == size
    assert reflected(data).sender_sequence == 5


def test_a_twamp_light_packet_of_forty_one_octets_is_reflected_in_forty_one() -> None:
    with running() as reflector, client() as asker:
        data = ask(asker, request(5)[:14] + b"\xaa" * 27, reflector.ports["twamp"])

    assert len(data) == stamp.TWAMP_BYTES
    assert reflected(data).sender_sequence == 5


def test_a_packet_too_short_to_be_answered_in_its_own_size_is_not_answered() -> None:
    with running() as reflector, client() as asker:
        asker.sendto(request()[:40], ("127.0.0.1", reflector.ports["twamp"]))
        assert is_silent(asker)


def test_the_four_times_are_in_order_and_the_senders_come_back_as_sent() -> None:
    with running() as reflector, client() as asker:
        t1 = time.time_ns()
        sent = stamp.Request(9, t1, ERROR)
        reply = reflected(ask(asker, stamp.encode_request(sent), reflector.ports["twamp"]))
        t4 = time.time_ns()

    assert (reply.sender_sequence, reply.sender_sent_ns, reply.sender_error) == (9, t1, ERROR)
    # T3 is read in steps of a quarter of a microsecond, T2 by the kernel.
    assert t1 - 1000 <= reply.received_ns <= reply.sent_ns + 1000 <= t4 + 2000


def test_the_ttl_a_packet_arrived_with_is_told() -> None:
    with running() as reflector, client() as asker:
        asker.setsockopt(0, 2, 44)
        reply = reflected(ask(asker, request(), reflector.ports["twamp"]))

    assert reply.sender_ttl == 44


@pytest.mark.parametrize(("is_synchronised", "bit"), [(True, True), (False, False), (None, False)])
def test_the_s_bit_says_whether_the_clock_is_kept(is_synchronised: bool | None, bit: bool) -> None:
    with running(is_synchronised=lambda: is_synchronised) as reflector, client() as asker:
        reply = reflected(ask(asker, request(), reflector.ports["twamp"]))

    assert reply.error.is_synchronised is bit
    assert reply.error.error_s >= (reflecting.SYNCHRONISED_ERROR_S if bit else reflecting.UNSYNCHRONISED_ERROR_S)


def test_the_s_bit_follows_the_clock_while_the_reflector_runs() -> None:
    words = [True, False]
    standing = StandingClock()
    responder = _responder(standing, lambda: words[0])
    assert responder._error.is_synchronised

    words.reverse()
    responder.each_second()
    assert responder._error.is_synchronised

    standing.pass_s(10)
    responder.each_second()
    assert not responder._error.is_synchronised


def _responder(standing: StandingClock, is_synchronised: Callable[[], bool]) -> reflecting.StampResponder:
    gate = Gate((), ReflectorCaps(), standing.clock)
    return reflecting.StampResponder(gate, standing.clock, is_synchronised, is_stateful=True)


def test_a_stateful_reflector_counts_its_replies_so_that_a_loss_shows_its_direction() -> None:
    with running() as reflector, client() as asker:
        port = reflector.ports["twamp"]
        # Sequences 1 and 3 never reach the reflector.
        replies = [reflected(ask(asker, request(n), port)) for n in (0, 2, 4)]

    assert [(reply.sender_sequence, reply.sequence) for reply in replies] == [(0, 0), (2, 1), (4, 2)]


def test_a_stateless_reflector_repeats_the_senders_number() -> None:
    with running(is_stateful=False) as reflector, client() as asker:
        replies = [reflected(ask(asker, request(n), reflector.ports["twamp"])) for n in (0, 2, 4)]

    assert [reply.sequence for reply in replies] == [0, 2, 4]


def test_sessions_of_other_ports_and_other_identifiers_are_counted_apart() -> None:
    with running() as reflector, client() as one, client() as two:
        port = reflector.ports["twamp"]
        for _ in range(3):
            ask(one, request(), port)

        assert reflected(ask(two, request(), port)).sequence == 0
        other = reflected(ask(one, request(ssid=7), port))
        assert (other.sequence, other.ssid) == (0, 7)
        assert reflected(ask(one, request(), port)).sequence == 3


def test_two_uplinks_of_one_box_that_probe_at_once_never_mix() -> None:
    with running(listen=("0.0.0.0",)) as reflector, client("127.0.0.2") as one, client("127.0.0.3") as two:
        for n in range(20):
            for asker in (one, two):
                asker.sendto(request(n), ("127.0.0.1", reflector.ports["twamp"]))
                asker.sendto(echo.encode(echo.Echo(id(asker), n, 0)), ("127.0.0.1", reflector.ports["udp"]))
        for asker in (one, two):
            came = [asker.recv(100) for _ in range(40)]
            echoes = [found for data in came if (found := echo.decode_answer(data))]
            replies = [reflected(data) for data in came if len(data) == stamp.STAMP_BYTES]
            assert echoes == [echo.Echo(id(asker), n, 0) for n in range(20)]
            assert [(reply.sender_sequence, reply.sequence) for reply in replies] == [(n, n) for n in range(20)]


def test_a_session_quiet_for_fifteen_minutes_is_over() -> None:
    standing = StandingClock()
    with running(clock=standing.clock) as reflector, client() as asker:
        port = reflector.ports["twamp"]
        assert [reflected(ask(asker, request(), port)).sequence for _ in range(2)] == [0, 1]

        standing.pass_s(SESSION_IDLE_S - 1)
        assert reflected(ask(asker, request(), port)).sequence == 2

        standing.pass_s(SESSION_IDLE_S)
        assert reflected(ask(asker, request(), port)).sequence == 0


def test_a_restarted_reflector_counts_from_zero_and_goes_on_answering() -> None:
    ports = replace(ANY_PORTS, twamp=free_port())
    with client() as asker:
        for _ in range(2):
            with running(ports=ports) as reflector:
                assert reflected(ask(asker, request(), reflector.ports["twamp"])).sequence == 0


def test_another_reflector_is_not_answered_so_that_two_never_talk_for_ever() -> None:
    port = free_port()
    with running(ports=replace(ANY_PORTS, twamp=port)), client("127.0.0.2", port) as other:
        other.sendto(request(), ("127.0.0.1", port))
        assert is_silent(other)


def test_a_corrupt_error_estimate_is_not_answered() -> None:
    data = bytearray(request())
    data[13] = 0
    with running() as reflector, client() as asker:
        asker.sendto(data, ("127.0.0.1", reflector.ports["twamp"]))
        assert is_silent(asker)


# ---------------------------------------------------------------- the gate
@pytest.mark.parametrize(("service", "data"), [("udp", echo.encode(echo.Echo(1, 1, 1))), ("twamp", request())])
def test_a_source_over_its_cap_is_not_answered_while_another_is(service: str, data: bytes) -> None:
    caps = ReflectorCaps(source_packets_per_s=5)
    standing = StandingClock()
    with (
        running(caps=caps, clock=standing.clock) as reflector,
        client("127.0.0.2") as loud,
        client("127.0.0.3") as quiet,
    ):
        for _ in range(5):
            ask(loud, data, reflector.ports[service])
        loud.sendto(data, ("127.0.0.1", reflector.ports[service]))

        assert ask(quiet, data, reflector.ports[service])
        assert is_silent(loud)


@pytest.fixture(scope="module")
def shared() -> Iterator[Reflector]:
    with running(caps=ReflectorCaps(packets_per_s=10**9, source_packets_per_s=10**9)) as reflector:
        yield reflector


@pytest.mark.parametrize("service", ["udp", "twamp", "throughput"])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=600),
        st.binary(max_size=100).map(lambda tail: b"ISPE\x01" + tail),
        st.tuples(st.integers(0, 9), st.binary(max_size=100)).map(lambda p: b"ISPT" + bytes([p[0], 0]) + p[1]),
    )
)
def test_whatever_is_sent_nothing_larger_comes_back_and_nothing_breaks(
    shared: Reflector, caplog: pytest.LogCaptureFixture, service: str, data: bytes
) -> None:
    marker = echo.encode(echo.Echo(0, 0, 0))
    with client() as asker:
        asker.sendto(data, ("127.0.0.1", shared.ports[service]))
        asker.settimeout(0.01)
        try:
            assert len(asker.recv(65535)) <= len(data)
            asker.recv(65535)
            pytest.fail("more than one answer")
        except TimeoutError:
            pass
        asker.settimeout(5)
        assert ask(asker, marker, shared.ports["udp"])
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
