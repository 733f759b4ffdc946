"""What to do now: an instruction for every reason and fault."""

from dataclasses import replace
from typing import Any

import pytest

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.advice import provider_text
from ispstatus.decide.ladder import decide
from ispstatus.model.decision import Memory, Peer
from ispstatus.model.net import LinkStatus
from ispstatus.model.quality import Quality
from ispstatus.model.state import Fault, State
from ispstatus.model.uplink import Contract, Threshold
from tests.helpers.make import (
    FAILED,
    INTERCEPTED,
    LIMITS,
    NOON,
    OK,
    SILENT,
    a_memory,
    a_path,
    an_echo,
    an_uplink,
    echoes,
    evidence,
    figures,
    https,
    names,
)

WHO = "Liquid (circuit ABC-123)"
GATEWAY_SILENT = an_echo("203.0.113.1", SILENT)
DEAD: dict[str, Any] = {"pings": echoes(SILENT, SILENT, SILENT), "https": https(FAILED, FAILED, FAILED)}
V6_SILENT = (an_echo("2001:db8::1", SILENT),)


def advice(*peers: Peer, memory: Memory | None = None, quality: Quality | None = None, **seen: Any) -> str:
    decision, _ = decide(evidence(**seen), quality, memory or a_memory(), peers)
    return decision.next_check


@pytest.mark.parametrize(
    ("contract", "text"),
    [
        (Contract(isp="Liquid", circuit_id="ABC-123"), "Liquid (circuit ABC-123)"),
        (Contract(isp="Liquid"), "Liquid"),
        (Contract(circuit_id="ABC-123"), "the provider (circuit ABC-123)"),
        (Contract(), "the provider"),
    ],
)
def test_whom_to_call(contract: Contract, text: str) -> None:
    assert provider_text(contract) == text


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        pytest.param(
            {"path": a_path(link=LinkStatus.MISSING)},
            "check that the adapter of eth1 is plugged in and its driver loaded; a rename belongs in the configuration",
            id="missing hardware",
        ),
        pytest.param(
            {"path": a_path(link=LinkStatus.MISSING, device="ppp0")},
            f"check the modem and the session on ppp0 (credentials, SIM, signal), then call {WHO}",
            id="no session",
        ),
        pytest.param(
            {"path": a_path(link=LinkStatus.ADMIN_DOWN)},
            "somebody switched eth1 off: switch it on with `ip link set eth1 up` unless that was meant",
            id="switched off",
        ),
        pytest.param(
            {"path": a_path(link=LinkStatus.NO_CARRIER)},
            f"check the cable at eth1 and the power of the modem or ONT; if both are good, call {WHO}: no link",
            id="no carrier",
        ),
        pytest.param(
            {"path": a_path(link=LinkStatus.NO_CARRIER), "uplink": an_uplink(carrier_fault=Fault.LOCAL)},
            "check cable, port and switch between eth1 and the provider's device",
            id="no carrier of our own",
        ),
        pytest.param(
            {"path": a_path(source=None)},
            f"renew the lease on eth1 (restart its DHCP or PPP client); if none comes, call {WHO}: no address",
            id="no lease",
        ),
        pytest.param(
            {"path": a_path(source=None), "uplink": an_uplink(source="203.0.113.2")},
            "give eth1 its address 203.0.113.2 again, or correct `source` in the configuration",
            id="no configured address",
        ),
        pytest.param(
            {"path": a_path(has_default=False)},
            "renew the lease or put the default route by eth1 back; `ip route show default` shows what is left",
            id="no route",
        ),
        pytest.param(
            {"proof": None},
            "not a provider fault: compare `ip rule` and `ip route show table all` with `ispstatus check`, and give "
            "eth1 its own default route",
            id="path not proven",
        ),
        pytest.param(
            {"pings": (), "https": ()},
            "not a provider fault: run `ispstatus check` on this box and correct what it names (permission, resources)",
            id="cannot measure",
        ),
        pytest.param(
            {"pings": (), "https": (), "budget_is_spent": True},
            "not a provider fault: raise `probe_budget_mb_month`, or wait for the new month",
            id="no budget",
        ),
        pytest.param(
            {"pings": (), "https": (), "was_late": True},
            "not a provider fault: look for high load, suspend or a stalled disk on this box; "
            "the next cycle judges again",
            id="late",
        ),
        pytest.param(
            {"https": https(INTERCEPTED)},
            "open a plain http:// page through this uplink and accept or pay what it shows; if it shows nothing, ask "
            f"{WHO} why web traffic is answered by somebody else",
            id="portal",
        ),
        pytest.param(
            {**DEAD, "gateway": GATEWAY_SILENT},
            "restart the modem or router in front of 203.0.113.1; if it stays silent, "
            f"call {WHO}: gateway 203.0.113.1 does not answer",
            id="gateway unreachable",
        ),
        pytest.param(
            DEAD,
            f"call {WHO}: your gateway answers, nothing beyond it does; "
            "the trace in the outage record shows the last hop that answered",
            id="nothing beyond the gateway",
        ),
        pytest.param(
            {**DEAD, "gateway": None},
            f"call {WHO}: nothing outside answers; the trace in the outage record shows the last hop that answered",
            id="nothing outside",
        ),
        pytest.param(
            {"dns": names(SILENT)},
            f"addresses work, names do not: check for a firewall that blocks port 53, then call {WHO}",
            id="no names",
        ),
        pytest.param(
            {"dns": names(OK, provider=SILENT), "uplink": an_uplink(dns_required=True)},
            f"use a public resolver on this uplink for now, and tell {WHO} that its resolver fails",
            id="the required resolver",
        ),
        pytest.param(
            {"https": https(FAILED, FAILED, FAILED)},
            f"pings pass, web does not: check firewall, proxy and MTU on this path, then call {WHO}",
            id="web fails",
        ),
        pytest.param(
            {"pings": echoes(SILENT, SILENT, SILENT)},
            f"traffic passes, echoes stopped: ask {WHO} whether it filters ICMP now; check your own firewall first",
            id="pings fail",
        ),
        pytest.param(
            {"pings": echoes(OK, SILENT, SILENT)},
            f"some of the Internet is out of reach: send the trace of this record to {WHO}",
            id="some pings",
        ),
        pytest.param(
            {"https": https(OK, FAILED, FAILED)},
            f"some of the Internet is out of reach: send the trace of this record to {WHO}",
            id="some web checks",
        ),
        pytest.param(
            {"other_family": V6_SILENT, "uplink": an_uplink(require_ipv6=True)},
            f"check the IPv6 address and default route of eth1, then call {WHO}: IPv6 is dead",
            id="required IPv6",
        ),
        pytest.param(
            {"gateway": GATEWAY_SILENT},
            "traffic passes, but gateway 203.0.113.1 stopped answering echoes: check its load; if that is meant, set "
            "`gateway_required = false`",
            id="gateway silent",
        ),
        pytest.param({}, "nothing to do", id="fine"),
        pytest.param(
            {"dns": names(OK, provider=SILENT)}, f"usable; tell {WHO} that its resolver does not answer", id="resolver"
        ),
        pytest.param(
            {"other_family": V6_SILENT, "budget_is_spent": True},
            f"usable by IPv4; check the IPv6 address and default route, then tell {WHO}",
            id="the most useful note first",
        ),
        pytest.param(
            {"budget_is_spent": True},
            "usable by its echoes; web and names are not measured until the new month",
            id="budget spent but up",
        ),
        pytest.param(
            {"pings": echoes(OK, OK, SILENT)},
            "nothing to do; replace the silent target if it stays silent",
            id="silent target",
        ),
    ],
)
def test_what_to_do(seen: dict[str, Any], text: str) -> None:
    assert advice(**seen) == text


