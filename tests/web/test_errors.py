"""What every answer has in common: errors in words, methods, headers, and nothing of our insides."""

from dataclasses import replace
from typing import Any, Never

import pytest
from flask.testing import FlaskClient

from ispstatus.model.errors import CannotMeasure, StorageError
from ispstatus.web.factory import create_app
from tests.web.box import BACKUP, FIBRE, LTE, Box


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/api/status?unknown_as=2", ["unknown_as='2'", "null, 0, 1"]),
        ("/api/status?cached=yes", ["cached='yes'", "1 (true) or 0 (false)"]),
        ("/api/history?range=1y", ["range='1y'", "24h, 72h, 7d, 30d, 90d"]),
        ("/api/history.csv?excel=2", ["excel='2'"]),
        ("/api/outages?limit=0", ["limit='0'", "1 to 1000"]),
        ("/api/outages?offset=-1", ["offset='-1'"]),
        ("/api/outages?range=24h&range=7d", ["range is given 2 times"]),
        ("/api/sla?mnoth=2026-02", ["'mnoth' is not known", "name, month, from, to"]),
        ("/api/prtg?lookup=2", ["lookup='2'"]),
    ],
)
def test_a_bad_parameter_is_refused_with_what_is_accepted(client: FlaskClient, path: str, words: list[str]) -> None:
    reply = client.get(path)
    assert reply.status_code == 400
    assert [word for word in words if word not in reply.get_json()["error"]] == []


def test_what_clients_add_against_caches_is_ignored(client: FlaskClient) -> None:
    assert client.get("/api/status?_=1792300000").status_code == 200


@pytest.mark.parametrize("path", ["/api/status", "/api/history", "/api/history.csv", "/api/sla", "/api/outages.csv"])
def test_an_unknown_uplink_is_404_with_the_known_ones_and_a_hint(client: FlaskClient, path: str) -> None:
    reply = client.get(path, query_string={"name": "Liquid+(BGP01)"})
    body = reply.get_json()
    assert reply.status_code == 404
    assert "Liquid+(BGP01)" in body["error"]
    assert body["known"][:3] == [FIBRE, LTE, BACKUP]
    assert "--data-urlencode" in body["hint"]


@pytest.mark.parametrize("path", ["/api/nothing", "/nothing", "/static/nothing", "/docs/nothing", "/api/"])
def test_an_unknown_path_is_404_in_json(client: FlaskClient, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.mimetype) == (404, "application/json")
    assert reply.get_json()["error"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405_and_name_those_that_are_accepted(client: FlaskClient, box: Box, method: str) -> None:
    reply = client.open("/api/status", method=method)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert reply.get_json()["error"].startswith(f"{method} is not accepted")
    assert box.asked == []


def test_head_is_get_without_the_body_and_options_names_the_methods(client: FlaskClient) -> None:
    got, head = client.get("/api/uplinks"), client.head("/api/uplinks")
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(len(got.data)))
    options = client.options("/api/uplinks")
    assert (options.status_code, sorted(options.headers["Allow"].split(", "))) == (200, ["GET", "HEAD", "OPTIONS"])


def failing(box: Box, error: Exception) -> FlaskClient:
    def fail(*_: Any) -> Never:
        raise error

    return create_app(replace(box.deps(), ask_status=fail, last_reports=fail)).test_client()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("the secret of our insides"), 500),
        (StorageError("the secret of our insides"), 503),
        (CannotMeasure("the kernel does not answer"), 503),
    ],
)
@pytest.mark.parametrize("path", ["/api/status", "/api/prtg", "/"])
def test_our_own_failures_are_json_and_tell_no_internals(box: Box, error: Exception, code: int, path: str) -> None:
    reply = failing(box, error).get(path)
    assert (reply.status_code, reply.mimetype) == (code, "application/json")
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    assert ("Retry-After" in reply.headers) == (code == 503)


@pytest.mark.parametrize("path", ["/", "/api/status", "/api/nothing", "/docs", "/static/page.css", "/metrics"])
def test_browsers_are_told_to_trust_nothing_foreign(client: FlaskClient, path: str) -> None:
    with client.get(path) as reply:
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert "'unsafe-inline'" not in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/status", "/api/health", "/metrics", "/api/prtg", "/", "/api/sla"])
def test_what_is_true_now_is_not_kept_by_caches(client: FlaskClient, path: str) -> None:
    assert "no-store" in client.get(path).headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/", "/api/status", "/api/history.csv", "/metrics", "/api/prtg", "/api/nothing", "/docs", "/healthz"]
)
@pytest.mark.parametrize("is_demo", [True, False])
def test_invented_data_says_so_in_every_answer(box: Box, path: str, is_demo: bool) -> None:
    box.is_demo = is_demo
    with create_app(box.deps()).test_client().get(path) as reply:
        assert reply.headers.get("X-Ispstatus-Demo") == ("1" if is_demo else None)
