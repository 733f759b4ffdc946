"""The field tables of the reference pages, from the models. ``python -m tests.web.insight.pages`` writes them anew."""

import re
from pathlib import Path
from typing import Any

from ispstatus.web.insight.description import described
from tests.test_docs import REFERENCE
from tests.web.contract_shape import fields_of

FOLDER = REFERENCE / "insight"
PAGES = {
    "connectivity": ("/api/v1/ci", "/v2/ci", "/api/v1/twamp", "/api/v1/forecast"),
    "latency": ("/api/v1/latency", "/api/v1/anomalies"),
    "throughput": ("/api/v1/lifbe", "/api/v1/iperf"),
    "radio": ("/api/v1/radio", "/api/v1/geoloc"),
    "agents": ("/api/v1/networks", "/api/v1/agents"),
    "ingest": ("/api/v1/ingest",),
    "reports": (
        "/api/v1/trends",
        "/api/v1/degradation-alerts",
        "/api/v1/health-report",
        "/api/v1/agent-rankings",
        "/api/v1/correlation-analysis",
    ),
}
TABLE = re.compile(r"(?<=\n)\| field \| type \| meaning \|\n(?:\|.*\n)+")


def table(path: str) -> str:
    """Return the table of the fields of one endpoint's answer."""
    known: dict[str, Any] = described()
    (operation,) = known["paths"][path].values()
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    rows = dict(fields_of(schema, known["components"]["schemas"]))
    lines = [f"| `{name}` | {kind} | {words} |" for name, (kind, words) in rows.items()]
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *lines]) + "\n"


def page_of(name: str) -> Path:
    """Return a page's file."""
    return FOLDER / f"{name}.md"


def written(name: str, paths: tuple[str, ...]) -> str:
    """Return a page with its tables made anew; they stand in the order of its endpoints."""
    tables = iter([table(path) for path in paths])
    return TABLE.sub(lambda _: next(tables), page_of(name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    for page, its_paths in PAGES.items():
        page_of(page).write_text(written(page, its_paths), encoding="utf-8")
