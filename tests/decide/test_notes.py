"""Notes: told beside a verdict, never instead of one."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.ladder import decide
from ispstatus.decide.notes import other_family_is_broken
from ispstatus.model.decision import Memory, Peer
from ispstatus.model.net import LinkStatus
from ispstatus.model.state import Fault, Note, State
from ispstatus.model.uplink import Threshold
from tests.helpers.make import (
    FAILED,
    LIMITS,
    NOON,
    OK,
    PINGS,
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
)

DATED = (*https(OK, OK), replace(https(None, None, FAILED)[0], is_date_only_tls_error=True))
V6_SILENT = (an_echo("2001:db8::1", SILENT), an_echo("2001:db8::2", SILENT))


def told(*peers: Peer, memory: Memory | None = None, quality: Any = None, **seen: Any) -> list[Note]:
    decision, _ = decide(evidence(**seen), quality, memory or a_memory(), peers)
    return list(decision.notes)


@pytest.mark.parametrize(
    ("seen", "notes"),
    [
        pytest.param({}, [], id="nothing to tell"),
        pytest.param({"pings": echoes(OK, OK, SILENT)}, [Note.TARGET_SILENT], id="one target silent"),
        pytest.param({"pings": echoes(OK, OK, UNMEASURED)}, [], id="one target unmeasured"),
        pytest.param({"dns": names(OK, provider=SILENT)}, [Note.PROVIDER_DNS_SILENT], id="provider's resolver silent"),
        pytest.param({"budget_is_spent": True}, [Note.BUDGET_SPENT], id="budget spent"),
        pytest.param({"other_family": V6_SILENT}, [Note.IPV6_BROKEN], id="IPv6 broken"),
        pytest.param({"other_family": (V6_SILENT[0], an_echo("2001:db8::2"))}, [], id="IPv6 half broken"),
        pytest.param(
            {"clock_is_synchronised": False, "https": DATED},
            [Note.CLOCK_UNSYNCHRONISED],
            id="certificate dates under a clock adrift",
        ),
        pytest.param({"clock_is_synchronised": False}, [], id="a clock adrift that mattered to nobody"),
        pytest.param({"https": DATED}, [], id="certificate dates under a good clock"),
        pytest.param(
            {"pings": echoes(OK, OK, SILENT), "budget_is_spent": True, "other_family": V6_SILENT},
            [Note.TARGET_SILENT, Note.BUDGET_SPENT, Note.IPV6_BROKEN],
            id="several, in order",
        ),
    ],
)
def test_notes_about_checks(seen: dict[str, Any], notes: list[Note]) -> None:
    assert told(**seen) == notes


def test_a_broken_ipv4_beside_an_ipv6_verdict() -> None:
    v6 = replace(PINGS[0], address="2001:db8::9")

    assert told(
        path=a_path(family=6, source="2001:db8::2", gateway="fe80::1%eth1"),
        pings=(an_echo(v6),),
        other_family=(an_echo("192.0.2.1", FAILED),),
    ) == [Note.IPV4_BROKEN]


def test_a_muted_target_is_told_although_this_cycle_did_not_ask_it() -> None:
    quality = uplink_quality([figures(), figures(PINGS[1]), figures(PINGS[2], is_muted=True)])

    assert told(quality=quality, pings=echoes(OK, OK)) == [Note.TARGET_SILENT]


def test_when_no_target_answers_none_is_singled_out() -> None:
    quality = uplink_quality([figures(PINGS[2], is_muted=True)])

    assert told(quality=quality, pings=echoes(SILENT, SILENT, SILENT)) == []


def test_slowness_under_load_is_told() -> None:
    uplink = an_uplink(limits=replace(LIMITS, latency_ms=Threshold(300, 240)))

    assert told(uplink=uplink, quality=uplink_quality([figures(latency_ms=400.0)], is_loaded=True)) == [Note.LOADED]


def test_the_other_family_is_broken_only_if_measured_whole() -> None:
    assert not other_family_is_broken(evidence())
    assert not other_family_is_broken(evidence(other_family=(V6_SILENT[0], an_echo("2001:db8::2", UNMEASURED))))
    assert other_family_is_broken(evidence(other_family=V6_SILENT))


# -------------------------------------------------------------------- the other uplinks
CUT: dict[str, Any] = {"path": a_path(link=LinkStatus.NO_CARRIER)}


def peer(state: State, changed_at: datetime | None = NOON, name: str = "lte") -> Peer:
    return Peer(name, state, Fault.NONE if state is State.UP else Fault.ACCESS, changed_at)


@pytest.mark.parametrize(
    ("peers", "notes"),
    [
        pytest.param([], [], id="no other uplink"),
        pytest.param([peer(State.UP), peer(State.UP)], [Note.OTHERS_FINE], id="the others are up"),
        pytest.param([peer(State.UP), peer(State.DEGRADED)], [], id="one of the others limps"),
        pytest.param([peer(State.UP), peer(State.DOWN)], [], id="one of the others is down"),
        pytest.param([peer(State.UNKNOWN)], [], id="the other is not known"),
        pytest.param([peer(State.DOWN, at(-30)), peer(State.DOWN, at(30))], [Note.ALL_AT_ONCE], id="all within 30 s"),
        pytest.param([peer(State.DOWN, at(-31))], [], id="the other was down before"),
        pytest.param([peer(State.DOWN, at(31))], [], id="the other fell later"),
        pytest.param([peer(State.DOWN, None)], [], id="nobody knows when the other fell"),
    ],
)
def test_notes_about_the_other_uplinks(peers: list[Peer], notes: list[Note]) -> None:
    assert told(*peers, **CUT) == notes


def test_all_at_once_stays_true_as_the_outage_lasts() -> None:
    memory = a_memory(down_since_at=at(-3600))

    assert told(peer(State.DOWN, at(-3610)), memory=memory, **CUT) == [Note.ALL_AT_ONCE]


def test_peers_are_told_for_a_degraded_uplink_but_not_for_a_healthy_or_unknown_one() -> None:
    fine = peer(State.UP)

    assert told(fine, https=https(FAILED, FAILED, FAILED)) == [Note.OTHERS_FINE]
    assert told(fine) == []
    assert told(fine, proof=None) == []


def test_a_degraded_uplink_did_not_go_with_the_others() -> None:
    assert told(peer(State.DOWN), https=https(FAILED, FAILED, FAILED)) == []


def test_notes_never_change_a_verdict() -> None:
    for peers in ([], [peer(State.UP)], [peer(State.DOWN)]):
        decision, _ = decide(evidence(**CUT), None, a_memory(), peers)
        assert (decision.state, decision.fault) == (State.DOWN, Fault.ACCESS)
