"""The isp-status contract as a flat list of names and types, for freezing.

``python -m tests.web.contract_shape`` prints the present shape as JSON (what ``contract.json`` holds);
``python -m tests.web.contract_shape tables`` prints the field tables of ``docs/reference/contract.md``.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ispstatus.web.status.description import described
from ispstatus.web.status.tables import HISTORY_COLUMNS, OUTAGE_COLUMNS, SLA_COLUMNS

FROZEN = Path(__file__).with_name("contract.json")
CSV_COLUMNS = {
    "/api/history.csv": HISTORY_COLUMNS,
    "/api/sla.csv": SLA_COLUMNS,
    "/api/outages.csv": OUTAGE_COLUMNS,
}
_JSON = "application/json"

Fields = dict[str, tuple[str, str]]
"""Path of a field to its type and description."""


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document of the family."""
    found: dict[str, Any] = described()
    return found


def answers() -> dict[str, Fields]:
    """Return the fields of every JSON answer, by endpoint."""
    known = api_document()
    schemas = known["components"]["schemas"]
    found: dict[str, Fields] = {}
    for path, item in known["paths"].items():
        content = item["get"]["responses"]["200"]["content"]
        if _JSON in content:
            found[path] = dict(_fields(content[_JSON]["schema"], schemas, ""))
    found["errors"] = dict(_fields(schemas["Error"], schemas, ""))
    return found


def shape() -> dict[str, Any]:
    """Return names and types alone."""
    fields = {path: {name: kind for name, (kind, _) in found.items()} for path, found in answers().items()}
    return {"answers": fields, "csv": {path: list(columns) for path, columns in CSV_COLUMNS.items()}}


def _fields(schema: dict[str, Any], schemas: dict[str, Any], prefix: str) -> Iterator[tuple[str, tuple[str, str]]]:
    variants = _variants(schema, schemas)
    for one in variants:
        for name, inner in one.get("properties", {}).items():
            path = f"{prefix}{name}"
            yield path, (_kind(inner, schemas), " ".join(inner.get("description", "").split()))
            yield from _fields(inner, schemas, f"{path}.")
        if one.get("type") == "array":
            yield from _fields(one["items"], schemas, f"{prefix.removesuffix('.')}[].")


def fields_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the path of every field of an answer with its type and description."""
    yield from _fields(schema, schemas, "")


def _variants(schema: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a schema may be, references followed."""
    if "$ref" in schema:
        return _variants(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return [one for variant in schema["anyOf"] for one in _variants(variant, schemas)]
    return [schema]


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return the type of a field: ``string``, ``integer or null``, ``list of object``, ``0, 1, 2 or null``."""
    kinds = [_one_kind(one, schemas) for one in _variants(schema, schemas)]
    return " or ".join(dict.fromkeys(kinds))


def _one_kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'], schemas)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'], schemas)}"
    return str(schema["type"])


def is_told_elsewhere(path: str, name: str) -> bool:
    """Whether a field repeats, one level down, what a table of the contract document says already."""
    repeated = {"/api/outages": "outages[].evidence.", "/api/sla": "uplinks[]."}
    return path in repeated and name.startswith(repeated[path])


def tables() -> str:
    """Return the field tables of the contract document."""
    parts = []
    for path, fields in answers().items():
        head = f"### Fields of `{path}`\n" if path.startswith("/") else "### Fields of an error\n"
        shown = {name: told for name, told in fields.items() if not is_told_elsewhere(path, name)}
        rows = [f"| `{name}` | {kind} | {words} |" for name, (kind, words) in shown.items()]
        parts.append("\n".join([head, "| field | type | meaning |", "|---|---|---|", *rows]))
    for path, columns in CSV_COLUMNS.items():
        parts.append(f"### Columns of `{path}`\n\n" + ", ".join(f"`{column}`" for column in columns))
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(tables() if "tables" in sys.argv else json.dumps(shape(), indent=1))
