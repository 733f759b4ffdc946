"""decide: what works in part, and how well."""

from dataclasses import replace
from typing import Any

import pytest

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.case import Grade
from ispstatus.decide.ladder import decide, judge
from ispstatus.model.decision import Memory
from ispstatus.model.state import Fault, Reason, State
from tests.decide.rows import DEGRADED, FRESH, GATEWAY_SILENT, UP, row
from tests.helpers.make import (
    FAILED,
    INTERCEPTED,
    LIMITS,
    OK,
    SILENT,
    UNMEASURED,
    a_memory,
    a_path,
    an_echo,
    an_uplink,
    echoes,
    evidence,
    figures,
    https,
    names,
    networks,
)

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


@pytest.mark.parametrize(("seen", "memory", "state", "reason", "fault"), PARTS)
def test_the_ladder_of_parts(
    seen: dict[str, Any], memory: Memory | None, state: State, reason: Reason, fault: Fault
) -> None:
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


def _limit(above: float) -> Any:
    return replace(LIMITS.loss_pct, degraded_above=above, clear_below=0.8 * above)
