"""decide: every row of the ladder, in its order."""

from dataclasses import replace
from typing import Any

import pytest

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.case import Grade
from ispstatus.decide.ladder import decide, judge, starting
from ispstatus.model.decision import Memory
from ispstatus.model.net import LinkStatus, PathProof
from ispstatus.model.state import Fault, Reason, State
from tests.helpers.make import (
    FAILED,
    INTERCEPTED,
    LIMITS,
    NOON,
    OK,
    PINGS,
    PLAN,
    SILENT,
    UNMEASURED,
    a_memory,
    a_path,
    an_echo,
    an_uplink,
    at,
    echoes,
    evidence,
    figures,
    https,
    names,
    networks,
)

GATEWAY_SILENT = an_echo("203.0.113.1", SILENT)
DEAD: dict[str, Any] = {
    "pings": echoes(SILENT, SILENT, SILENT),
    "https": https(FAILED, FAILED, FAILED),
    "dns": names(SILENT, SILENT),
}
FRESH = Memory()
UNPROVEN = PathProof(generation=7, is_proven=False)


def row(state: State, reason: Reason, fault: Fault, what: str, memory: Memory | None = None, **seen: Any) -> Any:
    return pytest.param(seen, memory, state, reason, fault, id=what)


DOWN, DEGRADED, UP, UNKNOWN = State.DOWN, State.DEGRADED, State.UP, State.UNKNOWN

KERNEL = [
    row(DOWN, Reason.IFACE_MISSING, Fault.LOCAL, "missing hardware is ours", path=a_path(link=LinkStatus.MISSING)),
    row(
        DOWN,
        Reason.IFACE_MISSING,
        Fault.ACCESS,
        "a ppp session that is gone is the provider's",
        path=a_path(device="ppp0", link=LinkStatus.MISSING, source=None),
    ),
    row(
        DOWN,
        Reason.IFACE_MISSING,
        Fault.ACCESS,
        "a mobile session that is gone is the provider's",
        path=a_path(device="wwan0", link=LinkStatus.MISSING),
    ),
    row(DOWN, Reason.IFACE_ADMIN_DOWN, Fault.LOCAL, "switched off is ours", path=a_path(link=LinkStatus.ADMIN_DOWN)),
    row(DOWN, Reason.NO_CARRIER, Fault.ACCESS, "no carrier is the access", path=a_path(link=LinkStatus.NO_CARRIER)),
    row(
        DOWN,
        Reason.NO_CARRIER,
        Fault.LOCAL,
        "no carrier is ours where the configuration says so",
        uplink=an_uplink(carrier_fault=Fault.LOCAL),
        path=a_path(link=LinkStatus.NO_CARRIER),
    ),
    row(DOWN, Reason.NO_ADDRESS, Fault.ACCESS, "no address", path=a_path(source=None, has_default=False)),
    row(
        DOWN,
        Reason.NO_ROUTE,
        Fault.ACCESS,
        "no default route where one was once proven",
        path=a_path(has_default=False),
        proof=None,
    ),
    row(
        DOWN,
        Reason.NO_CARRIER,
        Fault.ACCESS,
        "the link comes before address and route",
        path=a_path(link=LinkStatus.NO_CARRIER, source=None, has_default=False),
    ),
]

