"""Which customer and which agent a request is about."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask.typing import ResponseReturnValue

from ispstatus.analytics.latest import Latest
from ispstatus.model.errors import NotFound
from ispstatus.model.radio import Position
from ispstatus.model.state import State
from ispstatus.queries.insight.agents import Agent, Metadata, all_agents, find_agent, metadata_of
from ispstatus.queries.insight.pushed import pushed_lately
from ispstatus.web.insight.params import AgentQuery, CustomerQuery
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer


def the_customer(asked: CustomerQuery) -> tuple[Agent, ...]:
    """Return the agents of the customer that is asked about; NotFound for another than ours."""
    ours = deps().settings.site.customer_id
    if asked.customer_id != ours:
        raise NotFound("customer not found", known=(ours,))
    return all_agents(deps().reader)


def the_agent(asked: AgentQuery) -> Agent:
    """Return the agent that is asked about; NotFound, with the known numbers, for one that is not there."""
    if asked.customer_id != deps().settings.site.customer_id:
        raise NotFound("agent not found")
    return find_agent(deps().reader, asked.agent_id)


def known_of(agent: Agent, now: datetime) -> Metadata:
    """Return what is known of an agent."""
    found, where = metadata_of(deps().reader, agent, now), here(agent)
    return found if where is None else replace(found, position=where)


def here(agent: Agent) -> Position | None:
    """Return where this box is, if the agent is an uplink it has; None when nobody knows."""
    return deps().position() if agent.uplink and not agent.is_removed else None


def lately(agent: Agent) -> Latest:
    """Return what an agent measured in the last ten minutes."""
    known = deps()
    return known.recent(agent.id) if agent.uplink else pushed_lately(known.reader, agent.id, known.now())


def is_down(agent: Agent) -> bool:
    """Return whether the agent is an uplink whose state is DOWN: then its figures say so, whatever was measured."""
    return any(report.uplink.id == agent.id and report.decision.state is State.DOWN for report in deps().last_reports())


def of_agent(agent: Agent) -> dict[str, Any]:
    """Return how an answer about one agent begins."""
    return {"CustomerID": deps().settings.site.customer_id, "agentID": str(agent.id)}


def of_customer() -> dict[str, Any]:
    """Return how an answer about all agents begins."""
    return {"CustomerID": deps().settings.site.customer_id}


def no_such_agent(error: Exception) -> ResponseReturnValue:
    """Answer 404 in the words of this contract."""
    known = error.known if isinstance(error, NotFound) else ()
    return answer({"error": str(error), **({"known": list(known)} if known else {})}, HTTPStatus.NOT_FOUND)
