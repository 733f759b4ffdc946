"""When a silent gateway counts against an uplink, and when it is not even asked."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network

from ispstatus.model.decision import Memory
from ispstatus.model.net import Path
from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.model.uplink import Uplink

ANSWERS_TO_REQUIRE = 3
FORGOTTEN_AFTER = timedelta(hours=24)
INSIDE = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)
"""RFC 1918, RFC 6598 (a carrier's own NAT), RFC 4193 and link-local. Not ``is_private``, which has more in it."""


def is_nat(uplink: Uplink, path: Path) -> bool:
    """Whether addresses are translated behind the gateway: configured, else a private source and a private gateway."""
    if uplink.nat is not None:
        return uplink.nat
    return _is_inside(path.source) and _is_inside(path.gateway)


def is_asked(uplink: Uplink, path: Path) -> bool:
    """Whether the gateway's echo is evidence at all; if not, ``gw_ping`` is null."""
    if path.gateway is None or uplink.nat:
        return False
    return uplink.gateway_required is True or not is_nat(uplink, path)


def is_required(uplink: Uplink, path: Path, memory: Memory) -> bool:
    """Whether a silent gateway counts: as configured, on "auto" once this very address has answered three times."""
    if not is_asked(uplink, path):
        return False
    if uplink.gateway_required is not None:
        return uplink.gateway_required
    return memory.gateway_address == path.gateway and memory.gateway_answers >= ANSWERS_TO_REQUIRE


def learn(memory: Memory, path: Path, sample: EchoSample | None, *, now_at: datetime, outside_works: bool) -> Memory:
    """Return ``memory`` with what this cycle says about the gateway.

    A new address starts afresh. An answer counts, up to three. A gateway that stays silent for 24 h while the
    outside works is forgotten: it does not answer echoes any more, and that is no fault.
    """
    if path.gateway is not None and path.gateway != memory.gateway_address:
        memory = _forgotten(memory, path.gateway)
    if sample is None or not sample.outcome.is_measured:
        return memory
    if sample.outcome is Outcome.OK:
        answers = min(ANSWERS_TO_REQUIRE, memory.gateway_answers + 1)
        return replace(memory, gateway_answers=answers, gateway_seen_at=now_at, gateway_silent_at=None)
    if not outside_works:
        return replace(memory, gateway_silent_at=None)
    silent_at = memory.gateway_silent_at or now_at
    if now_at - silent_at >= FORGOTTEN_AFTER:
        return _forgotten(memory, memory.gateway_address)
    return replace(memory, gateway_silent_at=silent_at)


def _forgotten(memory: Memory, address: str | None) -> Memory:
    return replace(memory, gateway_address=address, gateway_answers=0, gateway_seen_at=None, gateway_silent_at=None)


@lru_cache(maxsize=256)
def _is_inside(address: str | None) -> bool:
    if address is None:
        return False
    ip = ip_address(address.partition("%")[0])
    return any(ip in network for network in INSIDE)
