"""Remote agents push round trips, radio and places; a push is taken whole or refused with the first mistake."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ispstatus.actions.agents import enrol_agent, record_report
from ispstatus.actions.keys import create_key
from ispstatus.actions.pasts import Pasts
from ispstatus.model.agent import Accepted, AgentReport, Profile, PushedFix, PushedReading, PushedSample, Taken
from ispstatus.model.key import INGEST, INSIGHT, READ
from ispstatus.model.radio import Position, Radio
from ispstatus.model.series import Protocol
from ispstatus.store.db import open_writer
from ispstatus.web.insight.pushes import answer_of, read_push, report_of
from tests.store.kit import a_database
from tests.web.box import NOW, REMOTE_ID, Box
from tests.web.insight.world import with_key

AT, TS = "2026-03-04T12:07:20.500+02:00", 1772618840.5
WHOLE: dict[str, Any] = {
    "agent": "van 7",
    "samples": [
        {"time": AT, "protocol": "icmp", "target": "1.1.1.1", "rtt_ms": 12.5},
        {"time": AT, "protocol": "udp", "target": "1.1.1.1", "rtt_ms": None},
    ],
    "radio": [{"time": AT, "networkName": "TELUS", "networkType": "5G", "RSRP_dBm": -101, "cellID": "22938"}],
    "positions": [{"time": AT, "latitude": 45.5, "longitude": -73.5, "altitude_m": 39.1}],
    "profile": {"hardware": "RUTX50"},
}


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, str, str]:
    """A database with a key that may push, and one that may not."""
    db = a_database(tmp_path)
    with db.transaction():
        pushing = create_key(db, INSIGHT, "van", (INGEST,), NOW)
        asking = create_key(db, INSIGHT, "wall", (READ,), NOW)
    db.close()
    return tmp_path, pushing, asking


@contextmanager
def reading(folder: Path) -> Iterator[Box]:
    """A box over the database of a folder."""
    box = Box(folder / "ispstatus.db")
    try:
        yield box
    finally:
        box.reader.close()


@pytest.fixture
def pusher(keys: tuple[Path, str, str]) -> Any:
    folder, pushing, _ = keys
    with reading(folder) as box:
        yield box, with_key(box, pushing)


def push(client: FlaskClient, body: Any) -> Any:
    return client.post("/api/v1/ingest", data=body if isinstance(body, bytes) else json.dumps(body))


def test_a_push_is_handed_on_and_answered_with_number_and_counts(pusher: tuple[Box, FlaskClient]) -> None:
    box, client = pusher
    reply = push(client, WHOLE)

    assert (reply.status_code, reply.get_json()) == (
        200,
        {"CustomerID": "0", "agentID": str(REMOTE_ID), "samples": 2, "radio": 1, "positions": 1, "refused": []},
    )
    assert box.pushed == [
        (
            "van 7",
            AgentReport(
                samples=(
                    PushedSample(TS, Protocol.ICMP, "1.1.1.1", 12.5),
                    PushedSample(TS, Protocol.UDP, "1.1.1.1", None),
                ),
                readings=(PushedReading(TS, Radio("TELUS", "5G", "22938", rsrp_dbm=-101.0)),),
                fixes=(PushedFix(TS, Position(45.5, -73.5, 39.1)),),
                profile=Profile(hardware="RUTX50"),
            ),
        )
    ]


def test_a_push_may_be_as_small_as_a_name(pusher: tuple[Box, FlaskClient]) -> None:
    box, client = pusher

    assert push(client, {"agent": "van 7"}).status_code == 200
    assert box.pushed == [("van 7", AgentReport())]


SAMPLE = WHOLE["samples"][0]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "the body"),
        (b"\xff", "the body"),
        (b"[]", "the body"),
        ({}, "agent"),
        ({"agent": " "}, "agent"),
        ({"agent": "a\nb"}, "agent"),
        ({"agent": "x" * 65}, "agent"),
        ({"agent": "a", "sampels": []}, "sampels"),
        ({"agent": "a", "samples": [SAMPLE | {"time": "2026-03-04T12:07:20"}]}, "samples.0.time"),
        ({"agent": "a", "samples": [SAMPLE | {"protocol": "quic"}]}, "samples.0.protocol"),
        ({"agent": "a", "samples": [SAMPLE | {"rtt_ms": -1}]}, "samples.0.rtt_ms"),
        ({"agent": "a", "samples": [{k: v for k, v in SAMPLE.items() if k != "rtt_ms"}]}, "samples.0.rtt_ms"),
        ({"agent": "a", "samples": [SAMPLE] * 1001}, "samples"),
        ({"agent": "a", "radio": [{"time": AT, "RSRP_dBm": 1e9}]}, "radio.0.RSRP_dBm"),
        ({"agent": "a", "positions": [{"time": AT, "latitude": 91, "longitude": 0}]}, "positions.0.latitude"),
    ],
)
def test_a_push_with_a_mistake_is_refused_whole_and_names_it(
    pusher: tuple[Box, FlaskClient], body: Any, named: str
) -> None:
    box, client = pusher
    reply = push(client, body)

    assert reply.status_code == 400
    assert reply.get_json()["error"].startswith(named)
    assert box.pushed == []


def test_every_mistake_is_named_with_its_row(pusher: tuple[Box, FlaskClient]) -> None:
    samples = [SAMPLE, SAMPLE | {"rtt_ms": -1}, SAMPLE, SAMPLE | {"protocol": "quic", "target": ""}]
    error = push(pusher[1], {"agent": "a", "samples": samples}).get_json()["error"]

    assert [problem.partition(":")[0] for problem in error.split("; ")] == [
        "samples.1.rtt_ms",
        "samples.3.protocol",
        "samples.3.target",
    ]


def test_of_many_mistakes_the_first_twenty_are_named(pusher: tuple[Box, FlaskClient]) -> None:
    error = push(pusher[1], {"agent": "a", "samples": [SAMPLE | {"rtt_ms": -1}] * 23}).get_json()["error"]

    assert (error.count("samples."), error.endswith("; and 3 more")) == (20, True)


def test_rows_that_were_not_taken_are_named_as_they_were_pushed() -> None:
    assert answer_of(Accepted(Taken(2, (0, 3)), Taken(0, (1,)), Taken(1))) == {
        "samples": 2,
        "radio": 0,
        "positions": 1,
        "refused": ["samples.0", "samples.3", "radio.1"],
    }


def test_what_was_pushed_is_the_agents_present(keys: tuple[Path, str, str]) -> None:
    folder, _, asking = keys
    db = open_writer(folder / "ispstatus.db")
    with db.transaction():
        van = enrol_agent(db, "van 7", int(TS))
        record_report(db, van, report_of(read_push(json.dumps(WHOLE).encode())), TS, Pasts())
    db.close()
    with reading(folder) as box:
        client, about = with_key(box, asking), {"customer_id": "0", "agent_id": str(van)}
        ci, geoloc = (client.get(f"/api/v1/{name}", query_string=about).get_json() for name in ("ci", "geoloc"))

    assert (ci["KPIs"]["icmpMs"], ci["KPIs"]["udpMs"], ci["windowSeconds"]["icmp"]) == (12.5, None, 600)
    assert (ci["Attributes"]["time"], ci["Attributes"]["hardware"]) == ("2026-03-04T10:07:20.500Z", "RUTX50")
    assert (geoloc["latitude"], geoloc["applicationLatency"]) == ("45.5", None)


def test_a_key_for_reading_may_not_push(keys: tuple[Path, str, str]) -> None:
    folder, _, asking = keys
    with reading(folder) as box:
        reply = push(with_key(box, asking), WHOLE)

        assert (reply.status_code, box.pushed) == (403, [])


def test_nobody_pushes_without_a_key(keys: tuple[Path, str, str]) -> None:
    with reading(keys[0]) as box:
        assert push(with_key(box, ""), WHOLE).status_code == 401
