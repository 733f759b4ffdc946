"""What the operator should do now, reason by reason: read at 3 a.m., by somebody who did not build this."""

from collections.abc import Callable, Sequence
from typing import Final

from ispstatus.decide.case import Case, is_session_link
from ispstatus.model.state import Fault, Note, Reason
from ispstatus.model.uplink import Contract

Advice = Callable[[Case], str]


def provider_text(contract: Contract) -> str:
    """Return whom to call: "Liquid (circuit ABC-123)", or as much of it as is known."""
    who = contract.isp or "the provider"
    return f"{who} (circuit {contract.circuit_id})" if contract.circuit_id else who


def next_check(case: Case, reason: Reason, notes: Sequence[Note]) -> str:
    """Return one instruction: what to look at, and whom to call with what."""
    if Note.ALL_AT_ONCE in notes:
        shared = "all uplinks went at once: check power, cabling and whatever they share before you call anybody"
        return f"{shared}; then {_ADVICE[reason](case)}"
    if reason is Reason.OK:
        asked_for = (text.format(who=_who(case)) for note, text in _ON_NOTES if note in notes)
        return next(asked_for, "nothing to do")
    return _ADVICE[reason](case)


def _who(case: Case) -> str:
    return provider_text(case.evidence.uplink.contract)


def _missing(case: Case) -> str:
    device = case.evidence.path.device
    if is_session_link(device):
        return f"check the modem and the session on {device} (credentials, SIM, signal), then call {_who(case)}"
    return (
        f"check that the adapter of {device} is plugged in and its driver loaded; a rename belongs in the configuration"
    )


def _admin_down(case: Case) -> str:
    device = case.evidence.path.device
    return f"somebody switched {device} off: switch it on with `ip link set {device} up` unless that was meant"


def _no_carrier(case: Case) -> str:
    device, who = case.evidence.path.device, _who(case)
    if case.evidence.uplink.carrier_fault is Fault.LOCAL:
        return f"check cable, port and switch between {device} and the provider's device"
    return f"check the cable at {device} and the power of the modem or ONT; if both are good, call {who}: no link"


def _no_address(case: Case) -> str:
    device, source = case.evidence.path.device, case.evidence.uplink.source
    if source is not None:
        return f"give {device} its address {source} again, or correct `source` in the configuration"
    return f"renew the lease on {device} (restart its DHCP or PPP client); if none comes, call {_who(case)}: no address"


def _no_route(case: Case) -> str:
    device = case.evidence.path.device
    return f"renew the lease or put the default route by {device} back; `ip route show default` shows what is left"


def _unproven(case: Case) -> str:
    device = case.evidence.path.device
    return (
        f"not a provider fault: compare `ip rule` and `ip route show table all` with `ispstatus check`, and give "
        f"{device} its own default route"
    )


def _unmeasured(case: Case) -> str:
    if case.evidence.budget_is_spent:
        return "not a provider fault: raise `probe_budget_mb_month`, or wait for the new month"
    return "not a provider fault: run `ispstatus check` on this box and correct what it names (permission, resources)"


def _late(_case: Case) -> str:
    return (
        "not a provider fault: look for high load, suspend or a stalled disk on this box; the next cycle judges again"
    )


def _portal(case: Case) -> str:
    return (
        f"open a plain http:// page through this uplink and accept or pay what it shows; if it shows nothing, ask "
        f"{_who(case)} why web traffic is answered by somebody else"
    )


def _gateway_unreachable(case: Case) -> str:
    gateway = case.evidence.path.gateway
    call = f"call {_who(case)}: gateway {gateway} does not answer"
    return f"restart the modem or router in front of {gateway}; if it stays silent, {call}"


def _no_external(case: Case) -> str:
    how_far = "your gateway answers, nothing beyond it does" if case.gateway_answers else "nothing outside answers"
    return f"call {_who(case)}: {how_far}; the trace in the outage record shows the last hop that answered"


def _dns(case: Case) -> str:
    if case.dns.answering:
        return f"use a public resolver on this uplink for now, and tell {_who(case)} that its resolver fails"
    return f"addresses work, names do not: check for a firewall that blocks port 53, then call {_who(case)}"


def _web(case: Case) -> str:
    return f"pings pass, web does not: check firewall, proxy and MTU on this path, then call {_who(case)}"


def _pings(case: Case) -> str:
    return (
        f"traffic passes, echoes stopped: ask {_who(case)} whether it filters ICMP now; check your own firewall first"
    )


def _partial(case: Case) -> str:
    if not (case.pings.is_partial or case.https.is_partial):
        device = case.evidence.path.device
        return f"check the IPv6 address and default route of {device}, then call {_who(case)}: IPv6 is dead"
    return f"some of the Internet is out of reach: send the trace of this record to {_who(case)}"


def _gateway_silent(case: Case) -> str:
    gateway = case.evidence.path.gateway
    return (
        f"traffic passes, but gateway {gateway} stopped answering echoes: check its load; if that is meant, set "
        "`gateway_required = false`"
    )


def _loss(case: Case) -> str:
    device = case.evidence.path.device
    return f"check the cable and port errors of {device}, then report the loss to {_who(case)} with its graph"


def _slow(case: Case) -> str:
    contract = case.evidence.uplink.contract
    if contract.down_mbps is None and contract.up_mbps is None:
        own = "see whether your own traffic fills the line (`bandwidth_mbps` lets the monitor tell)"
        return f"{own}; if not, report it to {_who(case)} with its graph"
    return f"the line is not full, so this is not your own traffic: report it to {_who(case)} with its graph"


_ADVICE: Final[dict[Reason, Advice]] = {
    Reason.IFACE_MISSING: _missing,
    Reason.IFACE_ADMIN_DOWN: _admin_down,
    Reason.NO_CARRIER: _no_carrier,
    Reason.NO_ADDRESS: _no_address,
    Reason.NO_ROUTE: _no_route,
    Reason.PATH_UNPROVEN: _unproven,
    Reason.CANNOT_MEASURE: _unmeasured,
    Reason.LATE: _late,
    Reason.CAPTIVE_PORTAL: _portal,
    Reason.GATEWAY_UNREACHABLE: _gateway_unreachable,
    Reason.NO_EXTERNAL: _no_external,
    Reason.DNS_FAILED: _dns,
    Reason.HTTP_FAILED_PING_OK: _web,
    Reason.PING_FAILED_HTTP_OK: _pings,
    Reason.PING_PARTIAL: _partial,
    Reason.HTTP_PARTIAL: _partial,
    Reason.GATEWAY_SILENT: _gateway_silent,
    Reason.HIGH_LOSS: _loss,
    Reason.HIGH_LATENCY: _slow,
    Reason.HIGH_JITTER: _slow,
}

_ON_NOTES: Final = (
    (Note.PROVIDER_DNS_SILENT, "usable; tell {who} that its resolver does not answer"),
    (Note.IPV6_BROKEN, "usable by IPv4; check the IPv6 address and default route, then tell {who}"),
    (Note.IPV4_BROKEN, "usable by IPv6; check the IPv4 address and default route, then tell {who}"),
    (Note.CLOCK_UNSYNCHRONISED, "usable; set this box's clock (NTP)"),
    (Note.BUDGET_SPENT, "usable by its echoes; web and names are not measured until the new month"),
    (Note.TARGET_SILENT, "nothing to do; replace the silent target if it stays silent"),
)
"""What a healthy uplink's notes ask for, the most useful first."""
