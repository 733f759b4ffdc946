from datetime import UTC, datetime

import pytest

from ispstatus.analytics.health_report import Grade, Period
from ispstatus.queries.insight.health_report import report
from ispstatus.queries.reader import Reader
from ispstatus.store.hours import DAY
from tests.queries.insight.story import AGENTS, MIDNIGHT_TS, NOW_TS, Story, line_of, up30

NOW = datetime.fromtimestamp(NOW_TS, UTC)


@pytest.mark.parametrize(("period", "days"), [(Period.DAILY, 1), (Period.WEEKLY, 7), (Period.MONTHLY, 30)])
def test_the_report_is_that_of_all_samples(story: Story, reading_it: Reader, period: Period, days: int) -> None:
    found = report(reading_it, AGENTS, NOW, period)

    for one in found.agents:
        expected = line_of(story.spoken(up30(NOW_TS - days * DAY), up30(NOW_TS), one.agent_id))
        assert one.latency_ms == pytest.approx(expected)
    assert [one.agent_id for one in found.agents] == [*AGENTS]


def test_an_agent_without_a_sample_is_poor_and_an_agent_not_asked_about_is_not_told(reading_it: Reader) -> None:
    found = report(reading_it, (1, 99), NOW, Period.DAILY)

    assert [(one.agent_id, one.grade) for one in found.agents] == [(1, Grade.GOOD), (99, Grade.POOR)]


def test_nobody_has_a_report_before_the_first_sample(reading_it: Reader) -> None:
    found = report(reading_it, AGENTS, datetime.fromtimestamp(MIDNIGHT_TS, UTC), Period.MONTHLY)

    assert {one.latency_ms for one in found.agents} == {None}
