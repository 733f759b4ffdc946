"""Answers, byte by byte: whole ones, broken ones, endless ones."""

from collections.abc import Iterable, Iterator
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

import pytest

from ispstatus.probes.page import ANSWER_BYTES, BODY_BYTES, HEADER_BYTES, Garbled, Page, Reading, request_of
from tests.probes.servers import page

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n"


def read(pieces: Iterable[bytes], *, wants_body: bool = True) -> Page | None:
    """Return the page as soon as there is one; the pieces after it are not taken."""
    reading = Reading(wants_body=wants_body)
    return next((page for piece in pieces if (page := reading.take(piece)) is not None), None)


def closed_after(answer: bytes) -> Iterator[bytes]:
    yield answer
    yield b""


WHOLE = [
    (page("200 OK", b"hello", "Location: /x"), Page(200, "/x", b"hello", is_reusable=True)),
    (b"HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", Page(200, None, b"", is_reusable=True)),
    (b"HTTP/1.1 204 No Content\r\nContent-Length: 99\r\n\r\n", Page(204, None, b"", is_reusable=True)),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", Page(200, None, b"")),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", Page(200, None, b"hi")),
    (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", Page(200, None, b"hi", is_reusable=True)),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", Page(204, None, b"", is_reusable=True)),
    (CHUNKED + b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", Page(200, None, b"hello!")),
    (CHUNKED + b"0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", Page(200, None, b"0123456789")),
]


@pytest.mark.parametrize(("answer", "expected"), WHOLE)
def test_an_answer_is_a_page_as_soon_as_it_is_whole_in_whatever_pieces_it_comes(answer: bytes, expected: Page) -> None:
    assert read([answer]) == expected
    assert read(bytes((byte,)) for byte in answer) == expected


def test_a_body_of_unknown_length_ends_with_the_connection() -> None:
    assert read([b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo"]) is None
    assert read([b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo", b""]) == Page(200, None, b"hello")


def test_what_follows_the_body_is_none_of_it_and_ends_the_connections_use() -> None:
    assert read([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more"]) == Page(200, None, b"hi")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "Remote end closed"),
        (b"SSH-2.0-OpenSSH\r\n", "SSH"),
        (b"HTTP/1.1 200", "closed in the middle"),
        (b"HTTP/1.1 200 OK\r\nX: ", "closed in the middle"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "closed in the middle"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", "closed in the middle"),
        (CHUNKED + b"5\r\nhel", "closed in the middle"),
        (CHUNKED + b"5\r\nhello\r\n", "closed in the middle"),
    ],
)
def test_what_breaks_off_is_no_page(answer: bytes, words: str) -> None:
    with pytest.raises(Exception, match=words):
        read(closed_after(answer))


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 nonsense\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * HEADER_BYTES,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
        CHUNKED + b"-5\r\nhello\r\n",
        CHUNKED + b"5\r\nhellohello\r\n",
    ],
)
def test_what_can_be_no_page_any_more_is_not_waited_for(answer: bytes) -> None:
    with pytest.raises((Garbled, HTTPException)):
        read([answer])


def test_a_header_may_be_as_long_as_the_limit() -> None:
    start, end = b"HTTP/1.1 204 No Content\r\nX: ", b"\r\n\r\n"
    longest = start + b"y" * (HEADER_BYTES - len(start + end)) + end
    assert read([longest]) is not None
    with pytest.raises(Garbled, match="header over 16 KiB"):
        read([longest.replace(b"X: ", b"X: y")])


@pytest.mark.parametrize("size", [BODY_BYTES, BODY_BYTES + 1, BODY_BYTES * 2])
def test_a_body_is_kept_up_to_the_limit_however_it_is_framed(size: int) -> None:
    body = b"x" * size
    expected = (200, body[:BODY_BYTES], size > BODY_BYTES)
    for answer in (page("200 OK", body), ENDLESS + body, CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)):
        found = read(closed_after(answer))
        assert found is not None
        assert (found.status, found.body, found.is_cut) == expected


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (ENDLESS, b"x" * 1000),
        (CHUNKED, b"1\r\nx\r\n" * 100),
        (CHUNKED, b"1;" + b"y" * 1000 + b"\r\nx\r\n"),
        (CHUNKED + b"FFFFFFFFFFFFFFFF\r\n", b"x" * 1000),
        (CHUNKED + b"1;", b"y" * 1000),
    ],
)
def test_an_endless_answer_is_cut_off_where_the_limit_is(start: bytes, drop: bytes) -> None:
    reading = Reading()
    heard = 0
    found = reading.take(start)
    while found is None:
        heard += len(drop)
        assert heard < ANSWER_BYTES * 2, "it is read on and on"
        found = reading.take(drop)
    assert found.is_cut
    assert len(found.body) <= BODY_BYTES


def test_a_head_that_drips_is_read_again_only_when_a_line_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    begin, tries = HTTPResponse.begin, []

    def counted(response: HTTPResponse) -> None:
        tries.append(response)
        begin(response)

    monkeypatch.setattr(HTTPResponse, "begin", counted)
    head = b"HTTP/1.1 204 No Content\r\nX: " + b"y" * 5000 + b"\r\n\r\n"
    assert read(bytes((byte,)) for byte in head) is not None
    assert len(tries) == head.count(b"\n")


def test_a_body_nobody_wants_is_waited_for_only_if_it_is_short() -> None:
    def first(start: bytes) -> Page | None:
        return read([start], wants_body=False)

    for start in (ENDLESS, CHUNKED, b"HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n"):
        assert first(start) == Page(200, None, b"", is_cut=True)
    assert first(b"HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n") is None


@pytest.mark.parametrize(
    ("url", "words"), [("nonsense", "no host"), ("http:///x", "no host"), (f"http://{'x' * 70}.test/", "label")]
)
def test_a_url_without_a_host_that_can_be_spelt_cannot_be_asked(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        request_of(urlsplit(url))


def test_a_host_is_spelt_as_the_dns_knows_it_and_a_password_is_not_told() -> None:
    said = request_of(urlsplit("http://me:secret@bücher.test:81/ä?b=ü#c"))
    assert said.startswith(b"GET /%C3%A4?b=%C3%BC HTTP/1.1\r\nHost: xn--bcher-kva.test:81\r\n")
    assert b"secret" not in said
