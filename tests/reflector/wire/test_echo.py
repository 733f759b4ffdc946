import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.reflector.wire.echo import HEADER_BYTES, Echo, answer_to, decode_answer, encode

ECHO = Echo(session=0x1122334455667788, sequence=5, sent_ns=1_000_000_000)
ASKS = "49535045" + "01000000" + "1122334455667788" + "00000005" + "000000003b9aca00"
ANSWERS = ASKS[:8] + "02" + ASKS[10:]


def test_an_echo_is_twenty_eight_octets_as_documented() -> None:
    assert encode(ECHO).hex() == ASKS


def test_the_answer_is_the_same_packet_marked_as_an_answer() -> None:
    answer = answer_to(bytes.fromhex(ASKS) + b"padding")

    assert answer == bytes.fromhex(ANSWERS) + b"padding"
    assert decode_answer(answer) == ECHO


def test_an_answer_is_never_answered_so_two_reflectors_cannot_talk() -> None:
    assert answer_to(bytes.fromhex(ANSWERS)) is None


def test_a_question_is_no_answer() -> None:
    assert decode_answer(bytes.fromhex(ASKS)) is None


def test_an_echo_is_padded_to_the_size_that_is_asked_for() -> None:
    assert encode(ECHO, size=64) == bytes.fromhex(ASKS) + bytes(36)


@pytest.mark.parametrize("data", [b"", bytes.fromhex(ASKS)[:-1], b"X" + bytes.fromhex(ASKS)[1:]])
def test_what_is_short_or_has_another_magic_is_left_alone(data: bytes) -> None:
    assert answer_to(data) is None
    assert decode_answer(data) is None


@pytest.mark.parametrize(("echo", "size"), [(ECHO, HEADER_BYTES - 1), (Echo(2**64, 0, 0), 28), (Echo(0, -1, 0), 28)])
def test_what_does_not_fit_is_an_error_of_the_caller(echo: Echo, size: int) -> None:
    with pytest.raises(ValueError, match=r"at least 28|format|range|argument|int too large"):
        encode(echo, size=size)


@given(st.binary(max_size=100))
def test_any_bytes_get_an_answer_of_their_own_size_or_none(data: bytes) -> None:
    answer = answer_to(data)

    assert answer is None or len(answer) == len(data)
    decode_answer(data)
