"""Moments as they are written on the wire and shown to people."""

from datetime import UTC, datetime, timedelta, tzinfo

from ispstatus.model.window import Window


def utc(moment: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds: 2026-01-02T03:04:05.678Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def maybe_utc(moment: datetime | None) -> str | None:
    """Return ``utc`` of a moment, None of none."""
    return None if moment is None else utc(moment)


def whole_utc(moment: datetime) -> str:
    """Return ISO 8601 in UTC, cut to the second: 2026-01-02T03:04:05Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def local(moment: datetime, zone: tzinfo) -> str:
    """Return ISO 8601 in local time with its offset, cut to the second: 2026-01-02T05:04:05+02:00."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def until_now(window: Window, now: datetime) -> Window:
    """Return a window of history that reaches up to this moment: outages are told at once, buckets when complete."""
    return Window(window.start_at, max(window.end_at, now + timedelta(seconds=1)))
