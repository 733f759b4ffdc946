"""Local calendar time as half-open UTC windows. Both ends become UTC before anything is subtracted: a month in which
the clock changes has 743 or 745 hours."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ispstatus.model.errors import BadRequest
from ispstatus.model.window import Window

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_window(month: str, zone: ZoneInfo) -> Window:
    """Return the calendar month "YYYY-MM" of ``zone``; BadRequest if it is not written so."""
    match = _MONTH.fullmatch(month)
    if match is None or not 1970 <= int(match[1]) < 9999:  # noqa: PLR2004
        raise BadRequest(f"month {month!r} is not accepted: write it as YYYY-MM, for example 2026-03")
    first = date(int(match[1]), int(match[2]), 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Window(_midnight(first, zone), _midnight(following, zone))


def month_of(moment_at: datetime, zone: ZoneInfo) -> str:
    """Return the local month of a moment as "YYYY-MM"."""
    return f"{moment_at.astimezone(zone):%Y-%m}"


def month_before(moment_at: datetime, zone: ZoneInfo) -> str:
    """Return the last whole local month before a moment as "YYYY-MM"."""
    return f"{moment_at.astimezone(zone).date().replace(day=1) - timedelta(days=1):%Y-%m}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
