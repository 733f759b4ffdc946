"""What ``/openapi/status.yaml`` says. ``make openapi`` writes the file from this; the daemon never loads it."""

from typing import Any

from ispstatus.web.shared.deps import CONTRACT
from ispstatus.web.shared.openapi import Endpoint, document
from ispstatus.web.status import models, params

WORDS = (
    "Which ISP uplinks of this box are usable now, why not, and what they really delivered. "
    "Fields are only ever added; see docs/reference/contract.md."
)


def described() -> Any:
    """Return the family's document as JSON-ready values."""
    return document("isp-status", CONTRACT, WORDS, endpoints(), models.Error)


def endpoints() -> tuple[Endpoint, ...]:
    """Return every endpoint of the family."""
    stored, csv = ("400", "403", "404", "503"), ("400", "403", "404", "429", "503")
    table = "text/csv"
    unchanged = (("304", "Not modified since the ETag that was sent"),)
    return (
        Endpoint("/api/status", "Every uplink's verdict, with its evidence; probes unless `cached=1`",
                 params.StatusQuery, (models.StatusAnswer,), errors=("400", "403", "404")),
        Endpoint("/api/health", "Whether the engine can be trusted", None, (models.HealthAnswer,), errors=("403",)),
        Endpoint("/api/uplinks", "Every uplink there is or was", None, (models.UplinksAnswer,), errors=("403", "503")),
        Endpoint("/api/history", "Five-minute buckets of one uplink", params.HistoryQuery, (models.HistoryAnswer,),
                 errors=stored, other=unchanged),
        Endpoint("/api/history.csv", "The same as CSV, of one uplink or all", params.HistoryCsvQuery,
                 media=table, errors=csv),
        Endpoint("/api/sla", "What was delivered in a period: one report with `name`, else all", params.SlaQuery,
                 (models.SlaReportAnswer, models.SlaAnswer), errors=stored),
        Endpoint("/api/sla.csv", "The same as CSV", params.SlaCsvQuery, media=table, errors=csv),
        Endpoint("/api/outages", "Outages that touch a range, newest first", params.OutagesQuery,
                 (models.OutagesAnswer,), errors=stored),
        Endpoint("/api/outages.csv", "The same as CSV", params.OutagesCsvQuery, media=table, errors=csv),
        Endpoint("/healthz", "Whether the engine's threads turn", None, (models.HealthzAnswer,), errors=("403",),
                 other=(("503", "A thread stands still; the body names it"),)),
    )  # fmt: skip
