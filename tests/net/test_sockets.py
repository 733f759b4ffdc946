"""Sockets bound to one way out."""

import os
import socket
from collections.abc import Callable, Iterator

import pytest

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import LinkStatus, Path
from ispstatus.model.uplink import Family
from ispstatus.net.sockets import destination, echo_mode, local_words, open_echo, open_tcp, open_udp

SO_MARK = 36


def loopback(family: Family = 4, *, device: str = "lo", source: str | None = None, mark: int = 0) -> Path:
    return Path(
        uplink_id=1,
        family=family,
        device=device,
        link=LinkStatus.UP,
        generation=1,
        ifindex=1,
        source=source or ("127.0.0.1" if family == 4 else "::1"),
        has_default=True,
        mark=mark,
    )


def _can_mark() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_MARK, 1)
        except OSError:
            return False
        return True


@pytest.fixture(autouse=True)
def no_open_files() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counted, not read
    yield
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


every_opener = pytest.mark.parametrize("opener", [open_udp, open_tcp], ids=["udp", "tcp"])
Opener = Callable[[Path], socket.socket]


@every_opener
def test_a_socket_is_bound_to_device_and_source_and_never_blocks(opener: Opener) -> None:
    with opener(loopback(source="127.0.0.9")) as sock:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0") == b"lo"
        assert sock.getsockname()[0] == "127.0.0.9"
        assert not sock.getblocking()
        assert not os.get_inheritable(sock.fileno())


def test_a_request_does_not_wait_for_the_acknowledgement_of_what_was_sent_before() -> None:
    with open_tcp(loopback()) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@every_opener
@pytest.mark.skipif(not _can_mark(), reason="needs CAP_NET_RAW or CAP_NET_ADMIN to set a mark")
def test_a_mark_is_set(opener: Opener) -> None:
    with opener(loopback(mark=77)) as sock:
        assert sock.getsockopt(socket.SOL_SOCKET, SO_MARK) == 77


@every_opener
@pytest.mark.skipif(_can_mark(), reason="this process may set marks")
def test_a_mark_that_may_not_be_set_cannot_be_measured(opener: Opener) -> None:
    with pytest.raises(CannotMeasure, match="mark 77"):
        opener(loopback(mark=77))


@pytest.mark.parametrize("opener", [open_udp, open_tcp, open_echo], ids=["udp", "tcp", "echo"])
@pytest.mark.parametrize(
    ("path", "words"),
    [
        (loopback(device="nosuch0"), "the interface is gone"),
        (loopback(source="192.0.2.77"), "the source address is not on this box"),
        (loopback(source="::1"), "no IPv4 address"),
        (Path(1, 4, "lo", LinkStatus.UP, 1), "lo has no IPv4 address"),
    ],
)
def test_what_cannot_be_bound_is_said_in_words(opener: Callable[[Path], object], path: Path, words: str) -> None:
    if opener is open_echo and echo_mode() == "unavailable":
        words = "echo is not permitted"
    with pytest.raises(CannotMeasure, match=words):
        opener(path)


@pytest.mark.skipif(echo_mode() == "unavailable", reason="needs CAP_NET_RAW or net.ipv4.ping_group_range")
@pytest.mark.parametrize("family", [4, 6])
def test_an_echo_socket_is_raw_if_it_may_be(family: Family) -> None:
    if echo_mode(family) == "unavailable":
        pytest.skip(f"no IPv{family} echoes here")
    opened = open_echo(loopback(family))
    with opened.sock as sock:
        assert opened.is_raw == (echo_mode(family) == "raw")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0") == b"lo"


@pytest.mark.skipif(echo_mode() != "unavailable", reason="this process may send echoes")
def test_echoes_that_are_not_permitted_say_what_is_missing() -> None:
    with pytest.raises(CannotMeasure, match="needs CAP_NET_RAW, or net"):
        open_echo(loopback())


@pytest.mark.parametrize(
    ("address", "family", "expected"),
    [
        ("192.0.2.1", 4, ("192.0.2.1", 53)),
        ("2001:DB8::0:1", 6, ("2001:db8::1", 53, 0, 0)),
        ("fe80::1", 6, ("fe80::1", 53, 0, 1)),
        ("fe80::1%lo", 6, ("fe80::1", 53, 0, 1)),
    ],
)
def test_a_destination_is_what_the_socket_calls_take(
    address: str, family: Family, expected: tuple[object, ...]
) -> None:
    assert destination(address, 53, loopback(family)) == expected


@pytest.mark.parametrize(("address", "family"), [("example.com", 4), ("::1", 4), ("192.0.2.1", 6), ("", 4)])
def test_what_is_no_address_of_the_family_is_no_destination(address: str, family: Family) -> None:
    with pytest.raises(CannotMeasure):
        destination(address, 53, loopback(family))


def test_errors_without_words_of_ours_use_the_kernels() -> None:
    assert local_words(OSError(1, "")).startswith("not permitted")
    assert local_words(OSError(71, "")) == "Protocol error"
