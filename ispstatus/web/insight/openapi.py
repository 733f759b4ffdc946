"""``/openapi/insight.yaml``, also where clients of this contract look for it: the family, described for machines."""

from pathlib import Path

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

bp = Blueprint("openapi", __name__)

FILE = Path(__file__).parent.parent / "openapi" / "insight.yaml"


@bp.get("/openapi/insight.yaml")
@bp.get("/latencetech_api_definition.yml")
def get_openapi() -> ResponseReturnValue:
    """Describe the Insight family as OpenAPI 3.1."""
    return Response(FILE.read_bytes(), mimetype="application/yaml", headers={"Cache-Control": "no-cache"})
