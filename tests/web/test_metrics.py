"""/metrics: what Prometheus reads, by its own parser."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from ispstatus.web.factory import create_app
from tests.test_docs import REFERENCE
from tests.web.box import BACKUP, FIBRE, LTE, Box, unknown

UNITS = ("_seconds", "_ratio", "_bytes")
UNITLESS = {"ispstatus_build_info", "ispstatus_engine_ok", "ispstatus_uplink_state", "ispstatus_uplink_up",
            "ispstatus_probe_success"}  # fmt: skip


def scraped(client: FlaskClient) -> dict[str, Metric]:
    reply = client.get("/metrics")
    assert (reply.status_code, reply.mimetype) == (200, "text/plain")
    return by_name(parse_text(reply.text))


def by_name(families: Iterable[Metric]) -> dict[str, Metric]:
    return {family.name: family for family in families}


def value(families: dict[str, Metric], name: str, **labels: str) -> float | None:
    family = families.get(f"ispstatus_{name}")
    found = [s.value for s in (family.samples if family else ()) if labels.items() <= s.labels.items()]
    assert len(found) < 2
    return found[0] if found else None


def test_every_family_has_help_a_type_and_a_base_unit(client: FlaskClient) -> None:
    families = scraped(client)
    assert len(families) > 10
    for name, family in families.items():
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        assert name in UNITLESS or name.endswith(UNITS)
        assert not name.endswith(("_total", "_count", "_sum", "_bucket"))


def test_no_series_is_told_twice(client: FlaskClient) -> None:
    told = [(s.name, *sorted(s.labels.items())) for family in scraped(client).values() for s in family.samples]
    assert len(told) == len(set(told))


def test_openmetrics_is_spoken_to_those_who_ask(client: FlaskClient) -> None:
    reply = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert reply.mimetype == "application/openmetrics-text"
    families = by_name(parse_openmetrics(reply.text))  # type: ignore[no-untyped-call]
    assert families.keys() == scraped(client).keys()


def test_states_are_told_as_the_contract_numbers_them(client: FlaskClient) -> None:
    families = scraped(client)
    assert [value(families, "uplink_state", uplink=name) for name in (FIBRE, LTE, BACKUP)] == [2, 1, 0]
    assert [value(families, "uplink_up", uplink=name) for name in (FIBRE, LTE, BACKUP)] == [1, 1, 0]


def test_figures_are_in_base_units(client: FlaskClient) -> None:
    families = scraped(client)
    assert value(families, "uplink_rtt_seconds", uplink=FIBRE) == pytest.approx(0.0124)
    assert value(families, "uplink_loss_ratio", uplink=LTE) == pytest.approx(0.017)
    assert value(families, "uplink_verdict_age_seconds", uplink=FIBRE) == 4
    assert 0.9 < (value(families, "uplink_availability_ratio", uplink=FIBRE) or 0) <= 1
    assert value(families, "probe_success", uplink=LTE, target="http://one.example/") == 0


def test_a_dead_uplink_loses_all_and_has_no_round_trip(client: FlaskClient) -> None:
    families = scraped(client)
    assert value(families, "uplink_loss_ratio", uplink=BACKUP) == 1
    assert value(families, "uplink_rtt_seconds", uplink=BACKUP) is None
    assert value(families, "uplink_jitter_seconds", uplink=BACKUP) is None


def test_what_is_unknown_is_absent_and_never_zero(box: Box) -> None:
    box.reports = tuple(unknown(report.uplink) for report in box.reports)
    families = scraped(create_app(box.deps()).test_client())
    unmeasured = (
        "uplink_state",
        "uplink_up",
        "uplink_rtt_seconds",
        "uplink_loss_ratio",
        "last_cycle_timestamp_seconds",
    )
    assert [value(families, name, uplink=FIBRE) for name in unmeasured] == [None] * len(unmeasured)
    assert value(families, "uplink_state_since_timestamp_seconds", uplink=FIBRE) is not None


def test_a_name_with_quotes_arrives_whole(client: FlaskClient) -> None:
    assert value(scraped(client), "uplink_state", uplink='=Backup, "DSL"') == 0


def test_scraping_never_probes(client: FlaskClient, box: Box) -> None:
    scraped(client)
    assert box.asked == []


def test_the_engines_health_is_a_metric(box: Box) -> None:
    box.vitals = replace(box.vitals, writing=False, writer_problem="no space left")
    assert value(scraped(create_app(box.deps()).test_client()), "engine_ok") == 0


def test_the_reference_lists_every_metric_and_no_other(client: FlaskClient) -> None:
    page = (REFERENCE / "http.md").read_text(encoding="utf-8")
    listed = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `ispstatus_")}
    assert listed == scraped(client).keys()
