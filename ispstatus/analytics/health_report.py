"""How the agents of a site did over a day, a week or a month (NOTES A6 L)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import fmean

from ispstatus.model.window import Window


class Period(StrEnum):
    """How far back a report reaches from now."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    """30 days."""


class Grade(StrEnum):
    """How one agent did, by its mean latency as printed (two decimals)."""

    GOOD = "GOOD"
    """Below 50 ms."""
    FAIR = "FAIR"
    """Below 100 ms."""
    POOR = "POOR"
    """100 ms or more, or nothing measured."""


DAYS = {Period.DAILY: 1, Period.WEEKLY: 7, Period.MONTHLY: 30}
GOOD_BELOW_MS = 50.0
FAIR_BELOW_MS = 100.0
WORTH = {Grade.GOOD: 100, Grade.FAIR: 60, Grade.POOR: 20}


@dataclass(frozen=True, slots=True)
class AgentHealth:
    """One agent's part of the report."""

    agent_id: int
    latency_ms: float | None
    """Mean over the period (``latency.line_ms``)."""
    grade: Grade


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The report."""

    agents: Sequence[AgentHealth]
    """By agent."""
    distribution: Mapping[Grade, int]
    """Agents by grade; every grade is in it."""
    score: float | None
    """Mean worth of the grades, GOOD 100, FAIR 60, POOR 20: three good, one fair and one poor make 76; None of no
    agents."""
    recommendations: Sequence[str]
    """Sentences: the count first, then what to do, most urgent first."""


def report_window(now: datetime, period: Period) -> Window:
    """Return the days that end at ``now``."""
    return Window(now - timedelta(days=DAYS[period]), now)


def grade_of(latency_ms: float | None) -> Grade:
    """Return the grade of a mean latency."""
    printed_ms = FAIR_BELOW_MS if latency_ms is None else round(latency_ms, 2)
    if printed_ms < GOOD_BELOW_MS:
        return Grade.GOOD
    return Grade.FAIR if printed_ms < FAIR_BELOW_MS else Grade.POOR


def health_report(latencies_ms: Mapping[int, float | None]) -> HealthReport:
    """Return the report from each agent's mean latency over the period."""
    agents = [AgentHealth(agent, latency, grade_of(latency)) for agent, latency in sorted(latencies_ms.items())]
    grades = [agent.grade for agent in agents]
    distribution = {grade: grades.count(grade) for grade in Grade}
    score = fmean(WORTH[grade] for grade in grades) if grades else None
    return HealthReport(agents, distribution, score, _recommendations(agents, distribution))


def _recommendations(agents: Sequence[AgentHealth], distribution: Mapping[Grade, int]) -> list[str]:
    silent = [agent.agent_id for agent in agents if agent.latency_ms is None]
    slow = [(-one.latency_ms, one.agent_id) for one in agents if one.grade is Grade.POOR and one.latency_ms is not None]
    fair = [agent.agent_id for agent in agents if agent.grade is Grade.FAIR]
    counted = ", ".join(f"{count} {grade.lower()}" for grade, count in distribution.items())
    said = [f"Monitored agents: {len(agents)} ({counted})"]
    if silent:
        said.append(f"No latency was measured, check that they are connected: {_named(silent)}")
    if slow:
        said.append(f"Investigate, slowest first: {_named([agent for _, agent in sorted(slow)])}")
    if fair:
        said.append(f"Keep an eye on: {_named(fair)}")
    return said


def _named(agents: Sequence[int]) -> str:
    return ("agent " if len(agents) == 1 else "agents ") + ", ".join(map(str, agents))
