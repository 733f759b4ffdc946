"""Every documented answer, from an app over a real database."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ispstatus.actions.uplinks import register_uplinks
from ispstatus.clock import SYSTEM
from ispstatus.config.load import load
from ispstatus.decide.ladder import starting
from ispstatus.model.report import EngineVitals, StatusReport, UplinkReport
from ispstatus.model.uplink import Uplink
from ispstatus.queries.reader import Reader
from ispstatus.store.writer import Writer
from ispstatus.web.factory import create_app
from ispstatus.web.shared.deps import Deps

NAME = "Liquid (BGP01)"


def _vitals() -> EngineVitals:
    return EngineVitals(SYSTEM.now(), {"engine": 0.1}, "raw", (), None, 0.0, True, True, None, 0, 0, {NAME: "up"})


@pytest.fixture
def deps(tmp_path: Path) -> Iterator[Deps]:
    settings = load(None, tmp_path)
    wished = Uplink(0, NAME, "eth1", settings.plan, settings.limits)
    writer = Writer(tmp_path / "ispstatus.db", SYSTEM)
    writer.start()
    (uplink,) = writer.submit(lambda db: register_uplinks(db, [wished])).result(5)
    report = UplinkReport(uplink, starting(uplink), SYSTEM.now(), None, False, 0, None, None)
    reader = Reader(tmp_path / "ispstatus.db")
    yield Deps(
        ask_status=lambda _name, _cached: StatusReport((report,), True, SYSTEM.now()),
        last_reports=lambda: (report,),
        vitals=_vitals,
        reader=reader,
        settings=settings,
        clock=SYSTEM,
        route_device=lambda peer, _local: "eth1" if peer.startswith("10.9.") else "lan0",
        uplink_devices=lambda: {"eth1": NAME},
        hostname="gate",
        is_demo=False,
        has_lan=lambda: True,
        is_on_link=lambda _peer: False,
    )
    reader.close()
    writer.stop()


@pytest.fixture
def client(deps: Deps) -> FlaskClient:
    return create_app(deps).test_client()


def _get(client: FlaskClient, path: str, **kwargs: object) -> dict[str, object]:
    response = client.get(path, **kwargs)
    assert response.status_code == 200, response.get_data(as_text=True)
    body: dict[str, object] = response.get_json()
    return body


def test_an_uplink_without_a_verdict_is_unknown_and_null(client: FlaskClient) -> None:
    uplinks = _get(client, "/api/status")["uplinks"]

    assert isinstance(uplinks, list)
    assert (uplinks[0]["name"], uplinks[0]["state"], uplinks[0]["state_reason"]) == (NAME, None, "starting")
    assert uplinks[0]["ping"] == uplinks[0]["http"] == []


@pytest.mark.parametrize("word", ["0", "1"])
def test_integer_only_clients_get_a_number_for_unknown(client: FlaskClient, word: str) -> None:
    uplinks = _get(client, f"/api/status?unknown_as={word}")["uplinks"]

    assert isinstance(uplinks, list)
    assert uplinks[0]["state"] == int(word)


def test_a_bad_parameter_is_refused_with_what_is_accepted(client: FlaskClient) -> None:
    response = client.get("/api/status?unknown_as=2")

    assert response.status_code == 400
    assert "null, 0, 1" in response.get_json()["error"]


def test_health_is_200_and_ok_right_after_the_start(client: FlaskClient) -> None:
    body = _get(client, "/api/health")

    assert body["ok"] is True
    assert body["reasons"] == []


def test_health_says_in_words_why_it_is_not_ok(deps: Deps) -> None:
    broken = replace(_vitals(), writing=False, writer_problem="no space left")
    client = create_app(replace(deps, vitals=lambda: broken)).test_client()

    body = _get(client, "/api/health")

    assert body["ok"] is False
    assert any("no space left" in reason for reason in body["reasons"])  # type: ignore[attr-defined]


def test_a_day_of_history_has_288_points_and_gaps_are_null(client: FlaskClient) -> None:
    body = _get(client, "/api/history", query_string={"name": NAME})

    assert len(body["points"]) == 288  # type: ignore[arg-type]
    assert {point["state"] for point in body["points"]} == {None}  # type: ignore[attr-defined]


def test_history_is_the_same_with_and_without_gzip_and_304_when_unchanged(client: FlaskClient) -> None:
    query = {"name": NAME, "range": "90d"}
    plain = client.get("/api/history", query_string=query)
    zipped = client.get("/api/history", query_string=query, headers={"Accept-Encoding": "gzip"})

    assert json.loads(gzip.decompress(zipped.data)) == plain.get_json()
    again = client.get("/api/history", query_string=query, headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_unknown_uplink_is_404_with_the_known_ones(client: FlaskClient) -> None:
    response = client.get("/api/history?name=Liquid")

    assert response.status_code == 404
    assert response.get_json()["known"] == [NAME]


@pytest.mark.parametrize("path", ["/api/history.csv", "/api/outages.csv", "/api/sla.csv"])
def test_a_csv_has_a_header_and_a_file_name_a_shell_can_live_with(client: FlaskClient, path: str) -> None:
    response = client.get(path, query_string={"name": NAME})

    assert response.status_code == 200
    assert "Liquid-BGP01-" in response.headers["Content-Disposition"].replace("_", "-")
    header = next(csv.reader(io.StringIO(response.get_data(as_text=True))))
    assert "uplink" in header


def test_the_state_of_prtg_is_3_while_unknown(client: FlaskClient) -> None:
    body = client.get("/api/prtg", query_string={"name": NAME}).get_json()["prtg"]

    assert body["result"][0]["value"] == 3
    assert "error" not in body


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/api/uplinks", "/api/outages", "/api/prtg"])
def test_every_other_answer_is_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("peer", "headers", "rule"),
    [
        pytest.param("203.0.113.9", {}, "[web] allow", id="stranger"),
        pytest.param("192.168.1.5", {"X-Forwarded-For": "192.168.1.7"}, "trusted_proxies", id="forged-header"),
        pytest.param("10.9.0.5", {}, "allow_via_uplinks", id="behind-an-uplink"),
        pytest.param("192.168.1.5", {"Host": "evil.example"}, "[web] hosts", id="foreign-host"),
    ],
)
def test_the_guard_refuses_and_names_its_rule(
    client: FlaskClient, peer: str, headers: dict[str, str], rule: str
) -> None:
    for path in ("/api/status", "/", "/nowhere"):
        response = client.get(path, environ_base={"REMOTE_ADDR": peer}, headers=headers)

        assert response.status_code == 403
        assert rule in response.get_json()["error"]


def test_a_lan_client_is_let_in(client: FlaskClient) -> None:
    assert client.get("/api/status", environ_base={"REMOTE_ADDR": "192.168.1.5"}).status_code == 200
