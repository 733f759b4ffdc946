"""The sentence, as an operator reads it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.case import Grade, open_case
from ispstatus.decide.ladder import decide
from ispstatus.decide.sentence import duration_text, explain, state_text
from ispstatus.model.decision import Decision, Memory, Peer
from ispstatus.model.net import LinkStatus, PathProof
from ispstatus.model.quality import Quality
from ispstatus.model.state import Fault, Reason, State
from ispstatus.model.uplink import Threshold
from tests.helpers.make import (
    FAILED,
    INTERCEPTED,
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

FINE = Peer("lte", State.UP, Fault.NONE, NOON)
FELL = Peer("lte", State.DOWN, Fault.ACCESS, NOON)
DEAD: dict[str, Any] = {
    "pings": echoes(SILENT, SILENT, SILENT),
    "https": https(FAILED, FAILED, FAILED),
    "dns": names(SILENT),
}
GATEWAY_SILENT = an_echo("203.0.113.1", SILENT)
TIMEOUT = tuple(replace(sample, error="timeout after 4 s") for sample in https(FAILED, FAILED, FAILED))
PORTAL = (replace(https(INTERCEPTED)[0], error="redirect to login.example"),)
ADRIFT = (*https(OK, OK), replace(https(None, None, FAILED)[0], is_date_only_tls_error=True))


def told(*peers: Peer, memory: Memory | None = None, quality: Quality | None = None, **seen: Any) -> str:
    decision, _ = decide(evidence(**seen), quality, memory or a_memory(), peers)
    return decision.explanation


@pytest.mark.parametrize(
    ("seen", "peers", "sentence"),
    [
        pytest.param(
            {**DEAD, "gateway": GATEWAY_SILENT},
            [FINE, FINE],
            "carrier present, gateway silent, 0 of 3 networks answer; the other uplinks are fine",
            id="gateway silent",
        ),
        pytest.param(
            DEAD,
            [FINE],
            "carrier present, gateway answers, 0 of 3 networks answer; the other uplink is fine",
            id="silence beyond the gateway",
        ),
        pytest.param({**DEAD, "gateway": None}, [], "carrier present, 0 of 3 networks answer", id="no gateway to ask"),
        pytest.param(
            {**DEAD, "uplink": an_uplink(gateway_required=False), "gateway": GATEWAY_SILENT},
            [],
            "carrier present, 0 of 3 networks answer",
            id="a gateway whose silence means nothing is not told",
        ),
        pytest.param(
            {"path": a_path(link=LinkStatus.MISSING)}, [], "interface eth1 does not exist", id="missing hardware"
        ),
        pytest.param(
            {"path": a_path(link=LinkStatus.MISSING, device="ppp0")}, [], "no session: ppp0 is gone", id="no session"
        ),
        pytest.param(
            {"path": a_path(link=LinkStatus.ADMIN_DOWN)},
            [],
            "interface eth1 is switched off on this box",
            id="switched off",
        ),
        pytest.param(
            {"path": a_path(link=LinkStatus.NO_CARRIER)},
            [FELL],
            "no carrier on eth1; all uplinks went at once: power, cabling or a shared provider",
            id="all went at once",
        ),
        pytest.param({"path": a_path(source=None)}, [], "carrier present, eth1 has no IPv4 address", id="no address"),
        pytest.param(
            {"path": a_path(source=None), "uplink": an_uplink(source="203.0.113.2")},
            [],
            "carrier present, eth1 has no address 203.0.113.2",
            id="the configured address is gone",
        ),
        pytest.param(
            {"path": a_path(has_default=False)},
            [],
            "carrier present, address 203.0.113.2, no default route leaves by eth1",
            id="no route",
        ),
        pytest.param(
            {"proof": PathProof(7, is_proven=False, problems=("192.0.2.1 would leave by eth9", "more"))},
            [],
            "carrier present, cannot prove that probes leave by eth1: 192.0.2.1 would leave by eth9",
            id="a wrong route",
        ),
        pytest.param(
            {"proof": None}, [], "carrier present, cannot prove that probes leave by eth1", id="a route not proven"
        ),
        pytest.param(
            {"pings": (an_echo(PINGS[0], UNMEASURED, error="no permission for raw sockets"),), "https": ()},
            [],
            "could not measure: no permission for raw sockets",
            id="no permission",
        ),
        pytest.param(
            {"pings": (), "https": ()},
            [],
            "could not measure: too few checks came to a result we can vouch for",
            id="nothing measured",
        ),
        pytest.param(
            {"pings": (), "https": (), "budget_is_spent": True},
            [],
            "not measured: the month's probe budget is spent",
            id="no budget",
        ),
        pytest.param(
            {"pings": (), "https": (), "was_late": True},
            [],
            "could not measure: this box stood still while the checks ran",
            id="late",
        ),
        pytest.param(
            {"https": PORTAL},
            [],
            "somebody else answers for http://one.example/ (redirect to login.example), 3 of 3 networks answer",
            id="a portal",
        ),
        pytest.param(
            {"https": https(INTERCEPTED)},
            [],
            "somebody else answers for http://one.example/, 3 of 3 networks answer",
            id="a portal that says nothing",
        ),
        pytest.param(
            {"https": TIMEOUT},
            [],
            "3 of 3 networks answer, 0 of 3 web checks ok (timeout after 4 s)",
            id="web fails",
        ),
        pytest.param(
            {"pings": echoes(SILENT, SILENT, SILENT)},
            [],
            "0 of 3 networks answer, 3 of 3 web checks ok",
            id="pings fail",
        ),
        pytest.param(
            {"pings": echoes(OK, SILENT, SILENT)},
            [],
            "1 of 3 networks answers, 3 of 3 web checks ok; 192.0.2.2, 192.0.2.3 are silent",
            id="one ping of three",
        ),
        pytest.param(
            {"https": https(OK, FAILED, FAILED)}, [], "3 of 3 networks answer, 1 of 3 web checks ok", id="one web check"
        ),
        pytest.param(
            {"dns": names(SILENT, provider=FAILED)},
            [],
            "0 of 2 resolvers answer, 3 of 3 networks answer",
            id="no names",
        ),
        pytest.param(
            {"dns": names(INTERCEPTED)},
            [],
            "0 of 1 resolver answer with the addresses expected, 3 of 3 networks answer",
            id="wrong names",
        ),
        pytest.param(
            {"dns": names(OK, provider=SILENT), "uplink": an_uplink(dns_required=True)},
            [],
            "the provider's resolver fails, public ones answer, 3 of 3 networks answer",
            id="the required resolver fails, and it is told once",
        ),
        pytest.param(
            {"dns": names(OK, provider=SILENT)},
            [],
            "3 of 3 networks answer, 3 of 3 web checks ok, gateway answers; the provider's resolver is silent",
            id="the provider's resolver fails",
        ),
        pytest.param(
            {"gateway": GATEWAY_SILENT},
            [],
            "gateway silent, outside fine, 3 of 3 networks answer, 3 of 3 web checks ok",
            id="only the gateway is silent",
        ),
        pytest.param(
            {"other_family": (an_echo("2001:db8::1", SILENT),), "uplink": an_uplink(require_ipv6=True)},
            [],
            "IPv6 is required and silent, 3 of 3 networks answer, 3 of 3 web checks ok",
            id="required IPv6 is told once",
        ),
        pytest.param(
            {"other_family": (an_echo("2001:db8::1", FAILED, sent=0),), "uplink": an_uplink(require_ipv6=True)},
            [],
            "IPv6 is required and not there, 3 of 3 networks answer, 3 of 3 web checks ok",
            id="required IPv6 without address or route",
        ),
        pytest.param(
            {
                "other_family": (an_echo("2001:db8::1", SILENT),),
                "uplink": an_uplink(require_ipv6=True),
                "pings": echoes(OK, SILENT, SILENT),
            },
            [],
            "1 of 3 networks answers, 3 of 3 web checks ok; 192.0.2.2, 192.0.2.3 are silent; IPv6 does not work",
            id="IPv6 beside partial pings",
        ),
        pytest.param({}, [FINE], "3 of 3 networks answer, 3 of 3 web checks ok, gateway answers", id="all fine"),
        pytest.param(
            {"pings": echoes(OK, SILENT, OK), "budget_is_spent": True},
            [],
            "2 of 3 networks answer, 3 of 3 web checks ok, gateway answers; 192.0.2.2 is silent; "
            "the month's probe budget is spent",
            id="notes follow the facts",
        ),
        pytest.param(
            {"https": ADRIFT, "clock_is_synchronised": False},
            [],
            "3 of 3 networks answer, 2 of 2 web checks ok, gateway answers; "
            "certificate dates not judged: this box's clock is not synchronised",
            id="certificate dates set aside",
        ),
    ],
)
def test_what_was_seen(seen: dict[str, Any], peers: list[Peer], sentence: str) -> None:
    assert told(*peers, **seen) == sentence


def test_no_route_that_never_was() -> None:
    sentence = told(memory=Memory(), path=a_path(has_default=False), proof=None)

    assert sentence == "carrier present, no default route leaves by eth1, and none ever did: nothing was probed"


def test_web_alone_speaks_where_pings_are_not_measured() -> None:
    sentence = told(memory=a_memory(ping_networks={}), pings=(), https=TIMEOUT)

    assert sentence == "carrier present, gateway answers, 0 of 3 web checks ok (timeout after 4 s)"


def test_pings_alone_speak_where_web_is_not_measured() -> None:
    assert told(memory=a_memory(http_networks={}), https=()) == "3 of 3 networks answer, gateway answers"


def test_a_broken_ipv4_beside_ipv6() -> None:
    sentence = told(
        memory=a_memory(ping_networks={}),
        path=a_path(family=6),
        pings=(),
        gateway=None,
        other_family=(an_echo("192.0.2.9", SILENT),),
    )

    assert sentence == "3 of 3 web checks ok; IPv4 does not work"


def test_a_muted_target_is_named_once() -> None:
    quality = uplink_quality([figures(t, is_muted=t is not PINGS[0]) for t in PINGS])

    sentence = told(quality=quality, pings=echoes(OK, SILENT))

    assert sentence.endswith("; 192.0.2.2, 192.0.2.3 are silent")


@pytest.mark.parametrize(
    ("quality", "was", "sentence"),
    [
        pytest.param(figures(lost=3, recent_lost=3), "", "3 of the last 20 echoes are lost", id="quick loss"),
        pytest.param(figures(lost=6, recent_lost=2), "", "6 of the last 60 echoes are lost, limit 5 %", id="slow loss"),
        pytest.param(
            figures(lost=2, recent_lost=1),
            "loss",
            "1 of the last 20 echoes are lost, clear at 2 %",
            id="lingering loss",
        ),
        pytest.param(figures(latency_ms=412.4), "", "latency 412 ms, limit 300 ms", id="slow"),
        pytest.param(figures(latency_ms=260.0), "latency", "latency still 260 ms, clear at 240 ms", id="still slow"),
        pytest.param(figures(jitter_ms=75.0), "", "jitter 75 ms, limit 60 ms", id="unsteady"),
        pytest.param(figures(jitter_ms=50.0), "jitter", "jitter still 50 ms, clear at 48 ms", id="still unsteady"),
    ],
)
def test_quality_is_told_with_its_limit(quality: Any, was: str, sentence: str) -> None:
    limits = replace(LIMITS, latency_ms=Threshold(300, 240), jitter_ms=Threshold(60, 48))
    memory = a_memory(exceeded=frozenset({was} - {""}))

    assert told(memory=memory, quality=uplink_quality([quality]), uplink=an_uplink(limits=limits)) == sentence


@pytest.mark.parametrize("reason", [Reason.HIGH_LATENCY, Reason.HIGH_JITTER, Reason.HIGH_LOSS])
def test_a_figure_that_went_missing_is_told_as_not_cleared(reason: Reason) -> None:
    case = open_case(evidence(), None, a_memory(), Grade())

    sentence = explain(case, reason, (), ())

    assert sentence == f"{reason.value.removeprefix('high_')} was over its limit and has not cleared"


def test_a_limit_that_is_not_learnt_yet_is_not_told() -> None:
    memory = a_memory(exceeded=frozenset({"latency"}), first_up_at=None)

    sentence = told(memory=memory, quality=uplink_quality([figures(latency_ms=900.0)]))

    assert sentence == "latency was over its limit and has not cleared"


def test_slow_by_its_own_traffic() -> None:
    uplink = an_uplink(limits=replace(LIMITS, latency_ms=Threshold(300, 240)))

    sentence = told(uplink=uplink, quality=uplink_quality([figures(latency_ms=500.0)], is_loaded=True))

    assert sentence.endswith("gateway answers; slow because its own traffic fills it")


def test_a_spent_budget_is_told_beside_a_line_it_left_unmeasured() -> None:
    assert told(pings=(), https=(), budget_is_spent=True).count("budget") == 1


# -------------------------------------------------------------------- since when
PLUS_TWO = ZoneInfo("Africa/Johannesburg")
VERDICT = Decision(State.DOWN, Reason.GATEWAY_UNREACHABLE, Fault.ACCESS, explanation="carrier present, gateway silent")


def test_the_whole_sentence() -> None:
    since_at = datetime.fromisoformat("2026-03-01T12:03:12.9+00:00")

    sentence = state_text(VERDICT, since_at, since_at + timedelta(minutes=7, seconds=50), PLUS_TWO)

    assert sentence == "DOWN since 14:03:12 +02:00, 7 min: carrier present, gateway silent"


def test_the_date_is_told_when_it_is_not_todays() -> None:
    since_at = datetime.fromisoformat("2026-02-28T21:30:00+00:00")
    midnight = datetime.fromisoformat("2026-02-28T22:30:00+00:00")

    assert state_text(VERDICT, since_at, midnight, PLUS_TWO).startswith("DOWN since 2026-02-28 23:30:00 +02:00, 1 h:")
    assert state_text(VERDICT, since_at, midnight, ZoneInfo("UTC")).startswith("DOWN since 21:30:00 +00:00, 1 h:")


def test_offsets_west_and_by_the_half_hour() -> None:
    assert " +05:30," in state_text(VERDICT, NOON, at(9), ZoneInfo("Asia/Kolkata"))
    assert " -05:00," in state_text(VERDICT, NOON, at(9), ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (86399, "23 h 59 min"),
        (86400, "1 d"),
        (90000, "1 d 1 h"),
    ],
)
def test_lengths_read_as_people_say_them(seconds: float, text: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == text
