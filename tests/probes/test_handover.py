"""HTTP over a socket that was connected elsewhere."""

import socket
import ssl

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.probes import handover
from ispstatus.probes.handover import BODY_BYTES, Fetcher, Marks, Page, tls_context
from tests.probes.servers import Server, answering, page, tcp_server

pytestmark = pytest.mark.usefixtures("open_files")


def fetch(server: Server, fetcher: Fetcher | None = None) -> tuple[Page | Exception, Marks]:
    sock = socket.create_connection(("127.0.0.1", server.port))
    answer = (fetcher or Fetcher(SYSTEM)).fetch(f"http://elsewhere.test:{server.port}/", sock, timeout_s=5.0)
    assert sock.fileno() == -1, "the socket was not closed"
    return answer


def test_a_page_comes_over_the_socket_that_was_handed_over() -> None:
    with tcp_server(answering(page("200 OK", b"hello", "Location: /x"))) as server:
        answer, marks = fetch(server)
    assert answer == Page(200, "/x", b"hello", False)
    assert marks.tls_boot_s is None
    assert marks.first_byte_boot_s is not None
    assert marks.ended_boot_s is not None
    assert marks.begun_boot_s <= marks.first_byte_boot_s <= marks.ended_boot_s


def test_a_fetcher_may_be_used_again_even_after_an_error() -> None:
    fetcher = Fetcher(SYSTEM)
    for answer, is_page in ((page(), True), (b"nonsense\r\n", False), (b"", False), (page(), True)):
        with tcp_server(answering(answer)) as server:
            assert isinstance(fetch(server, fetcher)[0], Page) is is_page


def test_a_body_is_read_up_to_the_limit_and_not_a_byte_more_is_kept() -> None:
    for size, is_cut in ((BODY_BYTES, False), (BODY_BYTES + 1, True), (BODY_BYTES * 4, True)):
        with tcp_server(answering(page("200 OK", b"x" * size))) as server:
            answer, _ = fetch(server)
        assert isinstance(answer, Page)
        assert (len(answer.body), answer.is_cut) == (BODY_BYTES, is_cut)


def test_no_answer_is_an_error_without_a_first_byte() -> None:
    with tcp_server(answering(b"")) as server:
        answer, marks = fetch(server)
    assert isinstance(answer, Exception)
    assert marks.first_byte_boot_s is None


def test_a_url_that_is_none_is_an_error_and_nothing_is_raised() -> None:
    sock, theirs = socket.socketpair()
    assert isinstance(Fetcher(SYSTEM).fetch("nonsense", sock, timeout_s=1.0)[0], Exception)
    assert sock.fileno() == -1
    theirs.close()


def test_the_process_has_one_tls_context_and_it_verifies() -> None:
    context = tls_context()
    assert context is tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_box_without_certificates_trusts_what_it_brings_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    monkeypatch.setenv("SSL_CERT_DIR", "/nonexistent")
    handover._tls_context.cache_clear()
    try:
        assert tls_context().cert_store_stats()["x509_ca"] > 50
    finally:
        handover._tls_context.cache_clear()
