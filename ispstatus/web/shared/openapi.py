"""OpenAPI 3.1 documents, made from the models that check requests and describe answers.

One module of ours: pydantic writes the schemas, we write what stands around them. Runs while the project is worked on:
the daemon serves the files that came of it, because the models of answers alone would take four megabytes of it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

ERRORS = {
    "400": "A parameter is not acceptable; `error` says what would be",
    "403": "This client is not let in; `rule` names the rule",
    "404": "No such uplink; `known` lists them",
    "429": "Two downloads run already; `Retry-After` says when to try again",
    "503": "The stored history cannot be read now",
}
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./]*")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint as it is documented: GET, or POST with a body."""

    path: str
    summary: str
    query: type[BaseModel] | None = None
    answers: tuple[type[BaseModel], ...] = ()
    """Several: one of them. Empty: CSV or text."""
    media: str = "application/json"
    errors: tuple[str, ...] = ("400", "403")
    other: tuple[tuple[str, str], ...] = ()
    """Further statuses without a body of their own: (status, words)."""
    body: type[BaseModel] | None = None
    """What a POST takes."""

    @property
    def method(self) -> str:
        """As the document spells it."""
        return "get" if self.body is None else "post"


def document(
    title: str,
    version: str,
    words: str,
    endpoints: Sequence[Endpoint],
    error: type[BaseModel],
    *,
    problems: Mapping[str, str] = ERRORS,
    key_header: str | None = None,
) -> Any:
    """Return the document as JSON-ready values.

    ``problems`` says what an error status means here; ``key_header`` is the header that has to carry a key.
    """
    models = list(dict.fromkeys([error, *(model for endpoint in endpoints for model in endpoint.answers)]))
    template = "#/components/schemas/{model}"
    taken = [endpoint.body for endpoint in endpoints if endpoint.body is not None]
    _, schemas = models_json_schema(
        [*((model, "serialization") for model in models), *((model, "validation") for model in taken)],
        ref_template=template,
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": words, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "security": [{"key": []}] if key_header else [],
        "paths": {endpoint.path: {endpoint.method: _operation(endpoint, error, problems)} for endpoint in endpoints},
        "components": {"schemas": dict(sorted(schemas["$defs"].items())), **_security(key_header)},
    }


def _security(key_header: str | None) -> dict[str, Any]:
    if key_header is None:
        return {}
    return {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": key_header}}}


def _operation(endpoint: Endpoint, error: type[BaseModel], problems: Mapping[str, str]) -> dict[str, Any]:
    errors = {
        status: {"description": problems[status], "content": _content("application/json", (error,))}
        for status in endpoint.errors
    }
    return {
        "operationId": endpoint.method + "".join(part.title() for part in re.split(r"\W+", endpoint.path)),
        "summary": endpoint.summary,
        "parameters": list(_parameters(endpoint.query)),
        **_request_body(endpoint.body),
        "responses": {
            "200": {"description": "OK", "content": _content(endpoint.media, endpoint.answers)},
            **{status: {"description": words} for status, words in endpoint.other},
            **errors,
        },
    }


def _request_body(body: type[BaseModel] | None) -> dict[str, Any]:
    return {} if body is None else {"requestBody": {"required": True, "content": _content("application/json", (body,))}}


def _content(media: str, answers: Sequence[type[BaseModel]]) -> dict[str, Any]:
    refs = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in answers]
    if not refs:
        return {media: {"schema": {"type": "string"}}}
    return {media: {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}}


def _parameters(query: type[BaseModel] | None) -> Iterator[dict[str, Any]]:
    if query is None:
        return
    described_query = query.model_json_schema(by_alias=True)
    for name, schema in described_query["properties"].items():
        described = {key: value for key, value in schema.items() if key not in {"title", "description"}}
        variants = [variant for variant in described.pop("anyOf", []) if variant != {"type": "null"}]
        if described.get("default", ...) is None:
            del described["default"]
        yield {
            "name": name,
            "in": "query",
            "required": name in described_query.get("required", ()),
            "description": schema["description"],
            "schema": described | (variants[0] if variants else {}),
        }


def yaml(value: Any, depth: int = 0) -> str:
    """Return JSON-ready values as YAML, block style; every text that could mean anything else is quoted."""
    indent = "  " * depth
    if isinstance(value, dict) and value:
        return "".join(f"{indent}{_key(key)}:{_nested(inner, depth)}" for key, inner in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{indent}-{_nested(inner, depth)}" for inner in value)
    return f"{indent}{_scalar(value)}\n"


def _nested(value: Any, depth: int) -> str:
    if isinstance(value, dict | list) and value:
        return "\n" + yaml(value, depth + 1)
    return f" {_scalar(value)}\n"


def _key(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED else json.dumps(text)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # JSON's scalars are YAML's
