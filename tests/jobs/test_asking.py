"""Every resolver is asked for every name at once; only a host never resolved here makes a web check wait for DNS."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dns.message
import dns.rrset
import pytest

from ispstatus.decide.cadence import Round
from ispstatus.jobs import asking
from ispstatus.jobs.asking import Names, ask_names, hosts_to_resolve
from ispstatus.jobs.cycle import Cycle
from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import CycleReport, Message
from ispstatus.jobs.plan import CyclePlan, Resolver
from ispstatus.jobs.stream import Stream
from ispstatus.jobs.tally import Tally
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import PathProof
from ispstatus.model.sample import DnsSample, Outcome
from ispstatus.model.uplink import HttpTarget, ResolveTarget
from ispstatus.probes.dns import probe_dns
from tests.helpers.make import OK, SILENT, UNMEASURED, a_memory, an_uplink
from tests.probes.driving import Driver, eventually, loopback
from tests.probes.servers import udp_server

SITE = HttpTarget("http://one.example/check", "One")
LITERAL = HttpTarget("http://192.0.2.80/", "Two")
ADDRESS = "192.0.2.7"


def a_plan(**changes: Any) -> CyclePlan:
    """Return the plan of a cycle that asks the resolver on loopback for one name and one host."""
    given: dict[str, Any] = {
        "cycle_id": 1,
        "uplink": an_uplink(interface="lo"),
        "path": loopback(),
        "proof": PathProof(generation=1, is_proven=True),
        "trigger": Trigger.MINUTE,
        "memory": a_memory(),
        "round": Round(),
        "pings": (),
        "gateway": None,
        "resolvers": (Resolver("127.0.0.1", is_provider=True),),
        "names": (ResolveTarget("name.example"),),
        "https": (SITE,),
        "addresses": {},
    }
    return CyclePlan(**{**given, **changes})


def an_answer(outcome: Outcome = OK, *addresses: str, ms: float = 12.0) -> DnsSample:
    return DnsSample("192.0.2.53", "one.example", outcome, addresses=addresses or (ADDRESS,), ms=ms)


# ---------------------------------------------------------------- names
def test_an_address_in_the_url_needs_nobody() -> None:
    names = Names({})

    assert names.address_of(LITERAL) == "192.0.2.80"
    assert not names.was_waiting(LITERAL)


def test_the_address_resolved_here_before_is_used_at_once() -> None:
    names = Names({"one.example": ADDRESS})

    assert names.address_of(SITE) == ADDRESS
    assert not names.was_waiting(SITE)
    assert names.ms_of(SITE) is None, "it waited for no look-up"


def test_a_host_never_resolved_here_waits_for_the_first_good_answer() -> None:
    names = Names({})
    assert names.address_of(SITE) is None
    assert names.was_waiting(SITE)
    for _ in range(2):
        names.asked("one.example")

    names.heard("one.example", an_answer(ms=12.0))
    names.heard("one.example", an_answer(OK, "192.0.2.8", ms=90.0))

    assert names.address_of(SITE) == ADDRESS
    assert not names.was_waiting(SITE)
    assert names.ms_of(SITE) == 12.0
    assert names.learnt == {"one.example": ADDRESS}


@pytest.mark.parametrize("outcome", [SILENT, UNMEASURED, Outcome.FAILED, Outcome.INTERCEPTED])
def test_it_is_given_up_when_every_question_has_ended_without_an_address(outcome: Outcome) -> None:
    names = Names({})
    names.address_of(SITE)
    for _ in range(2):
        names.asked("one.example")
    names.heard("one.example", an_answer(outcome))
    assert not names.has_given_up(SITE), "one is still to come"

    names.heard("one.example", an_answer(outcome))

    assert names.has_given_up(SITE)


def test_nobody_to_ask_is_given_up_at_once() -> None:
    names = Names({})
    names.never_asked("one.example")

    assert names.has_given_up(SITE)


def test_answers_are_shown_in_the_order_they_were_asked_for() -> None:
    names = Names({})
    for resolver in ("192.0.2.53", "192.0.2.54", "192.0.2.55"):
        names.expect(resolver, "name.example")
    for resolver in ("192.0.2.55", "192.0.2.53"):
        names.answered(DnsSample(resolver, "name.example", OK))

    assert [sample.resolver for sample in names.samples] == ["192.0.2.53", "192.0.2.55"]
    assert names.open_count == 1


# ---------------------------------------------------------------- which hosts
@pytest.mark.parametrize(
    ("known", "refresh", "hosts"),
    [
        pytest.param({}, False, ["one.example"], id="never-resolved"),
        pytest.param({"one.example": ADDRESS}, False, [], id="known"),
        pytest.param({"one.example": ADDRESS}, True, ["one.example"], id="due-for-a-fresh-look"),
    ],
)
def test_a_host_is_asked_for_when_unknown_or_due(known: dict[str, str], refresh: bool, hosts: list[str]) -> None:
    twice = HttpTarget("http://one.example/other", "One")
    plan = a_plan(https=(SITE, twice), addresses=known, round=Round(refresh_names=refresh))

    assert hosts_to_resolve(plan) == hosts


def test_far_ends_of_our_own_are_resolved_with_them() -> None:
    plan = a_plan(https=(SITE,), far_hosts=("far.example",), addresses={"one.example": "192.0.2.1"})

    assert hosts_to_resolve(plan) == ["far.example"]


# ---------------------------------------------------------------- on real sockets
@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A resolver on loopback that knows every name; the names it was asked for."""
    asked: list[str] = []

    def answer(query: bytes) -> list[bytes]:
        message = dns.message.make_response(dns.message.from_wire(query))
        name = message.question[0].name.to_text()
        asked.append(name)
        message.answer = [dns.rrset.from_text(name, 60, "IN", "A", ADDRESS)]
        return [message.to_wire()]

    with udp_server(answer) as port:
        monkeypatch.setattr(asking, "probe_dns", partial(probe_dns, port=port))
        yield asked


def test_every_resolver_of_the_paths_family_is_asked_for_every_name(driver: Driver, resolver: list[str]) -> None:
    plan = a_plan(
        resolvers=(Resolver("127.0.0.1", is_provider=True), Resolver("::1", is_provider=False)),
        https=(SITE, LITERAL),
    )
    names, heard = Names({}), list[int]()
    driver.on_engine(lambda: ask_names(driver.engine, plan, names, lambda: heard.append(1)))
    eventually(lambda: len(heard) == 2)

    assert sorted(resolver) == ["name.example.", "one.example."]
    assert names.questions == 2
    assert [(s.resolver, s.name, s.is_provider, s.addresses) for s in names.samples] == [
        ("127.0.0.1", "name.example", True, (ADDRESS,))
    ]
    assert names.learnt == {"one.example": ADDRESS}
    assert names.open_count == 0


@pytest.mark.parametrize("resolvers", [(), (Resolver("::1", is_provider=False),)], ids=["none", "of-the-other-family"])
def test_with_nobody_to_ask_the_cycle_ends_and_the_check_is_unmeasured(
    driver: Driver, resolvers: tuple[Resolver, ...]
) -> None:
    told: list[Message] = []
    uplink = an_uplink(interface="lo")
    stream = Stream(uplink, driver.engine, told.append, LoadMeter("lo", uplink.contract), Tally())
    cycle = Cycle(a_plan(resolvers=resolvers), driver.engine, stream, told.append)

    driver.on_engine(cycle.start)

    (report,) = [message for message in told if isinstance(message, CycleReport) and message.is_complete]
    assert [sample.outcome for sample in report.evidence.https] == [UNMEASURED]
    assert report.evidence.dns == ()