OURS = [
    row(
        UNKNOWN,
        Reason.PATH_UNPROVEN,
        Fault.BOX,
        "no default route where none was ever proven",
        FRESH,
        path=a_path(has_default=False),
        proof=None,
    ),
    row(UNKNOWN, Reason.PATH_UNPROVEN, Fault.BOX, "a route that leads elsewhere, although all answers", proof=UNPROVEN),
    row(UNKNOWN, Reason.PATH_UNPROVEN, Fault.BOX, "a route that nobody asked about", proof=None),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "nothing measured",
        pings=echoes(UNMEASURED, UNMEASURED, UNMEASURED),
        https=(),
        dns=(),
    ),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "nothing measured on the first day",
        FRESH,
        pings=echoes(UNMEASURED, UNMEASURED, UNMEASURED),
        https=(),
        dns=(),
    ),
    row(
        DOWN,
        Reason.NO_ROUTE,
        Fault.ACCESS,
        "a default route that went while the first cycle ran",
        FRESH,
        path=a_path(has_default=False),
    ),
    row(
        UNKNOWN,
        Reason.LATE,
        Fault.BOX,
        "nothing measured because the engine stood still",
        pings=(),
        https=(),
        dns=(),
        was_late=True,
    ),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "resolvers and gateway answer but nothing outside was measured",
        pings=(),
        https=(),
    ),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "web fails and pings that used to answer were not measured",
        pings=echoes(UNMEASURED, UNMEASURED, SILENT),
        https=https(FAILED, FAILED, FAILED),
    ),
    row(
        UNKNOWN,
        Reason.LATE,
        Fault.BOX,
        "pings silent and most web checks starved",
        pings=echoes(SILENT, SILENT, SILENT),
        https=https(FAILED, UNMEASURED, UNMEASURED),
        was_late=True,
    ),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "one of two networks silent and the other not measured",
        a_memory(ping_networks=networks("Alpha", "Beta"), http_networks={}),
        pings=echoes(SILENT, UNMEASURED),
        https=https(FAILED, FAILED, FAILED),
    ),
]

OUTSIDE = [
    row(
        DEGRADED,
        Reason.CAPTIVE_PORTAL,
        Fault.PROVIDER,
        "a portal that lets pings through",
        https=https(INTERCEPTED, INTERCEPTED, FAILED),
    ),
    row(
        DOWN,
        Reason.CAPTIVE_PORTAL,
        Fault.PROVIDER,
        "a portal that swallows pings",
        pings=echoes(SILENT, SILENT, SILENT),
        https=https(FAILED, INTERCEPTED, FAILED),
    ),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "one tampered web check beside two good ones is no portal",
        https=https(OK, OK, INTERCEPTED),
    ),
    row(DOWN, Reason.GATEWAY_UNREACHABLE, Fault.ACCESS, "silence from the gateway on", gateway=GATEWAY_SILENT, **DEAD),
    row(DOWN, Reason.NO_EXTERNAL, Fault.PROVIDER, "silence beyond the gateway", **DEAD),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "silence and a gateway that never answered",
        a_memory(gateway_answers=2),
        gateway=GATEWAY_SILENT,
        **DEAD,
    ),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "silence and a gateway we could not measure",
        gateway=an_echo("203.0.113.1", UNMEASURED),
        **DEAD,
    ),
    row(
        DOWN,
        Reason.GATEWAY_UNREACHABLE,
        Fault.ACCESS,
        "an unreachable gateway that is required from the first day",
        FRESH,
        uplink=an_uplink(gateway_required=True),
        gateway=an_echo("203.0.113.1", FAILED),
        **DEAD,
    ),
    row(DOWN, Reason.NO_EXTERNAL, Fault.PROVIDER, "silence on the first day", FRESH, gateway=None, **DEAD),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "DNS answers and resets are no validation",
        pings=echoes(SILENT, SILENT, SILENT),
        https=https(FAILED, FAILED, FAILED),
        dns=names(OK, OK),
    ),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "two of three measured silent is enough to say so",
        pings=echoes(SILENT, SILENT, UNMEASURED),
        https=https(FAILED, FAILED, FAILED),
    ),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "web alone judges a line without permission to ping",
        a_memory(ping_networks={}),
        pings=echoes(UNMEASURED, UNMEASURED, UNMEASURED),
        https=https(FAILED, FAILED, FAILED),
    ),
]

