"""What the minute's checks tell of protocols that nobody samples."""

from typing import Any

import pytest

from ispstatus.jobs.messages import CycleReport
from ispstatus.jobs.phases import samples_of
from ispstatus.model.quality import Quality
from ispstatus.model.sample import DnsSample, HttpPhases, HttpSample, Outcome
from ispstatus.model.series import Protocol
from ispstatus.model.uplink import HttpTarget
from tests.helpers.make import evidence

PLAIN, TLS = HttpTarget("http://a.example/x", "A"), HttpTarget("https://b.example/", "B")
OK, SILENT, FAILED = Outcome.OK, Outcome.SILENT, Outcome.FAILED
WHOLE = HttpPhases(connect_ms=10.0, tls_ms=20.0, first_byte_ms=11.0, total_ms=45.0)


def told(*https: HttpSample, dns: tuple[DnsSample, ...] = (), has_asked: bool = True) -> dict[str, Any]:
    """Return the round trips by protocol and far end."""
    report = CycleReport(1, 1, evidence(https=https, dns=dns), Quality(), 50.0, 52.0, is_complete=True)
    samples = samples_of(report, (PLAIN, TLS), has_asked=has_asked)
    assert {sample.sent_boot_s for sample in samples} <= {50.0}
    assert not any(sample.is_own for sample in samples)
    return {f"{sample.protocol.value} {sample.target}": sample.rtt_ms for sample in samples}


def check(target: HttpTarget, outcome: Outcome, phases: HttpPhases = WHOLE, **more: Any) -> HttpSample:
    return HttpSample(target.url, target.network, outcome, phases=phases, **more)


def test_each_phase_is_the_round_trip_of_its_protocol() -> None:
    plain = HttpPhases(connect_ms=9.0, first_byte_ms=8.0)

    assert told(check(PLAIN, OK, plain, status=204), check(TLS, OK, status=204)) == {
        "tcp a.example:80": 9.0,
        "http http://a.example/x": 8.0,
        "tcp b.example:443": 10.0,
        "https https://b.example/": 31.0,
    }


def test_silence_is_a_loss_and_no_page_after_a_connection_is_one_of_the_page_alone() -> None:
    no_page = check(PLAIN, FAILED, HttpPhases(connect_ms=9.0))

    assert told(check(PLAIN, SILENT, HttpPhases())) == {"tcp a.example:80": None, "http http://a.example/x": None}
    assert told(no_page) == {"tcp a.example:80": 9.0, "http http://a.example/x": None}


@pytest.mark.parametrize("outcome", [FAILED, Outcome.INTERCEPTED])
def test_another_answer_than_asked_for_tells_of_the_connection_alone(outcome: Outcome) -> None:
    assert told(check(PLAIN, outcome, status=503)) == {"tcp a.example:80": 10.0}


def test_what_was_not_measured_or_stands_from_before_is_no_sample() -> None:
    assert told(check(PLAIN, Outcome.UNMEASURED, HttpPhases()), check(TLS, OK, age_s=61.0)) == {}


def test_a_resolver_that_answers_is_a_datagram_there_and_back() -> None:
    dns = (
        DnsSample("192.0.2.53", "example.com", OK, ms=4.0),
        DnsSample("192.0.2.54", "example.com", SILENT),
        DnsSample("192.0.2.55", "example.com", FAILED, ms=3.0, error="SERVFAIL"),
        DnsSample("192.0.2.56", "example.com", Outcome.UNMEASURED),
    )

    assert told(dns=dns) == {f"{Protocol.UDP.value} 192.0.2.53": 4.0, f"{Protocol.UDP.value} 192.0.2.54": None}
    assert told(dns=dns, has_asked=False) == {}
