"""What the answers say: measured numbers with the contract's digits, null for the rest; a dead line says so at once."""

import json
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from ispstatus.analytics.kpis import Expected
from ispstatus.model.agent import Profile
from ispstatus.queries.insight.agents import Agent, Metadata
from ispstatus.queries.insight.throughput import Trains
from ispstatus.web.insight.payloads import lifbe
from ispstatus.web.shared import respond
from tests.helpers.make import an_uplink
from tests.web.box import FIBRE, NOW, Box, degraded
from tests.web.insight.world import BACKUP_ID, FIBRE_ID, LTE_ID, ask, lately, with_key


# ---------------------------------------------------------------- connectivity
def test_each_protocol_has_the_mean_of_its_last_ten_seconds(client: FlaskClient) -> None:
    kpis = ask(client, "ci")["KPIs"]

    measured = {name: kpis[f"{name}Ms"] for name in ("tcp", "udp", "http", "https", "icmp", "twamp")}
    assert measured["https"] - measured["tcp"] == pytest.approx(18 - 8.94, abs=0.011)
    assert kpis["networkLatencyMs"] == pytest.approx((measured["icmp"] + measured["twamp"]) / 2, abs=0.011)
    application = [measured[name] for name in ("tcp", "udp", "http", "https")]
    assert kpis["applicationLatencyMs"] == pytest.approx(sum(application) / 4, abs=0.011)
    assert kpis["packetLossRatePercent"] == 0


def test_numbers_have_the_contracts_digits(client: FlaskClient) -> None:
    kpis = ask(client, "ci")["KPIs"]

    digits = {name: len(repr(value).partition(".")[2]) for name, value in kpis.items() if isinstance(value, float)}
    assert digits.pop("qualityOfExperience") <= 3
    assert digits.pop("mos") <= 3
    assert max(digits.values()) == 2


def test_the_newest_test_tells_the_throughput_and_which_it_was(client: FlaskClient) -> None:
    kpis = ask(client, "ci")["KPIs"]

    assert (kpis["downloadThroughputMbps"], kpis["uploadThroughputMbps"]) == (542.48, 49.89)
    assert (kpis["throughputSource"], kpis["throughputTime"]) == ("train", "2026-03-04T09:37:23.000Z")


def test_the_agent_is_told_under_both_spellings(client: FlaskClient) -> None:
    for path in ("ci", "/v2/ci"):
        answer = ask(client, path)
        assert (answer["agentID"], answer["AgentID"], answer["CustomerID"]) == ("1", "1", "0")


def test_the_light_version_has_the_same_figures_without_what_is_expected(client: FlaskClient) -> None:
    whole, light = ask(client, "ci"), ask(client, "/v2/ci")

    assert light["KPIs"].items() <= whole["KPIs"].items()
    assert set(whole["KPIs"]) - set(light["KPIs"]) == {
        "volatilityPercent",
        "coefficientOfVariationPercent",
        "networkStabilityPercent",
        "connectivityHealth",
        "expectedLatencyMS",
        "expectedStabilityPercent",
        "expectedPacketLossPercent",
    }
    assert "Attributes" not in light
    assert light == ask(client, "/api/v2/ci")


def test_a_line_that_is_down_says_so_and_is_answered(client: FlaskClient) -> None:
    kpis = ask(client, "ci", BACKUP_ID)["KPIs"]

    assert (kpis["packetLossRatePercent"], kpis["networkStabilityPercent"], kpis["qualityOfExperience"]) == (100, 0, 0)
    assert kpis["connectivityHealth"] == "Need Attention"
    assert [kpis[f"{name}Ms"] for name in ("icmp", "tcp", "networkLatency", "applicationLatency", "jitter")] == [
        None
    ] * 5