PARTS = [
    row(DEGRADED, Reason.DNS_FAILED, Fault.DNS, "no resolver answers", dns=names(FAILED, SILENT, provider=SILENT)),
    row(DEGRADED, Reason.DNS_FAILED, Fault.DNS, "every resolver lies", dns=names(INTERCEPTED, provider=INTERCEPTED)),
    row(UP, Reason.OK, Fault.NONE, "the provider's resolver is silent", dns=names(OK, OK, provider=SILENT)),
    row(
        DEGRADED,
        Reason.DNS_FAILED,
        Fault.DNS,
        "the provider's resolver is silent and required",
        uplink=an_uplink(dns_required=True),
        dns=names(OK, OK, provider=SILENT),
    ),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "a public resolver is silent and the provider's is required",
        uplink=an_uplink(dns_required=True),
        dns=names(SILENT, OK, provider=OK),
    ),
    row(UP, Reason.OK, Fault.NONE, "a resolver left unmeasured is no failure", dns=names(SILENT, UNMEASURED)),
    row(UP, Reason.OK, Fault.NONE, "names were not asked", dns=()),
    row(
        DEGRADED,
        Reason.HTTP_FAILED_PING_OK,
        Fault.PROVIDER,
        "pings answer and web fails",
        https=https(FAILED, FAILED, FAILED),
    ),
    row(
        DEGRADED,
        Reason.HTTP_FAILED_PING_OK,
        Fault.PROVIDER,
        "every measured web check failed",
        https=https(FAILED, FAILED, UNMEASURED),
    ),
    row(
        DEGRADED,
        Reason.HTTP_FAILED_PING_OK,
        Fault.PROVIDER,
        "web never worked here",
        FRESH,
        https=https(FAILED, FAILED, FAILED),
    ),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "too few web checks measured to call it failed",
        https=https(FAILED, UNMEASURED, UNMEASURED),
    ),
    row(
        DEGRADED,
        Reason.PING_FAILED_HTTP_OK,
        Fault.PROVIDER,
        "web works and pings stopped",
        pings=echoes(SILENT, SILENT, SILENT),
    ),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "web works and pings never answered here",
        a_memory(ping_networks={}),
        pings=echoes(SILENT, SILENT, SILENT),
    ),
    row(UP, Reason.OK, Fault.NONE, "web works and pings were not measured", pings=()),
    row(DEGRADED, Reason.PING_PARTIAL, Fault.PROVIDER, "one of three pings", pings=echoes(OK, SILENT, SILENT)),
    row(UP, Reason.OK, Fault.NONE, "two of three pings", pings=echoes(OK, SILENT, OK)),
    row(UP, Reason.OK, Fault.NONE, "one ping of three, one unmeasured", pings=echoes(OK, SILENT, UNMEASURED)),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "one of the two networks that ever answered",
        a_memory(ping_networks=networks("Alpha", "Beta")),
        pings=echoes(OK, SILENT, SILENT),
    ),
    row(UP, Reason.OK, Fault.NONE, "the first network ever to answer", FRESH, pings=echoes(OK, SILENT, SILENT)),
    row(DEGRADED, Reason.HTTP_PARTIAL, Fault.PROVIDER, "one of three web checks", https=https(OK, FAILED, FAILED)),
    row(
        DEGRADED,
        Reason.PING_PARTIAL,
        Fault.PROVIDER,
        "pings are told before web",
        pings=echoes(OK, SILENT, SILENT),
        https=https(OK, FAILED, FAILED),
    ),
    row(
        DEGRADED,
        Reason.DNS_FAILED,
        Fault.DNS,
        "names are told before pings",
        pings=echoes(OK, SILENT, SILENT),
        dns=names(FAILED, FAILED),
    ),
    row(DEGRADED, Reason.GATEWAY_SILENT, Fault.ACCESS, "gateway silent, outside fine", gateway=GATEWAY_SILENT),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "a silent gateway on a translated uplink",
        uplink=an_uplink(nat=True),
        gateway=GATEWAY_SILENT,
    ),
    row(
        DEGRADED,
        Reason.PING_PARTIAL,
        Fault.PROVIDER,
        "IPv6 is required and silent",
        uplink=an_uplink(require_ipv6=True),
        other_family=(an_echo("2001:db8::1", SILENT),),
    ),
    row(UP, Reason.OK, Fault.NONE, "IPv6 is silent but not required", other_family=(an_echo("2001:db8::1", SILENT),)),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "IPv6 is required and was not measured",
        uplink=an_uplink(require_ipv6=True),
        other_family=(an_echo("2001:db8::1", UNMEASURED),),
    ),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "IPv4 is silent on an IPv6 uplink that requires IPv6",
        a_memory(ping_networks={}),
        uplink=an_uplink(require_ipv6=True),
        path=a_path(family=6),
        pings=(),
        other_family=(an_echo("192.0.2.9", SILENT),),
    ),
    row(UP, Reason.OK, Fault.NONE, "everything is fine"),
    row(UP, Reason.OK, Fault.NONE, "everything is fine on the first day", FRESH),
]


