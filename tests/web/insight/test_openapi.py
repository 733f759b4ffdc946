"""The description for machines: valid, complete, at both addresses, and what the server really does."""

from typing import Any

import jsonschema
import pytest
import schemathesis
import yaml
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ispstatus.web.factory import create_app
from ispstatus.web.insight import description
from tests.web.box import Box
from tests.web.insight.test_samples import REQUESTS
from tests.web.insight.world import BACKUP_ID, FIBRE_ID, LTE_ID
from tests.web.test_openapi import closed, from_loopback

PATHS = ("/openapi/insight.yaml", "/latencetech_api_definition.yml")


@pytest.fixture
def document(client: FlaskClient) -> Any:
    return yaml.safe_load(client.get(PATHS[0]).text)


def test_it_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_yaml_says_what_the_models_say(document: Any) -> None:
    assert document == description.described(), "run `make openapi`"


def test_it_lies_where_the_contracts_clients_look_too(client: FlaskClient) -> None:
    first, second = (client.get(path) for path in PATHS)

    assert first.data == second.data
    assert first.mimetype == "application/yaml"


def test_it_says_how_to_show_a_key(document: Any) -> None:
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"] == {"type": "apiKey", "in": "header", "name": "x-api-key"}


def test_what_is_required_is_said_to_be(document: Any) -> None:
    required = {name["name"] for name in document["paths"]["/api/v1/latency"]["get"]["parameters"] if name["required"]}
    assert required == {"customer_id", "agent_id"}


def test_every_api_route_of_the_family_is_in_it(document: Any, box: Box) -> None:
    rules = {rule.rule for rule in create_app(box.deps()).url_map.iter_rules() if rule.endpoint.startswith("insight.")}
    told = set(document["paths"])

    assert {rule.removeprefix("/insight") for rule in rules} == told | set(PATHS)
    assert {f"/insight{path}" for path in told if path.startswith("/api/v1/")} <= rules, "each has an unmistakable name"


QUERIES = [
    *REQUESTS.values(),
    *(
        path.replace(f"agent_id={FIBRE_ID}", f"agent_id={other}")
        for path in REQUESTS.values()
        for other in (LTE_ID, BACKUP_ID)
    ),
    f"/v2/ci?customer_id=0&agent_id={FIBRE_ID}",
    f"/api/v2/ci?customer_id=0&agent_id={BACKUP_ID}",
    "/api/v1/agents?customer_id=0",
    "/api/v1/health-report?customer_id=0&include_recommendations=false",
    "/api/v1/agent-rankings?customer_id=0&metric=stability",
    "/api/v1/agent-rankings?customer_id=0&metric=connectivity_health",
    f"/api/v1/anomalies?customer_id=0&agent_id={FIBRE_ID}&time_range=7776000",
]


@pytest.mark.parametrize("path", sorted(set(QUERIES)))
def test_every_answer_is_as_described_and_has_nothing_undescribed(
    client: FlaskClient, document: Any, path: str
) -> None:
    described = document["paths"][path.partition("?")[0]]["get"]["responses"]["200"]
    schema = described["content"]["application/json"]["schema"]
    whole = {**closed(schema), "components": closed(document["components"])}

    jsonschema.Draft202012Validator(whole).validate(client.get(path).get_json())


KNOWN = {"customer_id": "0", "agent_id": FIBRE_ID}


@pytest.fixture
def described(box: Box, secret: str) -> Any:
    app: Flask = create_app(box.deps())
    app.wsgi_app = showing(secret, from_loopback(app.wsgi_app))  # type: ignore[method-assign]
    return schemathesis.openapi.from_wsgi(PATHS[0], app)


def showing(secret: str, inner: Any) -> Any:
    """Return a WSGI application whose client shows a key."""
    return lambda environ, start_response: inner({**environ, "HTTP_X_API_KEY": secret}, start_response)


@pytest.mark.parametrize("path", sorted({path.partition("?")[0] for path in QUERIES}))
def test_whatever_is_asked_the_answer_is_one_of_those_described(described: Any, path: str) -> None:
    @given(case=described[path]["GET"].as_strategy())
    @settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        # Strangers are most of what it makes up, and some parameters exclude each other; the key comes from outside.
        asked = case.query or {}
        case.query = {**asked, **{name: known for name, known in KNOWN.items() if name in asked}}
        case.call_and_validate(excluded_checks=[positive_data_acceptance, schemathesis.checks.ignored_auth])

    ask()


def test_whatever_is_pushed_the_answer_is_one_of_those_described(described: Any) -> None:
    @given(case=described["/api/v1/ingest"]["POST"].as_strategy())
    @settings(max_examples=50, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def push(case: Any) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance, schemathesis.checks.ignored_auth])

    push()


def test_what_an_agent_pushes_is_described(document: Any) -> None:
    described = document["paths"]["/api/v1/ingest"]
    assert set(described) == {"post"}
    schema = described["post"]["requestBody"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    sample = {"time": "2026-03-04T10:07:20Z", "protocol": "icmp", "target": "1.1.1.1", "rtt_ms": None}
    validator = jsonschema.Draft202012Validator(whole)

    validator.validate({"agent": "van 7", "samples": [sample]})
    assert not validator.is_valid({"agent": "van 7", "samples": [sample | {"protocol": "quic"}]})
    assert not validator.is_valid({"agent": "van 7", "sampels": []})
