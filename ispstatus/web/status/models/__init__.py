"""What the family's answers look like: the source of the OpenAPI document, of the frozen contract and of its tests.

Answers are built by ``payloads``; tests check every answer against these models, with nothing left over. Imported only
by whoever describes answers.
"""

from ispstatus.web.status.models.engine import HealthAnswer, HealthzAnswer, UplinksAnswer
from ispstatus.web.status.models.past import HistoryAnswer, OutagesAnswer, SlaAnswer, SlaReportAnswer
from ispstatus.web.status.models.verdict import StatusAnswer
from ispstatus.web.status.models.words import Error

__all__ = [
    "Error",
    "HealthAnswer",
    "HealthzAnswer",
    "HistoryAnswer",
    "OutagesAnswer",
    "SlaAnswer",
    "SlaReportAnswer",
    "StatusAnswer",
    "UplinksAnswer",
]
