"""The description for machines: valid, complete, and what the server really does with whatever is asked."""

import contextlib
import subprocess
import sys
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
from tests.web.box import FIBRE, Box
from tests.web.contract_shape import api_document

PATH = "/openapi/status.yaml"


@pytest.fixture
def document(client: FlaskClient) -> Any:
    return yaml.safe_load(client.get(PATH).text)


def test_it_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_yaml_says_what_the_models_say(document: Any) -> None:
    assert document == api_document(), "run `make openapi`"


def test_the_daemon_loads_none_of_what_describes_its_answers() -> None:
    script = "import sys, ispstatus.app; print(*[m for m in sys.modules if m.startswith('ispstatus.web.')])"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert "ispstatus.web.status.openapi" in loaded
    assert [name for name in loaded if "models" in name or name.endswith((".description", "shared.openapi"))] == []


def test_it_is_served_as_yaml(client: FlaskClient) -> None:
    assert client.get(PATH).mimetype == "application/yaml"


def test_every_api_route_of_the_family_is_in_it(document: Any, box: Box) -> None:
    rules = {rule.rule for rule in create_app(box.deps()).url_map.iter_rules() if rule.endpoint.startswith("status.")}
    assert set(document["paths"]) == rules - {PATH}


QUERIES = {
    "/api/status": [{}, {"cached": "1"}, {"unknown_as": "1"}],
    "/api/history": [{"name": FIBRE}],
    "/api/sla": [{}, {"name": FIBRE}],
    "/api/outages": [{}, {"limit": "1"}],
}


@pytest.mark.parametrize(
    "path", ["/api/status", "/api/health", "/api/uplinks", "/api/history", "/api/sla", "/api/outages", "/healthz"]
)
def test_every_answer_is_as_described_and_has_nothing_undescribed(
    client: FlaskClient, document: Any, path: str
) -> None:
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**closed(schema), "components": closed(document["components"])}
    for query in QUERIES.get(path, [{}]):
        jsonschema.Draft202012Validator(whole).validate(client.get(path, query_string=query).get_json())


def closed(schema: Any) -> Any:
    """Return a schema whose objects admit no member it does not name."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {"additionalProperties": False} if "properties" in schema and "additionalProperties" not in schema else {}
    return {key: closed(value) for key, value in schema.items()} | strict


@pytest.fixture
def described(box: Box) -> Any:
    app: Flask = create_app(box.deps())
    app.wsgi_app = from_loopback(app.wsgi_app)  # type: ignore[method-assign]
    return schemathesis.openapi.from_wsgi(PATH, app)


def from_loopback(inner: Any) -> Any:
    """Return a WSGI application whose client, which has no address and closes nothing, is on this machine."""

    def serve(environ: Any, start_response: Any) -> list[bytes]:
        answer = inner({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)
        with contextlib.closing(answer) if hasattr(answer, "close") else contextlib.nullcontext():
            return list(answer)

    return serve


@pytest.mark.parametrize("path", sorted(api_document()["paths"]))
def test_whatever_is_asked_the_answer_is_one_of_those_described(described: Any, path: str) -> None:
    @given(case=described[path]["GET"].as_strategy())
    @settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance])  # some parameters exclude each other

    ask()