@pytest.mark.parametrize(("seen", "memory", "state", "reason", "fault"), KERNEL + OURS + OUTSIDE + PARTS)
def test_the_ladder(seen: dict[str, Any], memory: Memory | None, state: State, reason: Reason, fault: Fault) -> None:
    decision, _ = decide(evidence(**seen), None, memory or a_memory(), ())

    assert (decision.state, decision.reason, decision.fault) == (state, reason, fault)
    assert decision.explanation
    assert decision.next_check
    assert judge(evidence(**seen), memory or a_memory(), Grade()) == (state, reason, fault)


POOR = {
    "loss": (figures(lost=6, recent_lost=4), Reason.HIGH_LOSS),
    "latency": (figures(latency_ms=500.0), Reason.HIGH_LATENCY),
    "jitter": (figures(jitter_ms=90.0), Reason.HIGH_JITTER),
}


@pytest.mark.parametrize("figure", list(POOR))
def test_a_figure_over_its_limit_degrades_a_line_that_works(figure: str) -> None:
    limits = replace(LIMITS, latency_ms=_limit(300), jitter_ms=_limit(60))
    target, reason = POOR[figure]

    decision, memory = decide(evidence(uplink=an_uplink(limits=limits)), uplink_quality([target]), a_memory(), ())

    assert (decision.state, decision.reason, decision.fault) == (DEGRADED, reason, Fault.PROVIDER)
    assert memory.exceeded == {figure}


def test_loss_is_told_before_latency_and_latency_before_jitter() -> None:
    memory = a_memory(exceeded=frozenset({"loss", "latency", "jitter"}))
    limits = replace(LIMITS, latency_ms=_limit(300), jitter_ms=_limit(60))
    seen = evidence(uplink=an_uplink(limits=limits))
    all_bad = figures(lost=9, recent_lost=5, latency_ms=500.0, jitter_ms=90.0)
    slow = replace(all_bad, lost=0, recent_lost=0)

    assert decide(seen, uplink_quality([all_bad]), memory, ())[0].reason is Reason.HIGH_LOSS
    assert decide(seen, uplink_quality([slow]), memory, ())[0].reason is Reason.HIGH_LATENCY


def test_a_figure_that_is_not_measured_now_makes_no_verdict_but_stays_remembered() -> None:
    memory = a_memory(exceeded=frozenset({"loss"}))

    for quality in (None, uplink_quality([])):
        decision, after = decide(evidence(), quality, memory, ())
        assert decision.state is UP
        assert after.exceeded == {"loss"}


def test_slowness_under_the_uplinks_own_load_is_a_note_and_loss_is_not_excused() -> None:
    limits = replace(LIMITS, latency_ms=_limit(300))
    seen = evidence(uplink=an_uplink(limits=limits))
    slow = figures(latency_ms=500.0)

    loaded, _ = decide(seen, uplink_quality([slow], is_loaded=True), a_memory(), ())
    lossy, _ = decide(seen, uplink_quality([replace(slow, recent_lost=5, lost=5)], is_loaded=True), a_memory(), ())

    assert (loaded.state, [note.value for note in loaded.notes]) == (UP, ["loaded"])
    assert (lossy.state, lossy.reason) == (DEGRADED, Reason.HIGH_LOSS)


def test_a_silent_gateway_is_told_before_quality() -> None:
    decision, _ = decide(
        evidence(gateway=GATEWAY_SILENT), uplink_quality([figures(recent_lost=9, lost=9)]), a_memory(), ()
    )

    assert decision.reason is Reason.GATEWAY_SILENT


