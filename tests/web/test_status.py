"""/api/status: whom it asks, what it says of each state, and how UNKNOWN is printed."""

from dataclasses import replace
from statistics import median
from typing import Any

import pytest
from flask.testing import FlaskClient

from ispstatus.model.quality import Quality
from ispstatus.web.factory import create_app
from tests.web.box import BACKUP, FIBRE, LTE, Box, unknown


def uplinks(client: FlaskClient, **query: Any) -> list[Any]:
    found: list[Any] = client.get("/api/status", query_string=query).get_json()["uplinks"]
    return found


def test_every_uplink_is_told_in_configuration_order(client: FlaskClient) -> None:
    told = [(one["name"], one["state"], one["state_label"]) for one in uplinks(client)]
    assert told == [(FIBRE, 2, "UP"), (LTE, 1, "DEGRADED"), (BACKUP, 0, "DOWN")]


def test_a_verdict_is_a_sentence_with_a_cause_and_what_to_do(client: FlaskClient) -> None:
    up, _, down = uplinks(client)
    assert down["state_text"].startswith("DOWN since 11:59:") or down["state_text"].startswith("DOWN since 12:00:")
    assert "7 min: carrier present, gateway silent, 0 of 3 networks answer" in down["state_text"]
    assert "@Telco (circuit -7)" in down["next_check"]
    assert (up["fault"], up["next_check"]) == ("none", "nothing to do")


def test_everybody_is_asked_live_and_once(client: FlaskClient, box: Box) -> None:
    assert [one["live"] for one in uplinks(client)] == [True, True, True]
    assert box.asked == [(None, False)]


def test_one_name_probes_that_uplink_only(client: FlaskClient, box: Box) -> None:
    assert [one["name"] for one in uplinks(client, name=BACKUP)] == [BACKUP]
    assert box.asked == [(BACKUP, False)]


def test_several_names_are_one_question(client: FlaskClient, box: Box) -> None:
    assert [one["name"] for one in uplinks(client, name=[BACKUP, FIBRE])] == [FIBRE, BACKUP]
    assert box.asked == [(None, False)]


@pytest.mark.parametrize("word", ["1", "true"])
def test_cached_answers_do_not_probe(client: FlaskClient, box: Box, word: str) -> None:
    assert [one["live"] for one in uplinks(client, cached=word)] == [False, False, False]
    assert box.asked == [(None, True)]


def test_an_unknown_name_asks_nobody(client: FlaskClient, box: Box) -> None:
    reply = client.get("/api/status", query_string={"name": [FIBRE, "Liquid"]})
    assert reply.status_code == 404
    assert box.asked == []


@pytest.mark.parametrize(("word", "state"), [(None, None), ("null", None), ("0", 0), ("1", 1)])
def test_unknown_is_null_or_what_the_client_asks_for(box: Box, word: str | None, state: int | None) -> None:
    box.reports = tuple(unknown(report.uplink) for report in box.reports)
    told = uplinks(create_app(box.deps()).test_client(), **({} if word is None else {"unknown_as": word}))
    assert {(one["state"], one["state_label"]) for one in told} == {(state, "UNKNOWN")}
    assert {(len(one["ping"]), len(one["http"]), one["gw_ping"]) for one in told} == {(0, 0, None)}


def test_the_operator_may_set_what_unknown_is_printed_as(box: Box) -> None:
    box.settings = replace(box.settings, unknown_as=1)
    box.reports = tuple(unknown(report.uplink) for report in box.reports)
    client = create_app(box.deps()).test_client()
    assert [one["state"] for one in uplinks(client)] == [1, 1, 1]
    assert [one["state"] for one in uplinks(client, unknown_as="null")] == [None, None, None]


def test_a_dead_uplink_tells_no_figures_from_before(box: Box) -> None:
    up, _, down = box.reports
    box.reports = (replace(down, quality=up.quality), replace(unknown(up.uplink), quality=up.quality))
    dead, doubtful = uplinks(create_app(box.deps()).test_client())
    assert dead["quality"] == {"loss_pct": 100, "latency_ms": None, "jitter_ms": None, "loaded": False, "targets": []}
    assert doubtful["quality"] is None


def test_until_the_stream_has_a_latency_the_verdicts_own_echoes_stand_for_it(box: Box) -> None:
    up = box.reports[0]
    assert up.evidence is not None
    box.reports = (replace(up, quality=Quality()),)
    (told,) = uplinks(create_app(box.deps()).test_client())
    assert told["quality"]["latency_ms"] == median([ping.rtt_ms for ping in up.evidence.pings if ping.rtt_ms])


def test_the_uplinks_there_are_and_were_are_listed(client: FlaskClient) -> None:
    body = client.get("/api/uplinks").get_json()
    assert body["total"] == 4
    assert [(one["name"], one["removed"]) for one in body["uplinks"]] == [
        (FIBRE, False), (LTE, False), (BACKUP, False), ("Old line", True),
    ]  # fmt: skip
    assert body["uplinks"][0]["history_since_utc"] is not None
    assert body["uplinks"][3]["history_since_utc"] is None
