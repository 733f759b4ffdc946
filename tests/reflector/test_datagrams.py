"""How packets come in and go out, on real sockets: addresses, TTL, DSCP, stamps, broadcasts."""

import socket
import time

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.reflector.datagrams import MOST_AT_ONCE, Datagram, open_datagrams, receive, send
from tests.net.namespace import Namespace, namespace, needs_namespaces
from tests.reflector.kit import client, until

IP_RECVTOS = 13
V6_LOOPBACK = "::1"


def has_v6() -> bool:
    try:
        open_datagrams(V6_LOOPBACK, 0).close()
    except OSError:
        return False
    return True


needs_v6 = pytest.mark.skipif(not has_v6(), reason="needs IPv6 on the loopback interface")
BOTH = pytest.mark.parametrize("host", ["127.0.0.1", pytest.param(V6_LOOPBACK, marks=needs_v6)])


def came_to(sock: socket.socket) -> list[Datagram]:
    """Return what waits in a socket, at least one packet."""
    came: list[Datagram] = []

    def is_here() -> bool:
        receive(sock, SYSTEM, came.append)
        return bool(came)

    until(is_here)
    return came


@BOTH
def test_a_packet_comes_with_its_sender_its_ttl_and_the_kernels_stamp(host: str) -> None:
    with open_datagrams(host, 0) as sock, client(host) as asker:
        is_v6 = host == V6_LOOPBACK
        level = socket.IPPROTO_IPV6 if is_v6 else socket.IPPROTO_IP
        asker.setsockopt(level, socket.IPV6_UNICAST_HOPS if is_v6 else socket.IP_TTL, 61)
        before = time.time_ns()
        asker.sendto(b"hello", sock.getsockname()[:2])
        (came,) = came_to(sock)

        assert came.data == b"hello"
        assert (came.host, came.port) == asker.getsockname()[:2]
        assert came.ttl == 61
        assert before <= came.received_ns <= time.time_ns()


@BOTH
def test_an_answer_leaves_with_ttl_255_and_the_dscp_of_the_question(host: str) -> None:
    is_v6 = host == V6_LOOPBACK
    level = socket.IPPROTO_IPV6 if is_v6 else socket.IPPROTO_IP
    with open_datagrams(host, 0) as sock, client(host) as asker:
        ef_and_ecn = 0xB8 | 1
        asker.setsockopt(level, socket.IPV6_TCLASS if is_v6 else socket.IP_TOS, ef_and_ecn)
        for option in (socket.IPV6_RECVHOPLIMIT, socket.IPV6_RECVTCLASS) if is_v6 else (12, IP_RECVTOS):
            asker.setsockopt(level, option, 1)
        asker.sendto(b"hello", sock.getsockname()[:2])
        assert send(sock, b"answer", came_to(sock)[0])

        data, said, _, _ = asker.recvmsg(100, 100)

    values = {kind: value[0] for _, kind, value in said}
    assert data == b"answer"
    assert values[socket.IPV6_HOPLIMIT if is_v6 else socket.IP_TTL] == 255
    assert values[socket.IPV6_TCLASS if is_v6 else socket.IP_TOS] == 0xB8  # without the congestion bits


def test_an_answer_leaves_from_the_address_that_was_asked() -> None:
    with open_datagrams("0.0.0.0", 0) as sock, client() as asker:
        asker.sendto(b"hello", ("127.0.0.9", sock.getsockname()[1]))
        send(sock, b"answer", came_to(sock)[0])

        assert asker.recvfrom(100)[1][0] == "127.0.0.9"


def test_one_turn_reads_so_many_packets_and_leaves_the_rest_for_the_next() -> None:
    with open_datagrams("127.0.0.1", 0) as sock, client() as asker:
        for _ in range(MOST_AT_ONCE + 1):
            asker.sendto(b"x", sock.getsockname())

        assert len(came_to(sock)) == MOST_AT_ONCE
        assert len(came_to(sock)) == 1


def test_an_answer_too_large_to_send_is_dropped_without_a_word() -> None:
    with open_datagrams("127.0.0.1", 0) as sock, client() as asker:
        asker.sendto(b"x", sock.getsockname())

        assert send(sock, bytes(70_000), came_to(sock)[0])


def test_a_port_that_is_taken_is_an_error_and_leaves_no_socket_behind() -> None:
    with open_datagrams("127.0.0.1", 0) as sock, pytest.raises(OSError, match="in use"):
        open_datagrams("127.0.0.1", sock.getsockname()[1])


@needs_namespaces
def test_what_was_sent_to_everybody_is_not_answered() -> None:
    with namespace() as space, _open_in(space) as sock:

        def ask() -> None:
            space.ip("addr add 192.0.2.1/24 brd 192.0.2.255 dev lo")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
                asker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                asker.sendto(b"all", ("192.0.2.255", sock.getsockname()[1]))
                asker.sendto(b"one", ("192.0.2.1", sock.getsockname()[1]))

        space.call(ask)

        assert [came.data for came in came_to(sock)] == [b"one"]


def _open_in(space: Namespace) -> socket.socket:
    return space.call(lambda: open_datagrams("0.0.0.0", 0))
