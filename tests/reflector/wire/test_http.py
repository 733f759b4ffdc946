import contextlib
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.reflector.wire.http import Head, Refused, decode_head, encode_head


def test_a_plain_request_is_understood() -> None:
    head = decode_head(b"GET /garbage.php?ckSize=4&r=0.1&ckSize=9 HTTP/1.1\r\nHost: a.example\r\nAccept:  */* ")

    assert head == Head("GET", "/garbage.php", {"ckSize": "4", "r": "0.1"}, 0, keeps_alive=True, expects_continue=False)


def test_an_upload_says_how_long_it_is() -> None:
    head = decode_head(b"POST /empty HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\nExpect: 100-Continue")

    assert (head.method, head.body_bytes, head.expects_continue) == ("POST", 20, True)


@pytest.mark.parametrize(
    ("version", "connection", "keeps_alive"),
    [("1.1", "", True), ("1.1", "close", False), ("1.0", "", False), ("1.0", "Keep-Alive", True)],
)
def test_a_connection_is_kept_as_the_version_and_the_client_say(
    version: str, connection: str, keeps_alive: bool
) -> None:
    field = f"\r\nConnection: {connection}" if connection else ""

    assert decode_head(f"GET / HTTP/{version}\r\nHost: a{field}".encode()).keeps_alive is keeps_alive


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/2.0\r\nHost: a",
        b"GET http://a/ HTTP/1.1\r\nHost: a",
        b"get / HTTP/1.1\r\nHost: a",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded: b",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : b",
        b"GET / HTTP/1.1\r\nHost: a\nX: b",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2",
        b"GET //[ HTTP/1.1\r\nHost: a",
        b"GET /?" + b"a=1&" * 30 + b" HTTP/1.1\r\nHost: a",
    ],
)
def test_what_is_no_http_or_ambiguous_is_a_bad_request(head: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode_head(head)
    assert refused.value.status == HTTPStatus.BAD_REQUEST


def test_a_body_of_unknown_length_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        decode_head(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked")
    assert refused.value.status == HTTPStatus.LENGTH_REQUIRED


def test_an_answer_tells_its_length_and_whether_the_connection_stays() -> None:
    assert encode_head(HTTPStatus.OK, body_bytes=3, keeps_alive=True, fields=(("A", "b"),)) == (
        b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n"
    )


def test_an_answer_without_a_body_has_no_length() -> None:
    assert encode_head(HTTPStatus.NO_CONTENT, body_bytes=None, keeps_alive=False) == (
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    )


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda b: b"GET / HTTP/1.1\r\nHost: a\r\n" + b)))
def test_any_bytes_are_a_request_or_a_bad_one(data: bytes) -> None:
    with contextlib.suppress(Refused):
        decode_head(data)
