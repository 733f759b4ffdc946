"""A request and its answer over a socket that never waits."""

import socket
import time
from collections.abc import Iterator

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.net.sockets import SO_TIMESTAMPNS
from ispstatus.probes.exchange import Exchange
from ispstatus.probes.page import Garbled, Page
from tests.probes.driving import HELD_S, Driver, eventually

pytestmark = pytest.mark.usefixtures("open_files")

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def exchange(driver: Driver, sock: socket.socket, request: bytes = b"GET") -> tuple[Exchange, list[Page | Exception]]:
    told: list[Page | Exception] = []
    made = Exchange(driver.engine, sock, request, told.append)
    driver.on_engine(made.start)
    return made, told


def test_an_answer_may_come_in_any_pieces_and_its_first_byte_is_timed(driver: Driver, ends: Ends) -> None:
    ours, theirs = ends
    made, told = exchange(driver, ours)
    assert theirs.recv(10) == b"GET"
    assert made.waits.first_byte_boot_s is None
    theirs.sendall(b"H")
    eventually(lambda: made.waits.first_byte_boot_s is not None)
    first_byte_boot_s = made.waits.first_byte_boot_s
    for byte in b"TTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi":
        assert told == []
        theirs.sendall(bytes((byte,)))
        driver.on_engine(lambda: None)
    eventually(lambda: told != [])
    assert made.waits.first_byte_boot_s == first_byte_boot_s

    assert told == [Page(200, None, b"hi", is_reusable=True)]
    assert made.waits.handshake_ms is None


def test_a_request_bigger_than_the_socket_takes_is_sent_as_there_is_room(driver: Driver, ends: Ends) -> None:
    ours, theirs = ends
    request = b"x" * 2_000_000
    _, told = exchange(driver, ours, request)
    read = 0
    while read < len(request):
        read += len(theirs.recv(1 << 20))
    theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    eventually(lambda: told != [])
    assert isinstance(told[0], Page)


def test_a_cancelled_one_is_heard_of_no_more(driver: Driver, ends: Ends) -> None:
    ours, theirs = ends
    made, told = exchange(driver, ours)
    driver.on_engine(made.cancel)
    theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    driver.on_engine(lambda: None)
    assert told == []
    assert made.waits.first_byte_boot_s is None


def test_what_breaks_off_is_told_as_what_went_wrong(driver: Driver, ends: Ends) -> None:
    ours, theirs = ends
    _, told = exchange(driver, ours)
    theirs.recv(10)
    theirs.sendall(b"HTTP/1.1 200 OK\r\n")
    theirs.close()
    eventually(lambda: told != [])
    assert isinstance(told[0], Garbled)


def test_whatever_goes_wrong_is_told_and_the_engine_lives(
    driver: Driver, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_: object, __: bytes) -> None:
        raise RecursionError("a header nobody thought of")

    monkeypatch.setattr("ispstatus.probes.page.Reading.take", break_down)
    ours, theirs = ends
    _, told = exchange(driver, ours)
    theirs.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    eventually(lambda: told != [])
    assert isinstance(told[0], RecursionError)


def test_an_answer_is_timed_by_when_it_came_not_by_when_we_looked(driver: Driver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as ours:
        ours.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        ours.setblocking(False)
        theirs, _ = listener.accept()
        with theirs:
            made, told = exchange(driver, ours)

            def answer_while_the_engine_is_busy() -> float:
                theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                came_boot_s = SYSTEM.boot()
                time.sleep(HELD_S)
                return came_boot_s

            came_boot_s = driver.on_engine(answer_while_the_engine_is_busy)
            eventually(lambda: told != [])

    assert isinstance(told[0], Page)
    assert made.waits.first_byte_boot_s is not None
    assert made.waits.first_byte_boot_s < came_boot_s + HELD_S / 2
    assert made.waits.answer_ms == made.waits.total_ms
