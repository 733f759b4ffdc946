"""What is asked for: who, and which time; what is missing is said in the contract's own words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from ispstatus.model.errors import BadRequest
from ispstatus.web.insight import VIEWS
from ispstatus.web.insight.times import chosen
from tests.web.insight.world import FIBRE_ID

ABOUT_AGENT = ("ci", "lifbe", "latency", "geoloc", "twamp", "forecast", "radio", "anomalies", "trends", "iperf")
ABOUT_ALL = ("agents", "health-report", "agent-rankings", "correlation-analysis", "degradation-alerts")
ABOUT = f"customer_id=0&agent_id={FIBRE_ID}"


def error(client: FlaskClient, path: str, code: int = 400) -> str:
    reply = client.get(path)
    assert (reply.status_code, reply.mimetype) == (code, "application/json")
    return str(reply.get_json()["error"])


def test_these_are_all_endpoints() -> None:
    assert len(VIEWS) - len(["ingest"]) == len(ABOUT_AGENT) + len(ABOUT_ALL) + len(["networks"]) == 16


@pytest.mark.parametrize("name", [*ABOUT_AGENT, *ABOUT_ALL])
def test_the_customer_is_missed_first(client: FlaskClient, name: str) -> None:
    assert client.get(f"/api/v1/{name}").get_json() == {"error": "customerID is required"}
    assert error(client, f"/api/v1/{name}?agent_id=1&customer_id=") == "customerID is required"


@pytest.mark.parametrize("path", [*(f"/api/v1/{name}" for name in ABOUT_AGENT), "/v2/ci", "/api/v2/ci"])
def test_then_the_agent(client: FlaskClient, path: str) -> None:
    assert client.get(f"{path}?customer_id=0").get_json() == {"error": "agentID is required"}


@pytest.mark.parametrize("who", ["customer_id=0&agent_id=99", "customer_id=0&agent_id=x", "customer_id=7&agent_id=1"])
@pytest.mark.parametrize("name", ABOUT_AGENT)
def test_a_stranger_is_404(client: FlaskClient, name: str, who: str) -> None:
    assert error(client, f"/api/v1/{name}?{who}&time_range=60", 404) == "agent not found"


@pytest.mark.parametrize("name", ABOUT_ALL)
def test_another_customer_is_404_and_ours_is_named(client: FlaskClient, name: str) -> None:
    reply = client.get(f"/api/v1/{name}?customer_id=7")

    assert (reply.status_code, reply.get_json()) == (404, {"error": "customer not found", "known": ["0"]})


def test_what_an_endpoint_does_not_know_it_ignores(client: FlaskClient) -> None:
    assert client.get("/api/v1/agents?customer_id=0&agent_id=77&foo=bar").status_code == 200
    assert client.get("/api/v1/networks?customer_id=0&agent_id=77").status_code == 200


@pytest.mark.parametrize("name", ["latency", "anomalies"])
def test_there_is_no_default_time(client: FlaskClient, name: str) -> None:
    assert "time_range (seconds) or chosen_time" in error(client, f"/api/v1/{name}?{ABOUT}")


@pytest.mark.parametrize("name", ["latency", "anomalies", "radio"])
def test_two_times_are_one_too_many(client: FlaskClient, name: str) -> None:
    both = "time_range=60&chosen_time=2026-03-04T10:00:00Z,2026-03-04T10:01:00Z"

    assert "not to be used with" in error(client, f"/api/v1/{name}?{ABOUT}&{both}")


@pytest.mark.parametrize("seconds", ["0", "-1", "7776001", "1.5", "an hour", "", "nan", "1e3"])
@pytest.mark.parametrize("name", ["latency", "anomalies", "radio", "geoloc", "agent-rankings", "correlation-analysis"])
def test_a_range_is_whole_seconds_up_to_ninety_days(client: FlaskClient, name: str, seconds: str) -> None:
    assert "from 1 to 7776000" in error(client, f"/api/v1/{name}?{ABOUT}&time_range={seconds}")


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("latency", "protocol=ftp&time_range=60", "tcp, udp, http, https, icmp, twamp"),
        ("anomalies", "protocol=TCP&time_range=60", "tcp, udp, http, https, icmp, twamp"),
        ("trends", "lookback_days=0", "from 1 to 90"),
        ("trends", "lookback_days=91", "from 1 to 90"),
        ("health-report", "report_period=yearly", "daily, weekly, monthly"),
        ("health-report", "include_recommendations=1", "true or false"),
        ("agent-rankings", "metric=speed", "latency, stability, connectivity_health, overall"),
        ("correlation-analysis", "correlation_threshold=1.1", "from 0 to 1"),
        ("correlation-analysis", "correlation_threshold=nan", "from 0 to 1"),
        ("degradation-alerts", "severity_threshold=-1", "0 or more"),
        ("degradation-alerts", "severity_threshold=inf", "0 or more"),
        ("agents", "metadata=yes", "true or false"),
        ("radio", "time_range=60&time_range=61", "given 2 times"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_accepted(client: FlaskClient, name: str, query: str, words: str) -> None:
    assert words in error(client, f"/api/v1/{name}?{ABOUT}&{query}")


# ---------------------------------------------------------------- chosen_time
NOON, ONE = datetime(2026, 3, 4, 12, tzinfo=UTC), datetime(2026, 3, 4, 13, tzinfo=UTC)


@pytest.mark.parametrize("between", [",", " ", "\n", "\r\n", "%2C", "%2c", ", ", "\t"])
def test_two_times_may_be_parted_by_whatever_clients_send(between: str) -> None:
    window = chosen(f"2026-03-04T12:00:00Z{between}2026-03-04T13:00:00Z", ZoneInfo("UTC"))

    assert (window.start_at, window.end_at) == (NOON, ONE)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04T12:00:00Z,2026-03-04T13:00:00Z",
        "2026-03-04T14:00:00+02:00,2026-03-04T15:00+0200",
        "2026-03-04T14:00:00 02:00,2026-03-04T15:00:00 02:00",
        "2026-03-04T07:00:00,2026-03-04T08:00:00.000",
        "2026-03-04T07:00 2026-03-04T08:00",
    ],
)
def test_times_are_read_with_their_offset_else_in_the_configured_zone(text: str) -> None:
    window = chosen(text, ZoneInfo("America/Montreal"))

    assert (window.start_at, window.end_at) == (NOON, ONE)


def test_days_are_the_zones_own() -> None:
    window = chosen("2026-03-04,2026-03-05", ZoneInfo("America/Montreal"))

    assert (window.start_at, window.seconds) == (NOON - timedelta(hours=7), 86_400)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "write start,end"),
        ("2026-03-04T12:00:00Z", "write start,end"),
        ("2026-03-04T12:00:00Z2026-03-04T13:00:00Z", "write start,end"),
        ("yesterday,today", "write start,end"),
        ("2026-03-04T13:00:00Z,2026-03-04T12:00:00Z", "before the end"),
        ("2026-03-04T12:00:00Z,2026-03-04T12:00:00Z", "before the end"),
        ("2026-02-30,2026-03-04", "'2026-02-30' is no time"),
        ("0001-01-01,9999-12-31", "no time"),
        ("2025-01-01,2026-01-01", "at most 90 days"),
        ("٢٠٢٦-03-04,2026-03-05", "write start,end"),
    ],
)
def test_what_is_no_window_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        chosen(text, ZoneInfo("Asia/Tokyo"))


def test_the_contracts_own_curl_is_understood(client: FlaskClient) -> None:
    """It has lost its comma: what the shell sends is a newline between the times."""
    lost = f"/api/v1/latency?{ABOUT}&chosen_time=2026-03-04T10:06:26Z%0A2026-03-04T10:06:34Z"

    assert client.get(lost).status_code == 200
