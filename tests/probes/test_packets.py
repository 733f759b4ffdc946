"""ICMP on the wire: what we write, what we accept, what we survive."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.model.uplink import Family
from ispstatus.net.sockets import IP_RECVERR, IPV6_RECVERR, SO_TIMESTAMPNS
from ispstatus.probes.packets import Codec, IcmpError, Reply, error_of, quoted_echo, stamp_of

PAYLOAD = bytes(range(56))
REPLY_TYPE = {4: 0, 6: 129}
REQUEST_TYPE = {4: 8, 6: 128}


def header(options: bytes = b"") -> bytes:
    return bytes([0x40 | (5 + len(options) // 4)]) + b"\0" * 19 + options


def reply(family: Family, identifier: int = 7, sequence: int = 9, payload: bytes = PAYLOAD) -> bytes:
    return struct.pack("!BBHHH", REPLY_TYPE[family], 0, 0, identifier, sequence) + payload


@pytest.mark.parametrize("family", [4, 6])
def test_a_request_is_an_echo_with_id_sequence_and_payload(family: Family) -> None:
    packet = Codec(family, is_raw=True).encode(0x1234, 0xFFFF, PAYLOAD)
    assert packet[0] == REQUEST_TYPE[family]
    assert struct.unpack("!HH", packet[4:8]) == (0x1234, 0xFFFF)
    assert packet[8:] == PAYLOAD


def test_the_checksum_of_a_request_adds_up() -> None:
    packet = Codec(4, is_raw=True).encode(0x1234, 2, PAYLOAD)
    total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF


@pytest.mark.parametrize(
    ("family", "is_raw", "packet"),
    [
        (4, True, header() + reply(4)),
        (4, True, header(b"\x01" * 8) + reply(4)),
        (4, False, reply(4)),
        (6, True, reply(6)),
        (6, False, reply(6)),
    ],
    ids=["raw", "raw with IP options", "ping socket", "raw IPv6", "IPv6 ping socket"],
)
def test_a_reply_is_read_whatever_the_socket(family: Family, is_raw: bool, packet: bytes) -> None:
    assert Codec(family, is_raw=is_raw).decode(packet, "192.0.2.1") == Reply(7, 9, PAYLOAD)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("kind", [1, 3, 8, 11, 128, 133])
def test_anything_but_a_reply_is_nothing(family: Family, kind: int) -> None:
    packet = bytes([kind]) + reply(family)[1:]
    assert Codec(family, is_raw=False).decode(packet, "192.0.2.1") is None


@given(packet=st.binary(max_size=200), family=st.sampled_from([4, 6]), is_raw=st.booleans())
def test_no_packet_whatever_breaks_the_reader(packet: bytes, family: Family, is_raw: bool) -> None:
    Codec(family, is_raw=is_raw).decode(packet, "192.0.2.1")
    quoted_echo(packet)
    stamp_of([(socket.SOL_SOCKET, SO_TIMESTAMPNS, packet)])
    error_of([(socket.IPPROTO_IP, IP_RECVERR, packet), (socket.IPPROTO_IPV6, IPV6_RECVERR, packet)], family)


def test_a_quote_names_the_echo_it_is_about() -> None:
    assert quoted_echo(reply(4, 3, 5)) == (3, 5)
    assert quoted_echo(b"short") is None


def test_a_stamp_is_wall_time_in_seconds() -> None:
    data = struct.pack("@ll", 1_800_000_000, 250_000_000)
    assert stamp_of([(1, 2, b""), (socket.SOL_SOCKET, SO_TIMESTAMPNS, data)]) == 1_800_000_000.25
    assert stamp_of([]) is None


def test_an_icmp_error_names_who_sent_it() -> None:
    router = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton("192.0.2.9"))
    data = struct.pack("=IBBBBII", 113, 2, 11, 0, 0, 0, 0) + router
    assert error_of([(socket.IPPROTO_IP, IP_RECVERR, data)], 4) == IcmpError(True, 113, True, "192.0.2.9")
    assert error_of([(socket.IPPROTO_IP, IP_RECVERR, data[:18])], 4) == IcmpError(True, 113, True, None)


def test_an_ipv6_error_names_who_sent_it() -> None:
    router = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, "2001:db8::9"), 0)
    data = struct.pack("=IBBBBII", 113, 3, 1, 0, 0, 0, 0) + router
    assert error_of([(socket.IPPROTO_IPV6, IPV6_RECVERR, data)], 6) == IcmpError(True, 113, False, "2001:db8::9")


def test_an_error_of_this_kernel_has_no_sender() -> None:
    data = struct.pack("=IBBBBII", 90, 1, 0, 0, 0, 0, 0)
    assert error_of([(socket.IPPROTO_IP, IP_RECVERR, data)], 4) == IcmpError(False, 90, False, None)
    assert error_of([], 4) is None
