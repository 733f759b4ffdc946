"""One request and its answer, byte by byte."""

import socket
import time
from collections.abc import Iterator

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.net.sockets import SO_TIMESTAMPNS
from ispstatus.probes.exchange import Answer, Exchange, Garbled
from tests.probes.driving import HELD_S, Driver, eventually

pytestmark = pytest.mark.usefixtures("open_files")


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def exchange(driver: Driver, sock: socket.socket, request: bytes = b"GET") -> tuple[Exchange, list[Answer | Exception]]:
    told: list[Answer | Exception] = []
    made = Exchange(driver.engine, sock, request, told.append)
    driver.on_engine(made.start)
    return made, told


def test_an_answer_may_come_in_any_pieces(driver: Driver, ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    made, told = exchange(driver, ours)
    assert theirs.recv(10) == b"GET"
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi":
        assert told == []
        theirs.sendall(bytes((byte,)))
        driver.on_engine(lambda: None)
        eventually(lambda: made.has_heard)
    eventually(lambda: told != [])

    (answer,) = told
    assert isinstance(answer, Answer)
    assert (answer.status, answer.is_reusable) == (200, True)


@pytest.mark.parametrize(
    ("said", "is_reusable"),
    [
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 99\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r\n", False),
    ],
)
def test_a_connection_is_reusable_when_the_answer_surely_ended(
    driver: Driver, ends: tuple[socket.socket, socket.socket], said: bytes, is_reusable: bool
) -> None:
    ours, theirs = ends
    _, told = exchange(driver, ours)
    theirs.sendall(said)
    eventually(lambda: told != [])

    (answer,) = told
    assert isinstance(answer, Answer)
    assert answer.is_reusable == is_reusable


def test_a_request_bigger_than_the_socket_takes_is_sent_as_there_is_room(
    driver: Driver, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = ends
    request = b"x" * 2_000_000
    _, told = exchange(driver, ours, request)
    read = 0
    while read < len(request):
        read += len(theirs.recv(1 << 20))
    theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    eventually(lambda: told != [])
    assert isinstance(told[0], Answer)


def test_what_breaks_off_is_garbled_and_a_cancelled_one_is_heard_of_no_more(
    driver: Driver, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = ends
    made, told = exchange(driver, ours)
    driver.on_engine(made.cancel)
    theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    driver.on_engine(lambda: None)
    assert told == []
    assert not made.has_heard

    again: list[Answer | Exception] = []
    second = Exchange(driver.engine, ours, b"", again.append)
    ours.recv(100)
    theirs.recv(100)
    driver.on_engine(second.start)
    theirs.close()
    eventually(lambda: again != [])
    assert isinstance(again[0], Garbled)


def test_an_answer_is_timed_by_when_it_came_not_by_when_we_looked(driver: Driver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as ours:
        ours.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        ours.setblocking(False)
        theirs, _ = listener.accept()
        with theirs:
            _, told = exchange(driver, ours)

            def answer_while_the_engine_is_busy() -> float:
                theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                came_boot_s = SYSTEM.boot()
                time.sleep(HELD_S)
                return came_boot_s

            came_boot_s = driver.on_engine(answer_while_the_engine_is_busy)
            eventually(lambda: told != [])

    (answer,) = told
    assert isinstance(answer, Answer)
    assert answer.first_byte_boot_s < came_boot_s + HELD_S / 2
    assert answer.answer_ms == answer.waited_ms
