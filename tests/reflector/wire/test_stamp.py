"""RFC 5357 section 4.2.1 and appendix I, RFC 8762 section 4, byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.reflector.wire.ntp import ErrorEstimate
from ispstatus.reflector.wire.stamp import (
    STAMP_BYTES,
    TWAMP_BYTES,
    Reply,
    Request,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
)

SYNCHRONISED = ErrorEstimate(is_synchronised=True, scale=0, multiplier=1)
UNSURE = ErrorEstimate(is_synchronised=False, scale=29, multiplier=128)
REQUEST = Request(sequence=7, sent_ns=500_000_000, error=SYNCHRONISED, ssid=0x0102)
REQUEST_HEX = (
    "00000007"  # sequence
    "83aa7e8080000000"  # T1: 1970-01-01 00:00:00.5
    "8001"  # S = 1, scale 0, multiplier 1
    "0102" + "00" * 28  # SSID  # must be zero
)
REPLY = Reply(
    sequence=3,
    sent_ns=2_750_000_000,
    error=UNSURE,
    received_ns=2_500_000_000,
    sender_sequence=7,
    sender_sent_ns=500_000_000,
    sender_error=SYNCHRONISED,
    sender_ttl=61,
    ssid=0x0102,
)
REPLY_HEX = (
    "00000003"  # the reflector's own count
    "83aa7e82c0000000"  # T3: 2.75 s
    "1d80"  # S = 0, scale 29, multiplier 128
    "0102"  # SSID
    "83aa7e8280000000"  # T2: 2.5 s
    "00000007"  # the sender's sequence
    "83aa7e8080000000"  # T1
    "8001"  # the sender's error estimate
    "0000"  # must be zero
    "3d"  # TTL 61
    "000000"  # must be zero
)


def test_a_stamp_request_is_forty_four_octets_as_rfc_8762_draws_them() -> None:
    assert encode_request(REQUEST).hex() == REQUEST_HEX
    assert decode_request(bytes.fromhex(REQUEST_HEX)) == REQUEST


def test_a_stamp_reply_is_forty_four_octets_as_rfc_8762_draws_them() -> None:
    assert encode_reply(REPLY, bytes.fromhex(REQUEST_HEX)).hex() == REPLY_HEX
    assert decode_reply(bytes.fromhex(REPLY_HEX)) == REPLY


def test_a_twamp_light_request_padded_to_forty_one_octets_gets_a_reply_of_forty_one() -> None:
    packet = bytes.fromhex(REQUEST_HEX)[:14] + b"\xaa" * 27

    assert decode_request(packet) == Request(7, 500_000_000, SYNCHRONISED)
    assert encode_reply(REPLY, packet).hex() == REPLY_HEX[:82]
    assert decode_reply(encode_reply(REPLY, packet)) == REPLY


def test_padding_in_place_of_the_session_identifier_is_not_taken_for_one() -> None:
    padded = bytes.fromhex(REQUEST_HEX)[:14] + b"\xaa" * 30

    decoded = decode_request(padded)

    assert decoded is not None
    assert decoded.ssid == 0


def test_padding_and_tlvs_come_back_as_they_were_sent() -> None:
    tlv = bytes.fromhex("80010004deadbeef")  # flags: unrecognized; extra padding; 4 octets
    packet = encode_request(REQUEST) + tlv

    reply = encode_reply(REPLY, packet)

    assert len(reply) == len(packet)
    assert reply[STAMP_BYTES:] == tlv


def test_a_request_is_padded_to_the_size_that_is_asked_for() -> None:
    assert encode_request(REQUEST, size=100) == encode_request(REQUEST) + bytes(56)


@pytest.mark.parametrize("size", [0, 14, TWAMP_BYTES - 1])
def test_what_cannot_be_answered_in_its_own_size_is_not_understood(size: int) -> None:
    assert decode_request(bytes.fromhex(REQUEST_HEX)[:size]) is None
    assert decode_reply(bytes.fromhex(REPLY_HEX)[:size]) is None


def test_a_multiplier_of_zero_makes_a_packet_corrupt() -> None:
    request, reply = bytearray.fromhex(REQUEST_HEX), bytearray.fromhex(REPLY_HEX)
    request[13] = reply[13] = 0
    copied = bytearray.fromhex(REPLY_HEX)
    copied[37] = 0

    assert decode_request(bytes(request)) is None
    assert decode_reply(bytes(reply)) is None
    assert decode_reply(bytes(copied)) is None


@pytest.mark.parametrize(
    ("request_", "size"), [(REQUEST, 43), (Request(2**32, 0, UNSURE), 44), (Request(0, 0, UNSURE, 2**16), 44)]
)
def test_what_does_not_fit_is_an_error_of_the_caller(request_: Request, size: int) -> None:
    with pytest.raises(ValueError, match=r"at least 44|format|range|argument"):
        encode_request(request_, size=size)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_left_alone(data: bytes) -> None:
    decode_reply(data)
    request = decode_request(data)
    if request is not None:
        assert len(encode_reply(REPLY, data)) == len(data)
