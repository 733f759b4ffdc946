"""Figures and moments as people read them."""

from datetime import datetime, timedelta, tzinfo

from ispstatus.decide.sentence import duration_text

NOTHING = "\u2013"
"""What stands for "not measured"."""
_FINE = 10
_WHOLE = 100


def age_text(seconds: float) -> str:
    """Return a length: "4 s", "7 min", "2 h 5 min"."""
    return duration_text(timedelta(seconds=seconds))


def clock_time(moment: datetime, zone: tzinfo) -> str:
    """Return local time of day: 14:03:12."""
    return f"{moment.astimezone(zone):%H:%M:%S}"


def date_time(moment: datetime, zone: tzinfo) -> str:
    """Return local date and time: 2026-03-01 14:03:12."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def figure(value: float | None) -> str:
    """Return a figure with as many digits as it deserves: 0.31, 3.1, 31, 310."""
    if value is None:
        return NOTHING
    if value >= _WHOLE or value == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= _FINE else f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """Return a percentage as it was cut, without idle zeros: 99.98 %, 100 %."""
    return NOTHING if value is None else f"{value:.4f}".rstrip("0").rstrip(".") + " %"
