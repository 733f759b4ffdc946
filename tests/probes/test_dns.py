"""Questions to resolvers on loopback that answer as a test wants."""

from collections.abc import Callable
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from ispstatus.model.sample import DnsSample, Outcome
from ispstatus.model.uplink import ResolveTarget
from ispstatus.probes.dns import probe_dns
from tests.probes.driving import HELD_S, Driver, JumpingClock, Probe, loopback, then_busy
from tests.probes.servers import udp_server

pytestmark = pytest.mark.usefixtures("open_files")

NAME = "name.test"


def question(driver: Driver, port: int, *expect: str, name: str = NAME, timeout_s: float = 0.5) -> Probe:
    wanted = ResolveTarget(name, expect)
    return lambda done: probe_dns(
        driver.engine, loopback(), "127.0.0.1", wanted, timeout_s=timeout_s, is_provider=True, done=done, port=port
    )


def reply(*records: str, rcode: str = "NOERROR", flags: int = 0) -> Callable[[bytes], list[bytes]]:
    def answer(query: bytes) -> list[bytes]:
        message = dns.message.make_response(dns.message.from_wire(query))
        message.set_rcode(dns.rcode.from_text(rcode))
        message.flags |= flags
        message.answer = [_rrset(*record.split()) for record in records]
        return [message.to_wire()]

    return answer


def _rrset(name: str, ttl: str, *rest: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(name, int(ttl), *rest)


def test_an_answer_is_timed_by_when_it_came_not_by_when_we_looked(driver: Driver) -> None:
    with udp_server(reply(f"{NAME}. 60 IN A 192.0.2.7")) as port:
        sample: DnsSample = driver.hear(then_busy(question(driver, port)))
    assert sample.ms is not None
    assert 0.0 < sample.ms < HELD_S * 1000


def test_an_address_is_ok(driver: Driver) -> None:
    with udp_server(reply(f"{NAME}. 60 IN A 192.0.2.1")) as port:
        sample: DnsSample = driver.hear(question(driver, port))
    assert (sample.resolver, sample.name, sample.is_provider) == ("127.0.0.1", NAME, True)
    assert (sample.outcome, sample.addresses, sample.error) == (Outcome.OK, ("192.0.2.1",), None)
    assert sample.ms is not None
    assert 0.0 <= sample.ms <= 500.0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(rcode="SERVFAIL"), "SERVFAIL"),
        (reply(rcode="REFUSED"), "REFUSED"),
        (reply(rcode="NXDOMAIN"), "NXDOMAIN"),
        (reply(), "no address in the answer"),
        (reply(flags=dns.flags.TC), "truncated answer"),
    ],
)
def test_an_answer_without_an_address_has_failed(driver: Driver, answer: Any, words: str) -> None:
    with udp_server(answer) as port:
        sample = driver.hear(question(driver, port, "192.0.2.1"))
    assert (sample.outcome, sample.addresses, sample.error) == (Outcome.FAILED, (), words)
    assert sample.ms is not None


def test_a_truncated_answer_with_an_address_is_an_answer(driver: Driver) -> None:
    with udp_server(reply(f"{NAME}. 60 IN A 192.0.2.1", flags=dns.flags.TC)) as port:
        assert driver.hear(question(driver, port)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("expect", "outcome"),
    [
        (("192.0.2.1",), Outcome.OK),
        (("192.0.2.2", "192.0.2.1"), Outcome.OK),
        (("192.0.2.2",), Outcome.INTERCEPTED),
        (("2001:db8::1",), Outcome.OK),
    ],
)
def test_any_other_address_than_the_expected_ones_of_this_family_is_intercepted(
    driver: Driver, expect: tuple[str, ...], outcome: Outcome
) -> None:
    with udp_server(reply(f"{NAME}. 60 IN A 192.0.2.1")) as port:
        sample = driver.hear(question(driver, port, *expect))
    assert (sample.outcome, sample.addresses) == (outcome, ("192.0.2.1",))


def test_forged_answers_are_passed_over(driver: Driver) -> None:
    right = reply(f"{NAME}. 60 IN A 192.0.2.1")

    def answers(query: bytes) -> list[bytes]:
        forged_id = bytes([query[0] ^ 1]) + query[1:]
        other = dns.message.make_query("other.test", "A")
        other.id = int.from_bytes(query[:2], "big")
        return [
            b"",
            b"garbage",
            query,
            *reply(f"{NAME}. 60 IN A 10.6.6.6")(forged_id),
            *reply("other.test. 60 IN A 10.6.6.6")(other.to_wire()),
            *right(query),
            *reply(f"{NAME}. 60 IN A 10.6.6.6")(query),
        ]

    with udp_server(answers) as port:
        assert driver.hear(question(driver, port)).addresses == ("192.0.2.1",)


def test_silence_is_silent(driver: Driver) -> None:
    with udp_server(lambda _: []) as port:
        sample = driver.hear(question(driver, port, timeout_s=0.05))
    assert (sample.outcome, sample.ms) == (Outcome.SILENT, None)


def test_a_closed_port_has_failed(driver: Driver) -> None:
    with udp_server(lambda _: []) as port:
        pass
    sample = driver.hear(question(driver, port))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "nobody listens there")


def test_an_answer_found_after_a_standstill_is_unmeasured(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    with udp_server(reply(f"{NAME}. 60 IN A 192.0.2.1")) as port:

        def probe(done: Any) -> Any:
            handle = question(driver, port)(done)
            clock.sleep(180.0)
            return handle

        assert driver.hear(probe).outcome is Outcome.UNMEASURED


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test"])
def test_what_is_no_name_is_unmeasured(driver: Driver, name: str) -> None:
    sample = driver.hear(question(driver, 53, name=name))
    assert sample.outcome is Outcome.UNMEASURED
    assert "no domain name" in sample.error


def test_every_question_has_its_own_id_and_port(driver: Driver) -> None:
    seen: list[bytes] = []

    def remember(query: bytes) -> list[bytes]:
        seen.append(query[:2])
        return reply(f"{NAME}. 60 IN A 192.0.2.1")(query)

    with udp_server(remember) as port:
        for _ in range(8):
            driver.hear(question(driver, port))
    assert len(set(seen)) > 1
