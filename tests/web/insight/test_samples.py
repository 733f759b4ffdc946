"""Every field of every sample output of the contract is in our answer, under the same name and with the same type."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.insight.world import BACKUP_ID, FIBRE_ID, LTE_ID

_TEXT = (Path(__file__).with_name("samples.txt")).read_text(encoding="utf-8")
_TRAILING = re.compile(r",(\s*[\]}])")
"""The contract's samples have commas that JSON does not allow."""
SAMPLES: dict[str, Any] = {
    name: json.loads(_TRAILING.sub(r"\1", text))
    for name, text in re.findall(r"=== (\S+)\n(.*?)(?====|\Z)", _TEXT, re.DOTALL)
}
ABOUT = f"customer_id=0&agent_id={FIBRE_ID}"
REQUESTS = {
    "ci": f"/api/v1/ci?{ABOUT}",
    "lifbe": f"/api/v1/lifbe?{ABOUT}",
    "latency_protocol": f"/api/v1/latency?{ABOUT}&protocol=tcp&time_range=400",
    "latency": f"/api/v1/latency?{ABOUT}&chosen_time=2026-03-04T10:01:00Z%0A2026-03-04T10:05:00Z",
    "geoloc": f"/api/v1/geoloc?{ABOUT}",
    "twamp": f"/api/v1/twamp?{ABOUT}",
    "forecast": f"/api/v1/forecast?{ABOUT}",
    "radio": f"/api/v1/radio?{ABOUT}",
    "radio_chosen": f"/api/v1/radio?{ABOUT}&chosen_time=2026-03-04T10:01:00Z 2026-03-04T10:08:00Z",
    "networks": "/api/v1/networks",
    "agents": "/api/v1/agents?customer_id=0&metadata=true",
    "anomalies": f"/api/v1/anomalies?{ABOUT}&protocol=tcp&time_range=3600",
    "trends": f"/api/v1/trends?{ABOUT}&lookback_days=7",
    "health-report": "/api/v1/health-report?customer_id=0&report_period=daily&include_recommendations=true",
    "agent-rankings": "/api/v1/agent-rankings?customer_id=0&metric=overall&time_range=86400",
    "correlation-analysis": "/api/v1/correlation-analysis?customer_id=0&correlation_threshold=0.7&time_range=7200",
    "degradation-alerts": "/api/v1/degradation-alerts?customer_id=0&severity_threshold=20&lookback_days=3",
    "iperf": f"/api/v1/iperf?{ABOUT}",
}


def kind(value: Any) -> str:
    """Return JSON's own word for a value."""
    if isinstance(value, bool):
        return "boolean"
    names = {int: "number", float: "number", str: "string", dict: "object", list: "array", type(None): "null"}
    return names[type(value)]


def differences(sample: Any, ours: Any, path: str = "") -> list[str]:
    """Return what the sample has and we do not, or as something else."""
    if kind(sample) != kind(ours):
        return [f"{path}: {kind(ours)} instead of {kind(sample)}"]
    if isinstance(sample, dict):
        lost = [f"{path}.{name} is missing" for name in sample if name not in ours]
        return lost + [
            line for name in sample if name in ours for line in differences(sample[name], ours[name], f"{path}.{name}")
        ]
    if isinstance(sample, list) and sample:
        return (
            [f"{path} is empty"]
            if not ours
            else [line for one in ours for line in differences(sample[0], one, f"{path}[]")]
        )
    return []


def test_every_sample_is_asked_for() -> None:
    assert SAMPLES.keys() == REQUESTS.keys()


@pytest.mark.parametrize("name", REQUESTS)
def test_an_answer_has_every_field_of_the_sample(client: FlaskClient, name: str) -> None:
    reply = client.get(REQUESTS[name])

    assert (reply.status_code, reply.mimetype) == (200, "application/json")
    assert differences(SAMPLES[name], reply.get_json()) == []


@pytest.mark.parametrize("agent_id", [LTE_ID, BACKUP_ID])
@pytest.mark.parametrize(
    "name", [name for name, path in REQUESTS.items() if ABOUT in path and not isinstance(SAMPLES[name], list)]
)
def test_what_was_not_measured_is_null_and_never_missing(client: FlaskClient, name: str, agent_id: str) -> None:
    reply = client.get(REQUESTS[name].replace(f"agent_id={FIBRE_ID}", f"agent_id={agent_id}"))

    assert reply.status_code == 200
    found = differences(SAMPLES[name], reply.get_json())
    assert [line for line in found if "null instead of" not in line] == []