OWN = "see whether your own traffic fills the line (`bandwidth_mbps` lets the monitor tell)"


@pytest.mark.parametrize(
    ("bandwidth", "quality", "text"),
    [
        pytest.param(
            {},
            figures(lost=9, recent_lost=5),
            f"check the cable and port errors of eth1, then report the loss to {WHO} with its graph",
            id="loss",
        ),
        pytest.param({}, figures(latency_ms=500.0), f"{OWN}; if not, report it to {WHO} with its graph", id="slow"),
        pytest.param({}, figures(jitter_ms=90.0), f"{OWN}; if not, report it to {WHO} with its graph", id="unsteady"),
        pytest.param(
            {"up_mbps": 20.0},
            figures(latency_ms=500.0),
            f"the line is not full, so this is not your own traffic: report it to {WHO} with its graph",
            id="slow though not full",
        ),
    ],
)
def test_what_to_do_about_quality(bandwidth: dict[str, Any], quality: Any, text: str) -> None:
    uplink = an_uplink(limits=replace(LIMITS, latency_ms=Threshold(300, 240), jitter_ms=Threshold(60, 48)))
    uplink = replace(uplink, contract=replace(uplink.contract, **bandwidth))

    assert advice(uplink=uplink, quality=uplink_quality([quality])) == text


def test_when_all_went_at_once_look_at_what_they_share_first() -> None:
    fell = Peer("lte", State.DOWN, Fault.ACCESS, NOON)

    text = advice(fell, **DEAD, gateway=GATEWAY_SILENT)

    assert text.startswith("all uplinks went at once: check power, cabling and whatever they share before you call")
    assert text.endswith(f"call {WHO}: gateway 203.0.113.1 does not answer")


def test_a_provider_without_a_name_is_the_provider() -> None:
    assert advice(**DEAD, gateway=None, uplink=an_uplink(contract=Contract())).startswith("call the provider: ")
