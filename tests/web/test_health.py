"""Whether the engine can be trusted: each rule, and the sentence it is told in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from ispstatus.queries.health import Freshness, SqliteHealth
from ispstatus.web.factory import create_app
from ispstatus.web.shared.health import HealthFacts, judge_health
from ispstatus.web.shared.machine import MachineFacts, look_at_machine, rss_bytes
from tests.web.box import NOW, VITALS, Box

GB = 1_000_000_000
FRESH = Freshness(NOW - timedelta(seconds=8), 8.0, 0)
SQLITE = SqliteHealth(ok=True, problem=None, schema=1, db_bytes=GB, wal_bytes=0, free_bytes=GB, quarantined=())
MACHINE = MachineFacts(GB, 4 * GB, GB, 2 * GB, 70_000_000, 15, 40)


def facts(**changes: Any) -> HealthFacts:
    """Everything well, changed as asked; ``vitals_...`` and ``sqlite_...`` change inside."""
    given: dict[str, Any] = {"now_at": NOW, "gap_window_h": 1, "freshness": FRESH, "machine": MACHINE}
    for name, whole in (("vitals", VITALS), ("sqlite", SQLITE), ("freshness", FRESH)):
        inside = {key.removeprefix(f"{name}_"): changes.pop(key) for key in list(changes) if key.startswith(f"{name}_")}
        given[name] = replace(whole, **inside)
    return HealthFacts(**{**given, **changes})


def test_all_is_well() -> None:
    health = judge_health(facts())
    assert (health.ok, health.reasons, health.warnings) == (True, (), ())


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        pytest.param({"freshness_age_s": 121.0}, "history_freshness", "121 s old", id="stale"),
        pytest.param({"freshness_age_s": None}, "history_freshness", "no second of the last 1 h", id="empty"),
        pytest.param({"freshness": None}, "history_freshness", "cannot be read", id="unreadable"),
        pytest.param(
            {
                "freshness_gap_minutes": 5,
                "freshness_gap_start_at": NOW - timedelta(minutes=30),
                "freshness_gap_uplink": "fibre",
                "freshness_gap_cause": "stop 09:37:00Z",
            },
            "history_freshness",
            "5 minutes in a row are missing for fibre from 2026-03-04 09:37Z (last 1 h); around it: stop 09:37:00Z",
            id="gap",
        ),
        pytest.param({"sqlite_problem": "file is locked"}, "sqlite", "file is locked", id="sqlite"),
        pytest.param(
            {"vitals_writing": False, "vitals_writer_problem": "the disk is full"}, "sqlite", "disk is full", id="full"
        ),
        pytest.param({"vitals_writing": False, "vitals_writer_backlog": 7}, "sqlite", "7 changes wait", id="waiting"),
        pytest.param({"damage": "kept as quarantine/x.db"}, "sqlite", "damaged database was set aside", id="damage"),
        pytest.param({"sqlite_free_bytes": 9_000_000}, "disk", "9 MB of space", id="disk"),
        pytest.param({"machine": replace(MACHINE, memory_available_bytes=9_000_000)}, "memory", "0.5 %", id="memory"),
        pytest.param({"vitals_permission_problems": ("no CAP_NET_RAW",)}, "permissions", "no CAP", id="permission"),
        pytest.param({"vitals_echo_mode": "unavailable"}, "permissions", "cannot be sent", id="no-echo"),
        pytest.param({"vitals_beats": {"engine": 11.0}}, "timer", "engine thread has not turned for 11 s", id="beat"),
        pytest.param({"vitals_late_cycles_last_hour": 6}, "timer", "6 cycles were late", id="late"),
        pytest.param(
            {"vitals_last_clock_step_at": NOW - timedelta(minutes=2), "vitals_last_clock_step_s": -3600.0},
            "clock",
            "the clock stepped back by 3600 s at 2026-03-04 10:05:23Z",
            id="step",
        ),
        pytest.param({"vitals_waiting_requests": 4}, "requests", "4 requests wait", id="requests"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_as_a_sentence(changes: dict[str, Any], part: str, words: str) -> None:
    health = judge_health(facts(**changes))

    assert health.ok is False
    assert any(words in reason for reason in health.reasons), health.reasons
    assert [one.name for one in health.parts if not one.ok] == [part]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"freshness_age_s": 120.0}, id="age-at-the-limit"),
        pytest.param({"freshness_gap_minutes": 4, "freshness_gap_start_at": NOW}, id="gap-below-the-limit"),
        pytest.param({"vitals_beats": {"engine": 9.0, "calendar": 800.0}}, id="slow-but-turning"),
        pytest.param({"vitals_last_clock_step_at": NOW - timedelta(hours=2)}, id="old-step"),
        pytest.param({"freshness_age_s": None, "vitals_started_at": NOW - timedelta(seconds=100)}, id="just-started"),
        pytest.param({"machine": MachineFacts(None, None, None, None, None, None, None)}, id="no-proc"),
        pytest.param({"vitals_links": {"fibre": "no_carrier"}}, id="links-are-not-the-engine"),
    ],
)
def test_what_is_no_reason_for_distrust(changes: dict[str, Any]) -> None:
    assert judge_health(facts(**changes)).ok is True


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vitals_clock_is_synchronised": False}, "no time service"),
        ({"sqlite_quarantined": ("ispstatus-20260301.db",)}, "ispstatus-20260301.db"),
        ({"vitals_echo_mode": "ping socket"}, "ping sockets"),
        ({"vitals_far_end_problems": ("fibre: the far end far.example answers nothing",)}, "far.example"),
    ],
)
def test_what_is_worth_knowing_is_a_warning(changes: dict[str, Any], words: str) -> None:
    health = judge_health(facts(**changes))
    assert health.ok is True
    assert words in health.warnings[0]


def test_a_database_that_is_gone_is_health_that_is_not_ok_and_still_200(box: Box, tmp_path: Any) -> None:
    client = create_app(Box(tmp_path / "none.db").deps()).test_client()
    reply = client.get("/api/health")
    assert reply.status_code == 200
    assert reply.get_json()["ok"] is False
    assert any("database" in reason for reason in reply.get_json()["reasons"])


def test_the_answer_has_every_part_of_the_contract(client: FlaskClient) -> None:
    body = client.get("/api/health").get_json()
    parts = ["history_freshness", "sqlite", "disk", "memory", "process", "permissions", "timer", "clock", "links"]
    assert all("ok" in body[part] for part in parts)
    assert body["history_freshness"]["max_age_seconds"] == 120
    assert body["process"]["rss_mb"] > 1


def test_the_last_minute_is_a_whole_minute_before_the_newest_judged_second(client: FlaskClient) -> None:
    freshness = client.get("/api/health").get_json()["history_freshness"]
    assert freshness["last_minute_utc"] == "2026-03-04T10:06:00Z"
    assert freshness["age_seconds"] == 23


def test_healthz_is_503_while_a_thread_stands_still(box: Box) -> None:
    client = create_app(box.deps()).test_client()
    assert (client.get("/healthz").status_code, client.get("/healthz").get_json()["ok"]) == (200, True)
    box.vitals = replace(VITALS, beats={"coordinator": 11.0})
    reply = client.get("/healthz")
    assert (reply.status_code, reply.get_json()["standing"]) == (503, ["coordinator"])


def test_the_machine_is_read_from_proc(tmp_path: Any) -> None:
    seen = look_at_machine(tmp_path)
    assert (seen.rss_bytes or 0) > 1_000_000
    assert 0 < (seen.memory_available_pct or 0) <= 100
    assert (seen.threads or 0) >= 1
    assert look_at_machine(tmp_path / "gone", proc=tmp_path) == MachineFacts(None, None, None, None, None, None, None)
    assert rss_bytes(tmp_path) is None
