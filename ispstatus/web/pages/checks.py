"""A verdict's evidence as rows of a table, and two traces side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ispstatus.decide.cite import cite
from ispstatus.model.evidence import Evidence
from ispstatus.model.record import Outage
from ispstatus.model.sample import Trace
from ispstatus.web.pages.words import figure

_WORDS = {
    "ok": "ok",
    "silent": "no answer",
    "failed": "failed",
    "intercepted": "intercepted",
    "unmeasured": "not measured",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One row of evidence."""

    kind: str
    target: str
    css: str
    """``ok``, ``bad`` or ``unmeasured``."""
    result: str
    ms: str
    remark: str


@dataclass(frozen=True, slots=True)
class HopRow:
    """The same hop, while all was well and when it broke; "" where there is none."""

    ttl: int
    before: str
    at_failure: str


def checks_of(evidence: Evidence | None) -> tuple[Check, ...]:
    """Return a row per check of the cycle."""
    return () if evidence is None else tuple(_rows(cite(evidence)))


def _rows(cited: dict[str, Any]) -> Iterator[Check]:
    if cited["gw_ping"] is not None:
        yield _check("gateway", cited["gw_ping"]["target"], cited["gw_ping"], "rtt_ms")
    for ping in cited["ping"]:
        yield _check("ping", f"{ping['target']} ({ping['network']})", ping, "rtt_ms")
    for http in cited["http"]:
        yield _check("web", http["url"], http, "ms")
    for dns in cited["dns"]:
        whose = ", the provider's" if dns["provider"] else ""
        yield _check("name", f"{dns['name']} at {dns['resolver']}{whose}", dns, "ms")
    for ping in cited["other_family"]:
        yield _check("other family", f"{ping['target']} ({ping['network']})", ping, "rtt_ms")


def _check(kind: str, target: str, sample: dict[str, Any], ms: str) -> Check:
    css = {True: "ok", False: "bad", None: "unmeasured"}[sample["ok"]]
    remarks = [sample["error"] or ""]
    if sample.get("age_s"):
        remarks.append(f"{sample['age_s']:.0f} s old")
    if sample.get("addresses") and sample["ok"] is not True:
        remarks.append(", ".join(sample["addresses"]))
    return Check(kind, target, css, _WORDS[sample["outcome"]], figure(sample[ms]), "; ".join(filter(None, remarks)))


def hops_of(outages: tuple[Outage, ...], baseline: Trace | None) -> tuple[HopRow, ...]:
    """Return the trace of the newest outage that has one, beside the baseline of then; else the present baseline."""
    failed = next((outage for outage in outages if outage.trace), None)
    after = _hops(failed.trace if failed else None)
    before = _hops(failed.baseline_trace) if failed and failed.baseline_trace else _baseline_hops(baseline)
    last = max((*before, *after), default=0)
    return tuple(HopRow(ttl, before.get(ttl, ""), after.get(ttl, "")) for ttl in range(1, last + 1))


def _hops(trace: dict[str, Any] | None) -> dict[int, str]:
    hops = trace["hops"] if trace else []
    return _trimmed({hop["ttl"]: _hop(hop["address"], hop["rtt_ms"]) for hop in hops})


def _baseline_hops(trace: Trace | None) -> dict[int, str]:
    return _trimmed({hop.ttl: _hop(hop.address, hop.rtt_ms) for hop in trace.hops} if trace else {})


def _hop(address: str | None, rtt_ms: float | None) -> str:
    return "silent" if address is None else f"{address}  {figure(rtt_ms)} ms"


def _trimmed(hops: dict[int, str]) -> dict[int, str]:
    """Return the hops up to the first silent one after the last that answered."""
    last = max((ttl for ttl, words in hops.items() if words != "silent"), default=0)
    return {ttl: words for ttl, words in hops.items() if ttl <= last + 1}
