"""The routes and their reference list each other, parameters included."""

import re

import pytest
from pydantic import BaseModel

from ispstatus.web.factory import create_app
from ispstatus.web.integrations.prtg import PrtgQuery
from ispstatus.web.shared.csv import MOST_AT_ONCE
from ispstatus.web.status import params
from tests.test_docs import REFERENCE
from tests.web.box import Box

PAGE = (REFERENCE / "http.md").read_text(encoding="utf-8")
INSIGHT = (REFERENCE / "insight.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `GET (/[^`]*)` \| (.*) \|$", PAGE + INSIGHT, re.MULTILINE))
UNMISTAKABLE = "/insight"
"""What the Insight API's routes may begin with too; the page says it once."""
QUERIES: dict[str, type[BaseModel]] = {
    "/api/status": params.StatusQuery,
    "/api/history": params.HistoryQuery,
    "/api/sla": params.SlaQuery,
    "/api/outages": params.OutagesQuery,
    "/api/prtg": PrtgQuery,
}


def test_every_route_has_a_row_and_every_row_a_route(box: Box) -> None:
    rules = [rule for rule in create_app(box.deps()).url_map.iter_rules() if "GET" in (rule.methods or ())]
    assert {rule.rule.removeprefix(UNMISTAKABLE) for rule in rules} == ROWS.keys()


def test_nothing_but_reading_is_offered_except_to_agents(box: Box) -> None:
    rules = create_app(box.deps()).url_map.iter_rules()
    writing = {rule.rule for rule in rules if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}}
    assert {rule.removeprefix(UNMISTAKABLE) for rule in writing} == {"/api/v1/ingest"}


@pytest.mark.parametrize("path", QUERIES)
def test_every_parameter_is_in_its_row(path: str) -> None:
    names = [about.alias or field for field, about in QUERIES[path].model_fields.items()]
    assert [name for name in names if f"?{name}=" not in ROWS[path]] == []


def test_every_rule_of_the_guard_is_told() -> None:
    told = re.findall(r"^\d\. `(\w+)`:", PAGE, re.MULTILINE)
    assert told == ["forwarding", "allow", "uplink", "host", "downloads"]


def test_the_cap_on_downloads_is_told() -> None:
    assert MOST_AT_ONCE == 2
    assert "At most two downloads" in PAGE
