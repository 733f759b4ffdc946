"""Hypothesis strategies for whole cycles: any mixture of answers, silence, tampering and what we missed."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from ispstatus.analytics.quality import uplink_quality
from ispstatus.model.decision import Memory
from ispstatus.model.evidence import Evidence
from ispstatus.model.net import LinkStatus, PathProof
from ispstatus.model.quality import Quality
from ispstatus.model.sample import DnsSample, HttpSample
from ispstatus.model.uplink import HttpTarget, PingTarget
from tests.helpers.make import (
    FAILED,
    INTERCEPTED,
    NOON,
    OK,
    PLAN,
    SILENT,
    UNMEASURED,
    a_path,
    an_echo,
    an_uplink,
    evidence,
    figures,
    networks,
)

PINGS = tuple(PingTarget(f"192.0.2.{n}", f"P{n}") for n in range(1, 6))
HTTPS = tuple(HttpTarget(f"http://h{n}.example/", f"H{n}") for n in range(1, 6))
ECHO = st.sampled_from([OK, SILENT, FAILED, UNMEASURED])
WEB = st.sampled_from([OK, FAILED, INTERCEPTED, UNMEASURED])


@st.composite
def cycles(draw: st.DrawFn, *, sane_path: bool = True) -> Evidence:
    """Draw a cycle of an uplink with up to five echo targets and five web checks."""
    pings, https = PINGS[: draw(st.integers(0, 5))], HTTPS[: draw(st.integers(0, 5))]
    uplink = an_uplink(
        plan=replace(PLAN, ping=pings, http=https),
        gateway_required=draw(st.sampled_from([None, True, False])),
        dns_required=draw(st.booleans()),
    )
    changes: dict[str, Any] = {} if sane_path else draw(paths())
    return evidence(
        uplink=uplink,
        gateway=draw(st.none() | ECHO.map(lambda outcome: an_echo("203.0.113.1", outcome))),
        pings=tuple(an_echo(target, draw(ECHO)) for target in pings),
        https=tuple(HttpSample(t.url, t.network, draw(WEB)) for t in https),
        dns=draw(answers()),
        was_late=draw(st.booleans()),
        **changes,
    )


@st.composite
def answers(draw: st.DrawFn, most: int = 3) -> tuple[DnsSample, ...]:
    """Draw what up to three resolvers did."""
    count = draw(st.integers(0, most))
    return tuple(
        DnsSample(f"198.51.100.{n}", "example.com", draw(WEB), is_provider=draw(st.booleans())) for n in range(count)
    )


@st.composite
def paths(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a path that may lack anything."""
    return {
        "path": a_path(
            link=draw(st.sampled_from(list(LinkStatus))),
            source=draw(st.sampled_from([None, "203.0.113.2"])),
            has_default=draw(st.booleans()),
        ),
        "proof": draw(st.sampled_from([None, PathProof(7, is_proven=True), PathProof(7, is_proven=False)])),
    }


@st.composite
def memories(draw: st.DrawFn) -> Memory:
    """Draw what an uplink may remember."""
    return Memory(
        ping_networks=networks(*draw(st.sets(st.sampled_from([t.network for t in PINGS])))),
        http_networks=networks(*draw(st.sets(st.sampled_from([t.network for t in HTTPS])))),
        gateway_address=draw(st.sampled_from([None, "203.0.113.1"])),
        gateway_answers=draw(st.integers(0, 3)),
        proven_at=draw(st.sampled_from([None, NOON])),
        exceeded=frozenset(draw(st.sets(st.sampled_from(["loss", "latency", "jitter"])))),
    )


def qualities() -> st.SearchStrategy[Quality | None]:
    """Draw a healthy stream, a lossy one, or none."""
    lossy = uplink_quality([figures(lost=9, recent_lost=6)])
    return st.sampled_from([None, uplink_quality([figures()]), lossy])