def test_it_is_down_at_once_whatever_was_measured_before(box: Box, secret: str) -> None:
    box.latest = {3: lately(2, box.hands.boot_s)}

    kpis = ask(with_key(box, secret), "ci", BACKUP_ID)["KPIs"]

    assert (kpis["icmpMs"], kpis["packetLossRatePercent"], kpis["connectivityHealth"]) == (None, 100, "Need Attention")


def test_after_it_is_up_again_what_is_measured_counts(box: Box, secret: str) -> None:
    box.latest = {3: lately(2, box.hands.boot_s)}
    box.reports = (*box.reports[:2], degraded(box.reports[2].uplink))

    assert ask(with_key(box, secret), "ci", BACKUP_ID)["KPIs"]["icmpMs"] is not None


def test_nothing_measured_is_null_and_not_zero(box: Box, secret: str) -> None:
    box.latest = {}
    answer = ask(with_key(box, secret), "ci", LTE_ID)

    measured = [name for name in answer["KPIs"] if not name.startswith("expected")]
    assert {answer["KPIs"][name] for name in measured} == {None, "Need Attention"}
    assert answer["Attributes"]["time"] is None


def test_the_time_is_that_of_the_newest_sample_used(box: Box, secret: str) -> None:
    whole = lately(1, box.hands.boot_s)
    box.latest = {1: whole, 2: replace(whole, now_boot_s=whole.now_boot_s + 360, now_ts=whole.now_ts + 360)}
    client = with_key(box, secret)

    assert ask(client, "ci")["Attributes"]["time"] == "2026-03-04T10:07:20.000Z"
    assert ask(client, "ci", LTE_ID)["Attributes"]["time"] is None, "older than every window"
    assert ask(client, "forecast", LTE_ID)["time"] == "2026-03-04T10:07:20.000Z", "which looks back ten minutes"


def test_health_is_one_of_three_words_that_clients_tell_apart(client: FlaskClient) -> None:
    said = [ask(client, "ci", agent_id)["KPIs"]["connectivityHealth"] for agent_id in (FIBRE_ID, LTE_ID, BACKUP_ID)]

    assert set(said) <= {"Good", "Warning", "Need Attention"}
    assert [bool(re.search("Need Attention", word)) for word in said] == [False, False, True]


def test_windows_follow_the_pace(box: Box, secret: str) -> None:
    slow = replace(lately(1, box.hands.boot_s), every_s=dict.fromkeys(lately(1, 0.0).every_s, 60.0))
    box.latest = {1: slow}

    assert set(ask(with_key(box, secret), "ci")["windowSeconds"].values()) == {120}


# ---------------------------------------------------------------- deltas, forecast
def test_deltas_keep_their_sign_under_both_spellings(client: FlaskClient) -> None:
    answer = ask(client, "twamp")

    assert [answer[name] for name in ("TwampFwdDeltaMs", "TwampRevDeltaMs", "TwampProcDeltaMs")] == [12.92, -4.19, 0.11]
    assert [answer[name] for name in ("TWAMPfwdDelta", "TWAMPRevDelta", "TWAMPProcDelta")] == [12.92, -4.19, 0.11]
    assert (answer["clockSynchronized"], answer["time"]) == (False, "2026-03-04T10:07:20.000Z")


def test_a_delta_that_rounds_to_nothing_has_no_sign(box: Box, secret: str) -> None:
    whole = box.latest[1]
    assert whole.deltas is not None
    box.latest = {1: replace(whole, deltas=replace(whole.deltas, reverse_ms=-0.004))}

    assert '"TwampRevDeltaMs":0.0' in with_key(box, secret).get("/api/v1/twamp?customer_id=0&agent_id=1").text


def test_without_a_reflector_deltas_are_null(client: FlaskClient) -> None:
    answer = ask(client, "twamp", LTE_ID)

    assert {value for name, value in answer.items() if name not in {"CustomerID", "agentID"}} == {None}


def test_a_dead_line_has_no_forecast(client: FlaskClient) -> None:
    assert ask(client, "forecast")["projectedLatencyMs"] > 0
    assert ask(client, "forecast", BACKUP_ID)["projectedLatencyMs"] is None