@pytest.mark.parametrize("is_synchronised", [True, False])
def test_certificate_dates_are_judged_only_under_a_synchronised_clock(*, is_synchronised: bool) -> None:
    dated = tuple(replace(sample, is_date_only_tls_error=True) for sample in https(FAILED, FAILED, FAILED))

    decision, _ = decide(evidence(https=dated, clock_is_synchronised=is_synchronised), None, a_memory(), ())

    assert decision.reason is (Reason.HTTP_FAILED_PING_OK if is_synchronised else Reason.OK)


# -------------------------------------------------------------------- memory
def test_memory_learns_who_answers_and_when() -> None:
    _, memory = decide(evidence(pings=echoes(OK, SILENT), https=https(FAILED, OK)), None, Memory(), ())

    assert memory.ping_networks == {"Alpha": at(2)}
    assert memory.http_networks == {"Two": at(2)}
    assert memory.proven_at == at(2)
    assert (memory.gateway_address, memory.gateway_answers, memory.gateway_seen_at) == ("203.0.113.1", 1, at(2))


def test_memory_keeps_who_answered_before() -> None:
    before = a_memory()

    _, memory = decide(evidence(pings=echoes(OK, SILENT, SILENT)), None, before, ())

    assert set(memory.ping_networks) == {"Alpha", "Beta", "Gamma"}
    assert memory.ping_networks["Beta"] == before.ping_networks["Beta"]


def test_an_unproven_route_is_not_remembered_as_proven() -> None:
    assert decide(evidence(proof=UNPROVEN), None, Memory(), ())[1].proven_at is None
    assert decide(evidence(proof=None), None, Memory(), ())[1].proven_at is None


def test_the_first_up_is_remembered_once() -> None:
    _, first = decide(evidence(), None, Memory(), ())
    _, later = decide(evidence(ended_at=at(600)), None, first, ())
    _, never = decide(evidence(https=https(FAILED, FAILED, FAILED)), None, Memory(), ())

    assert first.first_up_at == later.first_up_at == at(2)
    assert never.first_up_at is None


def test_down_forgets_quality_and_remembers_when_it_began() -> None:
    memory = a_memory(exceeded=frozenset({"loss"}))

    _, fell = decide(evidence(**DEAD, first_bad_at=at(-3)), None, memory, ())
    _, still = decide(evidence(**DEAD, started_at=at(60)), None, fell, ())
    _, unsure = decide(evidence(proof=None), None, still, ())
    _, back = decide(evidence(), None, unsure, ())

    assert (fell.exceeded, fell.down_since_at) == (frozenset(), at(-3))
    assert still.down_since_at == unsure.down_since_at == at(-3)
    assert back.down_since_at is None


def test_down_without_a_first_bad_began_with_its_cycle() -> None:
    _, memory = decide(evidence(path=a_path(link=LinkStatus.NO_CARRIER)), None, a_memory(), ())

    assert memory.down_since_at == NOON


def test_before_the_first_verdict_nothing_is_known_and_it_is_not_the_provider() -> None:
    decision = starting(an_uplink())

    assert (decision.state, decision.reason, decision.fault) == (UNKNOWN, Reason.STARTING, Fault.BOX)
    assert decision.explanation == "the monitor has just started and has not judged fibre yet"
    assert decision.next_check == "wait 15 s for the first verdict"


def test_an_uplink_without_web_checks_is_judged_by_its_pings() -> None:
    uplink = an_uplink(plan=replace(PLAN, http=()))

    up, _ = decide(evidence(uplink=uplink, https=()), None, Memory(), ())
    down, _ = decide(evidence(uplink=uplink, https=(), pings=echoes(SILENT, SILENT, SILENT)), None, a_memory(), ())

    assert (up.state, down.state) == (UP, DOWN)


def test_a_network_has_one_vote_however_many_targets() -> None:
    ping = (PINGS[0], replace(PINGS[1], network="Alpha"), PINGS[2])
    uplink = an_uplink(plan=replace(PLAN, ping=ping))
    seen = (an_echo(ping[0]), an_echo(ping[1], SILENT), an_echo(ping[2], SILENT))

    decision, _ = decide(evidence(uplink=uplink, pings=seen), None, a_memory(), ())

    assert decision.reason is Reason.OK


def _limit(above: float) -> Any:
    return replace(LIMITS.loss_pct, degraded_above=above, clear_below=0.8 * above)
