import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.reflector.wire.train import (
    Arrivals,
    Kind,
    Packet,
    Refusal,
    arrivals_of,
    decode,
    decode_arrivals,
    encode,
    encode_arrivals,
    jitter_ns,
    report_bytes,
)

SESSION = 0x1122334455667788
COOKIE = bytes(range(16))
HEAD = "00001122334455667788000102030405060708090a0b0c0d0e0f"


def test_hello_is_a_header_alone_with_an_empty_cookie() -> None:
    hello = encode(Packet(Kind.HELLO, SESSION))

    assert hello.hex() == "49535054" + "0100" + "00001122334455667788" + "00" * 16
    assert decode(hello) == Packet(Kind.HELLO, SESSION)


@pytest.mark.parametrize(
    ("packet", "hex_"),
    [
        (Packet(Kind.COOKIE, SESSION, 0, COOKIE), "0200" + HEAD),
        (Packet(Kind.UP, SESSION, 2, COOKIE, 5, 87), "0302" + HEAD + "0005005700000000" + "00" * 8),
        (Packet(Kind.REPORT, SESSION, 2, COOKIE), "0402" + HEAD + "00" * 16),
        (Packet(Kind.GET, SESSION, 1, COOKIE, 87, 1200), "0601" + HEAD + "005704b000000000" + "00" * 8),
        (Packet(Kind.DOWN, SESSION, 1, COOKIE, 0, 87, 10**9), "0701" + HEAD + "0000005700000000000000003b9aca00"),
        (Packet(Kind.REFUSED, SESSION, 0, COOKIE, Refusal.BUSY), "0800" + HEAD + "0003000000000000" + "00" * 8),
    ],
)
def test_every_kind_is_written_as_documented(packet: Packet, hex_: str) -> None:
    assert encode(packet).hex() == "49535054" + hex_
    assert decode(encode(packet)) == packet
    assert decode(encode(packet, size=1200)) == packet
    assert len(encode(packet, size=1200)) == 1200


def test_the_report_holds_count_dispersion_and_every_arrival() -> None:
    arrivals = arrivals_of([5_000_000, None, 5_012_345, 5_012_300])
    asked = Packet(Kind.REPORT, SESSION, 3, COOKIE)

    report = encode_arrivals(asked, arrivals)

    assert arrivals.received == 3
    assert arrivals.dispersion_ns == 12_345
    assert report.hex() == (
        "49535054" + "0503" + HEAD + "0003000400000000" + "0000000000003039" + "00000000ffffffff0000007b0000007b"
    )
    assert len(report) == report_bytes(4)
    assert decode_arrivals(report) == Arrivals((0, None, 12_300, 12_300))


def test_nothing_having_arrived_is_a_report_too() -> None:
    nothing = arrivals_of([None, None])

    assert (nothing.received, nothing.dispersion_ns) == (0, 0)
    assert decode_arrivals(encode_arrivals(Packet(Kind.REPORT, 1), nothing)) == nothing


def test_an_arrival_too_late_for_the_format_is_the_latest_it_can_say_not_lost() -> None:
    late = Arrivals((0, 10**15))

    assert decode_arrivals(encode_arrivals(Packet(Kind.REPORT, 1), late)) == Arrivals((0, (2**32 - 2) * 100))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        encode(Packet(Kind.HELLO, 1))[:-1],
        b"X" + encode(Packet(Kind.HELLO, 1))[1:],
        b"ISPT\x09\x00" + bytes(42),
        b"ISPT\x00\x00" + bytes(42),
        b"ISPT\x01\x08" + bytes(42),
        encode(Packet(Kind.GET, 1))[:-1],
    ],
    ids=["empty", "short", "other magic", "kind 9", "kind 0", "train 8", "without its numbers"],
)
def test_anything_else_is_left_alone(data: bytes) -> None:
    assert decode(data) is None
    assert decode_arrivals(data) is None


def test_a_report_shorter_than_it_says_and_another_kind_are_no_reports() -> None:
    report = encode_arrivals(Packet(Kind.REPORT, 1), Arrivals((0, 100)))

    assert decode_arrivals(report[:-1]) is None
    assert decode_arrivals(encode(Packet(Kind.GET, 1))) is None


def test_what_does_not_fit_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"format|range|argument"):
        encode(Packet(Kind.GET, 1, first=2**16))


def test_jitter_follows_rfc_3550() -> None:
    # Sent every 10; transits -> 0, 16, 0 more than the first: J = 16/16 = 1, then 1 + (16 - 1)/16.
    assert jitter_ns([0, 10, 20], Arrivals((0, 26, 20))) == pytest.approx(1 + 15 / 16)


def test_jitter_skips_what_was_lost_and_needs_two_arrivals() -> None:
    assert jitter_ns([0, 10, 20], Arrivals((0, None, 36))) == pytest.approx(1.0)
    assert jitter_ns([0, 10], Arrivals((None, 0))) is None


@given(st.binary(max_size=700))
def test_any_bytes_are_read_or_left_alone(data: bytes) -> None:
    decode(data)
    decode_arrivals(data)
    forged = struct.pack("!4sBB", b"ISPT", 5, 0) + data
    decode_arrivals(forged)
