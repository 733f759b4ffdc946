"""/api/prtg: what PRTG's "HTTP Data Advanced" accepts, and alarms only for what is one."""

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from flask.testing import FlaskClient

from ispstatus.web.factory import create_app
from ispstatus.web.integrations.prtg import MOST_CHANNELS
from tests.web.box import BACKUP, FIBRE, LTE, Box, unknown

CHANNEL = {
    "type": "object",
    "properties": {
        "channel": {"type": "string", "minLength": 1},
        "value": {"type": "number"},
        "float": {"const": 1},
        "unit": {"enum": ["Custom", "Percent"]},
        "customunit": {"type": "string"},
        "showchart": {"enum": [0, 1]},
        "limitmode": {"enum": [0, 1]},
        "limitminerror": {"type": "number"},
        "limitminwarning": {"type": "number"},
        "limitmaxwarning": {"type": "number"},
        "limitmaxerror": {"type": "number"},
        "valuelookup": {"type": "string"},
    },
    "required": ["channel", "value"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "prtg": {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string", "maxLength": 2000},
                        "result": {"type": "array", "items": CHANNEL, "minItems": 1, "maxItems": 50},
                    },
                    "required": ["text", "result"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"error": {"const": 1}, "text": {"type": "string", "maxLength": 2000}},
                    "required": ["error", "text"],
                    "additionalProperties": False,
                },
            ]
        }
    },
    "required": ["prtg"],
    "additionalProperties": False,
}


def sensor(client: FlaskClient, **query: Any) -> Any:
    reply = client.get("/api/prtg", query_string=query)
    assert (reply.status_code, reply.mimetype) == (200, "application/json")
    jsonschema.Draft202012Validator(SCHEMA).validate(reply.get_json())
    return reply.get_json()["prtg"]


def of(box: Box) -> FlaskClient:
    return create_app(box.deps()).test_client()


def alarm(channel: dict[str, Any]) -> str:
    """What PRTG makes of a channel with limits."""
    if channel["value"] < channel["limitminerror"]:
        return "Down"
    return "Up" if channel["limitminwarning"] <= channel["value"] <= channel["limitmaxwarning"] else "Warning"


def test_without_a_name_there_is_a_channel_per_uplink(client: FlaskClient) -> None:
    told = sensor(client)
    assert [(one["channel"], one["value"]) for one in told["result"]] == [
        (f"{FIBRE} state", 2), (f"{LTE} state", 1), (f"{BACKUP} state", 0),
    ]  # fmt: skip
    assert told["text"] == f"1 of 3 uplinks is up; {BACKUP} is DOWN, {LTE} is DEGRADED."


def test_the_limits_that_come_with_it_make_the_right_alarms(box: Box) -> None:
    box.reports = (*box.reports, unknown(replace(box.reports[0].uplink, name="new")))
    assert [alarm(one) for one in sensor(of(box))["result"]] == ["Up", "Warning", "Down", "Warning"]


def test_one_uplink_has_fixed_channels(client: FlaskClient) -> None:
    told = sensor(client, name=FIBRE)
    assert [one["channel"] for one in told["result"]] == ["State", "RTT", "Loss", "Jitter", "Availability 30 d", "Age"]
    assert told["text"].startswith("UP since ")


def test_what_was_not_measured_is_no_channel(client: FlaskClient) -> None:
    told = {one["channel"]: one["value"] for one in sensor(client, name=BACKUP)["result"]}
    assert (told["State"], told["Loss"]) == (0, 100)
    assert not {"RTT", "Jitter"} & told.keys()


def test_with_the_lookup_file_there_are_no_limits(client: FlaskClient) -> None:
    state = sensor(client, name=FIBRE, lookup="1")["result"][0]
    assert state["valuelookup"] == "ispstatus.uplink.state"
    assert not any(key.startswith("limit") for key in state)


def test_the_lookup_file_says_what_the_limits_say(client: FlaskClient) -> None:
    with client.get("/api/prtg/ispstatus.uplink.state.ovl") as reply:
        assert "ispstatus.uplink.state.ovl" in reply.headers["Content-Disposition"]
        root = ET.fromstring(reply.data)  # noqa: S314  our own file
    assert root.attrib["id"] == "ispstatus.uplink.state"
    found = {int(one.attrib["value"]): one.attrib["state"] for one in root.iter("SingleInt")}
    assert found == {0: "Error", 1: "Warning", 2: "Ok", 3: "Warning"}


def test_no_more_channels_than_a_sensor_may_have(box: Box) -> None:
    first = box.reports[0]
    box.reports = tuple(
        replace(first, uplink=replace(first.uplink, name=f"line {n}")) for n in range(MOST_CHANNELS + 5)
    )
    told = sensor(of(box))
    assert len(told["result"]) == MOST_CHANNELS
    assert "one sensor per uplink" in told["text"]


def test_uplinks_that_are_down_are_no_error_of_the_sensor(box: Box) -> None:
    box.reports = (box.reports[2],)
    assert "error" not in sensor(of(box))


@pytest.mark.parametrize(
    ("broken", "words"),
    [("engine", "engine"), ("old", "newest verdict is 130 s old"), ("none", "no uplink is known")],
)
def test_an_engine_that_cannot_be_trusted_is_an_error_and_still_200(box: Box, broken: str, words: str) -> None:
    match broken:
        case "engine":
            box.vitals = replace(box.vitals, beats={**box.vitals.beats, "engine": 60.0})
        case "old":
            box.reports = tuple(replace(report, age_ms=130_000) for report in box.reports)
        case _:
            box.reports = ()
    client = create_app(replace(box.deps(), last_reports=lambda: box.reports)).test_client()
    told = sensor(client)
    assert told["error"] == 1
    assert words in told["text"]


def test_polling_never_probes(client: FlaskClient, box: Box) -> None:
    sensor(client)
    sensor(client, name=FIBRE)
    assert box.asked == []
