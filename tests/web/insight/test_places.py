"""A modem's radio and where an agent is: text in digits, null for what nobody said."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from ispstatus.model.radio import Position, Radio, RadioReading
from tests.web.box import OLD, Box
from tests.web.insight.world import BACKUP_ID, LTE_ID, NOW_TS, OLD_ID, RADIO, ask, lately, with_key


def test_what_the_modem_says_now_comes_before_what_is_stored(box: Box, secret: str) -> None:
    said = replace(RADIO, sinr_db=16.0, network_type="5G")
    box.radio = {1: RadioReading(1, NOW_TS, said)}

    answer = ask(with_key(box, secret), "radio")

    assert (answer["SINR_dB"], answer["networkType"], answer["time"]) == ("16", "5G", "2026-03-04T10:07:23.000Z")


def test_what_the_modem_does_not_say_is_null_and_never_a_word(box: Box, secret: str) -> None:
    box.radio = {1: RadioReading(1, NOW_TS, Radio(network_name="Bell"))}
    answer = ask(with_key(box, secret), "radio")

    assert {answer[name] for name in ("SINR_dB", "RSSI_dBm", "RSRP_dBm", "RSRQ_dB", "ECIO_dB", "PCI", "cellID")} == {
        None
    }


def test_an_agent_without_a_modem_is_answered_with_nulls_or_nothing(client: FlaskClient) -> None:
    assert ask(client, "radio", LTE_ID)["RSRP_dBm"] is None
    assert ask(client, "radio", LTE_ID, time_range="3600") == []


def test_where_an_agent_was_comes_with_its_latency_there(client: FlaskClient) -> None:
    places = ask(client, "geoloc", time_range="400")

    assert [place["time"][14:19] for place in places] == ["06:59", "07:09", "07:19"]
    assert (places[0]["latitude"], places[0]["longitude"], places[0]["altitude"]) == (
        "45.4961001",
        "-73.5619866",
        "39.1",
    )


@pytest.mark.parametrize(
    ("degrees", "told"),
    [(-73.5619866, "-73.5619866"), (0.00004, "0.00004"), (-1e-9, "0"), (100.0, "100"), (-26.5, "-26.5")],
)
def test_a_place_is_told_in_digits_also_near_greenwich(box: Box, secret: str, degrees: float, told: str) -> None:
    box.position = Position(51.4779, degrees, 0.0)
    client = with_key(box, secret)

    here = ask(client, "geoloc", LTE_ID)
    assert (here["longitude"], here["altitude"]) == (told, "0")
    assert ask(client, "ci", LTE_ID)["Attributes"]["gpsPos"] == f"51.4779,{told}"


def test_an_uplink_is_where_this_box_is(box: Box, secret: str) -> None:
    box.position = Position(-26.2041, 28.0473)
    client = with_key(box, secret)

    here = ask(client, "geoloc", LTE_ID)
    assert (here["latitude"], here["longitude"], here["altitude"]) == ("-26.2041", "28.0473", None)
    assert [place["latitude"] for place in ask(client, "geoloc", LTE_ID, time_range="400")] == ["-26.2041"]
    assert ask(client, "ci", LTE_ID)["Attributes"]["gpsPos"] == "-26.2041,28.0473"
    listed = client.get("/api/v1/agents?customer_id=0&metadata=true").get_json()["agents"]
    assert {agent["gpsPosition"] for agent in listed} == {"-26.2041,28.0473"}


def test_a_place_has_no_latency_while_the_line_is_down(box: Box, secret: str) -> None:
    box.latest = {3: lately(1, box.hands.boot_s)}
    box.position = Position(-26.2041, 28.0473)
    client = with_key(box, secret)

    assert ask(client, "geoloc", BACKUP_ID)["applicationLatency"] is None
    assert [place["applicationLatency"] for place in ask(client, "geoloc", BACKUP_ID, time_range="400")] == [None]


def test_an_uplink_that_was_removed_is_answered_and_is_nowhere(box: Box, secret: str) -> None:
    box.position = Position(-26.2041, 28.0473)
    client = with_key(box, secret)

    ci = ask(client, "ci", OLD_ID)
    assert (ci["Attributes"]["agentName"], ci["Attributes"]["gpsPos"], ci["KPIs"]["icmpMs"]) == (OLD, "", None)
    assert ask(client, "geoloc", OLD_ID)["latitude"] is None
    assert ask(client, "latency", OLD_ID, time_range="400") == []


def test_nobody_knows_where_is_null_or_empty(client: FlaskClient) -> None:
    assert ask(client, "geoloc", LTE_ID)["latitude"] is None
    assert ask(client, "ci", LTE_ID)["Attributes"]["gpsPos"] == ""
