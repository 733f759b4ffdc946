"""What a client shows to prove who it is, and which family it means by that.

Two contracts have a ``/api/v1/agents``; each has its own credential, so the credential says which of them is asked.
"""

from dataclasses import dataclass

from werkzeug.datastructures import Headers

from ispstatus.model.errors import BadRequest

KEY_HEADER = "x-api-key"
"""Insight."""
BEARER = "Bearer astra_"
"""Telemetry, in the Authorization header: what its keys begin with."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The one credential of a request; both None without any."""

    insight: str | None = None
    telemetry: str | None = None


def shown(headers: Headers) -> Shown:
    """Return the credential of a request; BadRequest when it shows those of two families."""
    key, authorization = headers.get(KEY_HEADER), headers.get("Authorization", "")
    telemetry = authorization.removeprefix("Bearer ") if authorization.startswith(BEARER) else None
    if key is not None and telemetry is not None:
        raise BadRequest(f"send either {KEY_HEADER} or a bearer key, not both: they are for different APIs")
    return Shown(key, telemetry)
