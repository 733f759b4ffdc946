"""Who answered: the rules, case by case."""

import ssl

import pytest

from ispstatus.model.sample import Outcome
from ispstatus.model.uplink import HttpTarget
from ispstatus.probes.interception import is_date_error, is_hijacked_name, is_inside, judge_error, judge_page
from ispstatus.probes.page import Garbled, Page

TARGET = HttpTarget("http://target.test/x", "net")


def answer(status: int, location: str | None = None, body: bytes = b"", *, is_cut: bool = False) -> Page:
    return Page(status, location, body, is_cut)


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.31.255.255", "192.168.1.1", "100.127.0.1", "127.0.0.1", "169.254.0.9", "0.0.0.0"),
        *("::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1"),
    ],
)
def test_addresses_no_public_name_resolves_to(address: str) -> None:
    assert is_inside(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "100.128.0.1", "172.32.0.1", "192.0.2.1", "2606:4700::1", "64:ff9b::a"])
def test_addresses_of_the_internet(address: str) -> None:
    assert not is_inside(address)


def test_only_a_name_can_be_hijacked() -> None:
    assert is_hijacked_name(TARGET, "10.0.0.1")
    assert not is_hijacked_name(TARGET, "192.0.2.1")
    assert not is_hijacked_name(HttpTarget("http://10.0.0.1/", "net"), "10.0.0.1")
    assert not is_hijacked_name(HttpTarget("http://[fd00::1]/", "net"), "fd00::1")
    assert not is_hijacked_name(HttpTarget("http://own.test/", "net", private_ok=True), "10.0.0.1")


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (answer(200), Outcome.OK),
        (answer(299), Outcome.OK),
        (answer(302, "http://portal.test/"), Outcome.INTERCEPTED),
        (answer(307, "//portal.test/x"), Outcome.INTERCEPTED),
        (answer(301, "https://TARGET.test/x"), Outcome.FAILED),
        (answer(302, "/login"), Outcome.FAILED),
        (answer(302, "http://[bad"), Outcome.FAILED),
        (answer(302), Outcome.FAILED),
        (answer(404, "http://portal.test/"), Outcome.FAILED),
        (answer(511), Outcome.INTERCEPTED),
        (answer(200, is_cut=True), Outcome.FAILED),
    ],
)
def test_any_2xx_will_do_unless_a_status_is_named(page: Page, outcome: Outcome) -> None:
    assert judge_page(TARGET, page)[0] is outcome


def test_a_named_status_is_the_only_right_one() -> None:
    moved = HttpTarget("http://target.test/", "net", status=301)
    assert judge_page(moved, answer(301, "https://www.target.test/"))[0] is Outcome.OK
    assert judge_page(moved, answer(302, "https://portal.test/"))[0] is Outcome.INTERCEPTED
    assert judge_page(moved, answer(200))[0] is Outcome.FAILED


def test_the_right_status_with_the_wrong_text_is_interception() -> None:
    wanted = HttpTarget("http://target.test/", "net", body="success")
    assert judge_page(wanted, answer(200, body=b"<p>success</p>"))[0] is Outcome.OK
    assert judge_page(wanted, answer(200, body=b"log in"))[0] is Outcome.INTERCEPTED
    assert judge_page(wanted, answer(500, body=b"log in"))[0] is Outcome.FAILED


def _certificate_error(code: int) -> Exception:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, f"message {code}"
    return error


@pytest.mark.parametrize(
    ("code", "outcome", "is_date"),
    [
        (62, Outcome.INTERCEPTED, False),
        (64, Outcome.INTERCEPTED, False),
        (9, Outcome.FAILED, True),
        (10, Outcome.FAILED, True),
        (18, Outcome.FAILED, False),
        (20, Outcome.FAILED, False),
    ],
)
def test_a_certificate_for_another_name_is_interception_and_dates_are_flagged(
    code: int, outcome: Outcome, is_date: bool
) -> None:
    error = _certificate_error(code)
    assert judge_error(error) == (outcome, f"certificate: message {code}")
    assert is_date_error(error) is is_date


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Garbled("header over 16 KiB"), "header over 16 KiB"),
        (ConnectionResetError(104, "Connection reset by peer"), "connection reset"),
        (TimeoutError("timed out"), "no answer in time"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (ValueError("x" * 500), "ValueError: " + "x" * 188),
    ],
)
def test_any_other_trouble_has_failed_in_words(error: Exception, words: str) -> None:
    assert judge_error(error) == (Outcome.FAILED, words)
