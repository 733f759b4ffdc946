"""Local calendar time: both ends become UTC before anything is subtracted."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ispstatus.analytics.months import month_before, month_of, month_window
from ispstatus.model.errors import BadRequest
from ispstatus.model.window import Window

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("month", "zone", "hours"),
    [
        pytest.param("2026-03", BERLIN, 743, id="Berlin loses an hour in March"),
        pytest.param("2026-10", BERLIN, 745, id="Berlin gains an hour in October"),
        pytest.param("2026-11", NEW_YORK, 721, id="New York gains an hour in November"),
        pytest.param("2026-03", ZoneInfo("Africa/Johannesburg"), 744, id="Johannesburg never changes"),
        pytest.param("2026-02", ZoneInfo("UTC"), 672, id="February"),
        pytest.param("2024-02", ZoneInfo("UTC"), 696, id="leap February"),
        pytest.param("2026-12", ZoneInfo("UTC"), 744, id="over the new year"),
    ],
)
def test_a_month_is_as_long_as_its_zone_says(month: str, zone: ZoneInfo, hours: int) -> None:
    assert month_window(month, zone).seconds == hours * 3600


def test_a_month_begins_at_local_midnight() -> None:
    window = month_window("2026-03", BERLIN)

    assert window == Window(datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "2026-3", "26-03", "2026-03-01", "", "March", "0001-01", "9999-12"]
)
def test_a_month_written_otherwise_is_refused_with_what_is_accepted(month: str) -> None:
    with pytest.raises(BadRequest, match="write it as YYYY-MM, for example 2026-03"):
        month_window(month, BERLIN)


def test_which_month_it_is_depends_on_the_zone() -> None:
    moment_at = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)

    assert (month_of(moment_at, BERLIN), month_of(moment_at, NEW_YORK)) == ("2026-04", "2026-03")
    assert (month_before(moment_at, BERLIN), month_before(moment_at, NEW_YORK)) == ("2026-03", "2026-02")
