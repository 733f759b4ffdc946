"""``/openapi/status.yaml``: the family, described for machines."""

from pathlib import Path

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

bp = Blueprint("openapi", __name__)

FILE = Path(__file__).parent.parent / "openapi" / "status.yaml"


@bp.get("/openapi/status.yaml")
def get_openapi() -> ResponseReturnValue:
    """Describe the isp-status family as OpenAPI 3.1."""
    return Response(FILE.read_bytes(), mimetype="application/yaml", headers={"Cache-Control": "no-cache"})
