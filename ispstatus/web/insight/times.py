"""The stretch of time a request is about."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ispstatus.model.errors import BadRequest
from ispstatus.model.window import Window
from ispstatus.web.insight.params import MOST_S, SpanQuery
from ispstatus.web.shared.deps import deps

_TIME = r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|z|[+-]\d\d:?\d\d| \d\d:\d\d)?)?"
_CHOSEN = re.compile(rf"\s*({_TIME})\s*(?:,|%2C|\s)\s*({_TIME})\s*", re.ASCII | re.IGNORECASE)
"""Two times and what clients put between them: the contract's own example has lost the comma."""


def span(asked: SpanQuery) -> Window | None:
    """Return the window that time_range or chosen_time names, None without either; BadRequest for both."""
    if asked.time_range is not None and asked.chosen_time is not None:
        raise BadRequest("chosen_time is not to be used with time_range: send one of them")
    if asked.chosen_time is not None:
        return chosen(asked.chosen_time, ZoneInfo(deps().settings.insight.timezone))
    return None if asked.time_range is None else until_now(asked.time_range)


def required_span(asked: SpanQuery) -> Window:
    """Return the same; BadRequest without either, for there is no default."""
    window = span(asked)
    if window is None:
        raise BadRequest("time_range (seconds) or chosen_time (start,end) is required: there is no default")
    return window


def until_now(seconds: int) -> Window:
    """Return so many seconds that end now."""
    now = deps().now()
    return Window(now - timedelta(seconds=seconds), now)


def chosen(text: str, zone: ZoneInfo) -> Window:
    """Return ``start,end``; times without an offset are in ``zone``. BadRequest when that is no window of ours."""
    found = _CHOSEN.fullmatch(text)
    if found is None:
        accepted = "start,end, e.g. 2025-05-30T10:00:00Z,2025-06-15T17:00:00Z"
        raise BadRequest(f"chosen_time={text[:80]!r} is not accepted: write {accepted}")
    start_at, end_at = (_moment(part, zone) for part in found.groups())
    if start_at >= end_at:
        raise BadRequest(f"chosen_time={text[:80]!r} is not accepted: the start must lie before the end")
    if end_at - start_at > timedelta(seconds=MOST_S):
        raise BadRequest(f"chosen_time={text[:80]!r} is not accepted: it may span at most 90 days")
    return Window(start_at, end_at)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that was not URL-encoded arrives as a space
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest(f"chosen_time: {text[:40]!r} is no time") from None