# ---------------------------------------------------------------- latency
def test_long_rows_are_single_answers_in_order(client: FlaskClient) -> None:
    rows = ask(client, "latency", protocol="tcp", time_range="400")

    assert len(rows) == 80
    assert {row["measurement"] for row in rows} == {"tcp_result"}
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)


def test_buckets_are_five_seconds_aligned_and_say_so(client: FlaskClient) -> None:
    chosen = {"customer_id": "0", "agent_id": "1", "chosen_time": "2026-03-04T10:03:26Z,2026-03-04T10:03:34Z"}
    reply = client.get("/api/v1/latency", query_string=chosen)

    assert [row["time"][17:] for row in reply.get_json()] == ["30.000Z"]
    assert reply.headers["X-Bucket-Seconds"] == "5"


def test_single_answers_have_no_bucket(client: FlaskClient) -> None:
    chosen = {"customer_id": "0", "agent_id": "1", "protocol": "icmp", "time_range": "60"}

    assert "X-Bucket-Seconds" not in client.get("/api/v1/latency", query_string=chosen).headers


def test_rows_are_the_same_however_many_become_text_at_once(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = {"customer_id": "0", "agent_id": "1", "time_range": "3600"}
    whole = client.get("/api/v1/latency", query_string=about)
    monkeypatch.setattr(respond, "_ROWS_AT_ONCE", 7)

    assert len(whole.get_json()) == 720
    assert client.get("/api/v1/latency", query_string=about).data == whole.data


def test_rows_are_the_json_that_the_other_answers_are(client: FlaskClient) -> None:
    for protocol in ({}, {"protocol": "udp"}):
        text = client.get(
            "/api/v1/latency", query_string={"customer_id": "0", "agent_id": "1", "time_range": "90", **protocol}
        ).text

        assert text == json.dumps(json.loads(text), separators=(",", ":"))


def test_a_protocol_nobody_measured_has_no_rows_and_an_empty_column(client: FlaskClient) -> None:
    assert ask(client, "latency", LTE_ID, protocol="tcp", time_range="400") == []
    assert {row["tcp"] for row in ask(client, "latency", LTE_ID, time_range="400")} == {None}


# ---------------------------------------------------------------- throughput
def test_trains_tell_rate_jitter_and_loss_each_way(client: FlaskClient) -> None:
    answer = ask(client, "lifbe")

    assert (answer["jitterDownload"], answer["jitterUpload"]) == (1.23, 3.13)
    assert (answer["packetLossDownload"], answer["packetLossUpload"]) == (0.25, 0)


@pytest.mark.parametrize(
    ("interface", "network_type", "told"),
    [
        ("eth1", None, ("ETHERNET", "FIXED")),
        ("eth1", "Fibre", ("ETHERNET", "FIXED")),
        ("wlan0", None, ("WIFI", "FIXED")),
        ("eth1", "Wi-Fi bridge", ("WIFI", "FIXED")),
        ("wwan0", None, ("MOBILE", "MOBILE")),
        ("wwan0", "4G LTE", ("MOBILE", "MOBILE_4G")),
        ("usb0", "5G", ("MOBILE", "MOBILE_5G")),
    ],
)
def test_the_kind_of_network_is_told_from_device_and_configuration(
    interface: str, network_type: str | None, told: tuple[str, str]
) -> None:
    profile = Profile(network_type=network_type or "")
    agent = Agent(1, "one", False, Expected(), profile, an_uplink(interface=interface))
    body = lifbe(agent, Metadata(profile, None), Trains(None, None))

    assert (body["networkInterface"], body["networkType"]) == told
    assert (body["time"], body["lifbeDownload"], body["packetLossUpload"]) == (None, None, None)


def test_each_kind_of_iperf_is_there_or_null(client: FlaskClient) -> None:
    assert ask(client, "iperf")["tcp"] == {"downloadThroughputMbps": 380.38, "uploadThroughputMbps": 246.02}
    assert {ask(client, "iperf", LTE_ID)[name] for name in ("time", "tcp", "udp")} == {None}


# ---------------------------------------------------------------- agents
def test_agents_are_objects_with_and_without_metadata(client: FlaskClient) -> None:
    plain = client.get("/api/v1/agents?customer_id=0").get_json()
    full = client.get("/api/v1/agents?customer_id=0&metadata=true").get_json()

    assert plain["agents"] == [{"id": "1"}, {"id": "2"}, {"id": "3"}]
    assert (full["count"], full["agents"][0]["name"]) == (3, FIBRE)


def test_who_does_not_measure_is_not_listed(box: Box, secret: str) -> None:
    box.hands.wall_s += 600
    box.latest = {1: replace(box.latest[1], now_ts=box.hands.wall_s)}

    listed = with_key(box, secret).get("/api/v1/agents?customer_id=0").get_json()["agents"]
    assert listed == [{"id": FIBRE_ID}, {"id": BACKUP_ID}], "and who is DOWN"


def test_the_customer_is_listed_while_anything_measures(box: Box, client: FlaskClient, secret: str) -> None:
    assert client.get("/api/v1/networks").get_json() == {"count": 1, "customerId": ["0"]}

    box.hands.wall_s += 7 * 3600
    box.latest, box.reports = {}, box.reports[:2]  # the third is DOWN
    assert with_key(box, secret).get("/api/v1/networks").get_json() == {"count": 0, "customerId": []}


# ---------------------------------------------------------------- reports
def test_recommendations_are_left_out_when_they_are_not_wanted(client: FlaskClient) -> None:
    assert "recommendations" in ask(client, "health-report")
    assert "recommendations" not in ask(client, "health-report", include_recommendations="false")


def test_removed_uplinks_are_not_graded(client: FlaskClient) -> None:
    assert [one["agentID"] for one in ask(client, "health-report")["agentDetails"]] == ["1", "2", "3"]


def test_what_was_asked_is_told_back(client: FlaskClient) -> None:
    assert ask(client, "trends", lookback_days="3")["lookbackDays"] == 3
    alerts = ask(client, "degradation-alerts", severity_threshold="12.5", lookback_days="2")
    assert (alerts["severityThreshold"], alerts["daysLookback"]) == (12.5, 2)
    found = ask(client, "correlation-analysis", correlation_threshold="0.9", time_range="3600")
    assert (found["correlationThreshold"], found["timeRangeSeconds"]) == (0.9, 3600)
    assert ask(client, "agent-rankings", metric="latency", time_range="60")["metric"] == "latency"


def test_a_rise_is_told_with_one_digit(client: FlaskClient) -> None:
    trend = ask(client, "trends")

    assert (trend["status"], trend["time"]) == ("DEGRADED", NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    assert trend["trendPercentage"] == round(trend["trendPercentage"], 1)
    assert trend["trendPercentage"] == pytest.approx(
        100 * (trend["currentLatency"] / trend["baselineLatency"] - 1), abs=0.2
    )


def test_a_protocol_that_was_asked_for_is_told_even_if_nobody_measured_it(client: FlaskClient) -> None:
    nulls = {"anomaly_mad": None, "drops": None, "latency": None, "anomaly_distribution": None}

    assert ask(client, "anomalies", LTE_ID, time_range="3600", protocol="tcp")["tcp"] == nulls
    assert "tcp" not in ask(client, "anomalies", LTE_ID, time_range="3600")


def test_anomalies_of_one_protocol_tell_of_no_other(client: FlaskClient) -> None:
    every = ask(client, "anomalies", time_range="3600")
    one = ask(client, "anomalies", time_range="3600", protocol="udp")

    assert {"tcp", "udp", "http", "https", "icmp", "twamp"} <= every.keys()
    assert one.keys() & {"tcp", "udp", "http", "https", "icmp", "twamp"} == {"udp"}
