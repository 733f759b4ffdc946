"""Who may ask: let in by the common guard first, then by a key."""

from dataclasses import replace
from datetime import date
from ipaddress import ip_network
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ispstatus.actions.keys import create_key, note_key_use, revoke_key
from ispstatus.model.key import INGEST, INSIGHT, READ
from ispstatus.store.db import Db
from ispstatus.web.factory import create_app
from tests.store.kit import a_database
from tests.web.box import Box
from tests.web.insight.world import with_key

PATHS = ("/api/v1/networks", "/insight/api/v1/networks", "/api/v1/ci", "/v2/ci", "/api/v2/ci", "/api/v1/agents")
NETWORKS = "/api/v1/networks"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": ""}, {"x-api-key": "no such key"}, {"Authorization": "Bearer x"}]
)
def test_without_a_good_key_it_is_401_before_anything_else_is_said(
    box: Box, path: str, headers: dict[str, str]
) -> None:
    reply = create_app(box.deps()).test_client().get(path, headers=headers)

    assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "ApiKey")
    assert "x-api-key" in reply.get_json()["error"]


def test_with_a_key_it_is_answered(client: FlaskClient) -> None:
    assert client.get(NETWORKS).status_code == 200


def test_who_is_not_let_in_is_not_even_asked_for_a_key(box: Box) -> None:
    box.settings = replace(box.settings, web=replace(box.settings.web, allow=(ip_network("10.0.0.0/8"),)))

    reply = create_app(box.deps()).test_client().get(NETWORKS)

    assert (reply.status_code, reply.get_json()["rule"]) == (403, "allow")


@pytest.mark.parametrize("path", ["/openapi/insight.yaml", "/latencetech_api_definition.yml", "/api/status"])
def test_descriptions_and_other_families_want_no_key(box: Box, path: str) -> None:
    assert create_app(box.deps()).test_client().get(path).status_code == 200


def test_the_credentials_of_two_apis_at_once_are_refused(client: FlaskClient) -> None:
    reply = client.get("/api/v1/agents?customer_id=0", headers={"Authorization": "Bearer astra_abc"})

    assert reply.status_code == 400
    assert "not both" in reply.get_json()["error"]


def test_an_authorization_a_proxy_added_does_no_harm(client: FlaskClient) -> None:
    assert client.get(NETWORKS, headers={"Authorization": "Basic dXNlcjpwYXNz"}).status_code == 200


@pytest.fixture
def own(tmp_path: Path) -> Db:
    """A database of the test's own."""
    return a_database(tmp_path)


def status_with(own: Db, secret: str) -> int:
    box = Box(own.path)
    try:
        return with_key(box, secret).get(NETWORKS).status_code
    finally:
        box.reader.close()


def test_a_revoked_key_is_401_at_once(own: Db) -> None:
    secret = create_key(own, INSIGHT, "noc", (READ,), own.clock.now())
    assert status_with(own, secret) == 200
    revoke_key(own, 1, own.clock.now())

    assert status_with(own, secret) == 401


def test_a_key_for_handing_in_is_not_for_reading(own: Db) -> None:
    assert status_with(own, create_key(own, INSIGHT, "probe", (INGEST,), own.clock.now())) == 403


def test_a_key_of_another_family_is_none_here(own: Db) -> None:
    assert status_with(own, create_key(own, "telemetry", "noc", (READ,), own.clock.now())) == 401


def test_the_first_use_of_a_day_is_told_and_no_other(own: Db) -> None:
    box = Box(own.path)
    client = with_key(box, create_key(own, INSIGHT, "noc", (READ,), own.clock.now()))
    client.get(NETWORKS)
    assert box.used == [(1, date(2026, 3, 4))]

    note_key_use(own, 1, date(2026, 3, 4))
    client.get(NETWORKS)
    assert len(box.used) == 1
    box.reader.close()


def test_nothing_but_reading_is_offered(client: FlaskClient) -> None:
    reply = client.post(NETWORKS)

    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
