"""Evidence on the wire."""

import json
from dataclasses import replace
from datetime import timedelta, timezone

from ispstatus.decide.cite import cite
from ispstatus.model.net import PathProof
from ispstatus.model.sample import DnsSample, HttpPhases, HttpSample
from tests.helpers.make import (
    FAILED,
    INTERCEPTED,
    NOON,
    OK,
    PINGS,
    SILENT,
    UNMEASURED,
    a_path,
    an_echo,
    an_uplink,
    at,
    evidence,
    https,
)


def test_a_cycle_reads_as_the_contract_wants_it() -> None:
    http = HttpSample(
        "http://one.example/",
        "One",
        OK,
        status=204,
        address="192.0.2.80",
        phases=HttpPhases(dns_ms=1.0, connect_ms=8.12345, first_byte_ms=9.0, total_ms=18.5),
    )
    seen = evidence(
        pings=(an_echo(PINGS[0], rtt_ms=9.12345),),
        https=(http,),
        dns=(DnsSample("203.0.113.53", "example.com", OK, is_provider=True, addresses=("192.0.2.7",), ms=3.0),),
        gateway_neighbour="REACHABLE",
        proof=PathProof(7, is_proven=True, routes={"192.0.2.1": "default via 203.0.113.1 dev eth1"}),
        first_bad_at=at(-3),
    )

    assert cite(seen) == {
        "trigger": "minute",
        "started_utc": "2026-03-01T12:00:00.000Z",
        "ended_utc": "2026-03-01T12:00:02.000Z",
        "iface": "eth1",
        "iface_state": "up",
        "gw_ping": {
            "target": "203.0.113.1",
            "network": "",
            "ok": True,
            "outcome": "ok",
            "rtt_ms": 9.1,
            "sent": 1,
            "received": 1,
            "loss_pct": 0.0,
            "error": None,
            "neighbour": "REACHABLE",
        },
        "ping": [
            {
                "target": "192.0.2.1",
                "network": "Alpha",
                "ok": True,
                "outcome": "ok",
                "rtt_ms": 9.123,
                "sent": 1,
                "received": 1,
                "loss_pct": 0.0,
                "error": None,
            }
        ],
        "http": [
            {
                "url": "http://one.example/",
                "network": "One",
                "ok": True,
                "outcome": "ok",
                "status": 204,
                "ms": 18.5,
                "phases": {"dns_ms": 1.0, "connect_ms": 8.123, "tls_ms": None, "first_byte_ms": 9.0},
                "address": "192.0.2.80",
                "age_s": 0.0,
                "error": None,
            }
        ],
        "dns": [
            {
                "resolver": "203.0.113.53",
                "name": "example.com",
                "provider": True,
                "ok": True,
                "outcome": "ok",
                "addresses": ["192.0.2.7"],
                "ms": 3.0,
                "error": None,
            }
        ],
        "other_family": [],
        "path": {
            "family": 4,
            "source": "203.0.113.2",
            "gateway": "203.0.113.1",
            "table": None,
            "mark": 0,
            "proven": True,
            "problems": [],
            "routes": {"192.0.2.1": "default via 203.0.113.1 dev eth1"},
        },
        "first_bad_utc": "2026-03-01T11:59:57.000Z",
        "first_good_utc": None,
        "late": False,
        "clock_synchronised": True,
        "budget_spent": False,
    }


def test_ok_is_true_false_or_null() -> None:
    cited = cite(evidence(pings=(an_echo(PINGS[0]), an_echo(PINGS[1], SILENT), an_echo(PINGS[2], UNMEASURED))))

    assert [sample["ok"] for sample in cited["ping"]] == [True, False, None]
    assert [sample["ok"] for sample in cite(evidence(https=https(INTERCEPTED, FAILED)))["http"]] == [False, False]


def test_loss_is_told_only_of_what_was_measured_and_sent() -> None:
    cited = cite(
        evidence(
            pings=(
                an_echo(PINGS[0], OK, sent=3, received=2),
                an_echo(PINGS[1], UNMEASURED),
                an_echo(PINGS[2], FAILED, sent=0),
            )
        )
    )

    assert [sample["loss_pct"] for sample in cited["ping"]] == [33.3, None, None]


def test_the_gateway_is_null_when_it_is_not_asked() -> None:
    assert cite(evidence(gateway=None))["gw_ping"] is None
    assert cite(evidence(uplink=an_uplink(nat=True)))["gw_ping"] is None
    assert cite(evidence(path=a_path(gateway=None)))["gw_ping"] is None


def test_a_path_without_proof_is_not_proven() -> None:
    cited = cite(evidence(proof=None))["path"]
    refused = cite(evidence(proof=PathProof(7, is_proven=False, problems=("192.0.2.1 leaves by eth9",))))["path"]

    assert (cited["proven"], cited["problems"], cited["routes"]) == (False, [], {})
    assert (refused["proven"], refused["problems"]) == (False, ["192.0.2.1 leaves by eth9"])


def test_a_certificate_set_aside_is_null() -> None:
    dated = replace(https(FAILED)[0], is_date_only_tls_error=True)

    cited = cite(evidence(https=(dated,), clock_is_synchronised=False))

    assert cited["http"][0]["ok"] is None


def test_times_are_utc_whatever_the_zone() -> None:
    local = NOON.astimezone(timezone(timedelta(hours=2)))

    assert cite(evidence(started_at=local))["started_utc"] == "2026-03-01T12:00:00.000Z"


def test_it_is_json() -> None:
    assert json.loads(json.dumps(cite(evidence())))["trigger"] == "minute"
