"""Agents: who they are, when they were heard, what is known of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ispstatus.analytics.kpis import Expected, expected_of, window_s
from ispstatus.analytics.latest import Latest
from ispstatus.model.agent import Profile, RemoteAgent
from ispstatus.model.errors import NotFound
from ispstatus.model.radio import Position
from ispstatus.model.uplink import Uplink
from ispstatus.queries.reader import Reader
from ispstatus.queries.uplinks import all_uplinks
from ispstatus.store import agents, half_minutes, positions, radio

ACTIVE_S = 60
NETWORK_S = 3600
METADATA_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Agent:
    """An uplink, or a remote agent."""

    id: int
    name: str
    is_removed: bool
    expected: Expected
    profile: Profile
    """What the configuration says of an uplink, and a remote agent of itself."""
    uplink: Uplink | None = None
    """None for a remote agent."""


LatestOf = Callable[[Agent], Latest]
"""Returns what an agent measured in the last ten minutes."""
IsDown = Callable[[Agent], bool]
"""Says whether an agent is an uplink whose state is DOWN."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of an agent, at most a week old."""

    profile: Profile
    """A modem's own words for its network before what was configured."""
    position: Position | None


def all_agents(reader: Reader) -> tuple[Agent, ...]:
    """Return every agent that is not removed, by number."""
    return tuple(agent for agent in _everyone(reader) if not agent.is_removed)


def remote_agents(reader: Reader) -> tuple[RemoteAgent, ...]:
    """Return every remote agent there is or was, by number."""
    return tuple(agents.every(reader.db()))


def find_agent(reader: Reader, agent_id: str) -> Agent:
    """Return the agent of a number, removed or not; NotFound with the numbers of those that are not."""
    everyone = _everyone(reader)
    for agent in everyone:
        if str(agent.id) == agent_id:
            return agent
    raise NotFound("agent not found", known=tuple(str(agent.id) for agent in everyone if not agent.is_removed))


def active_agents(reader: Reader, now: datetime, latest_of: LatestOf, is_down: IsDown) -> tuple[Agent, ...]:
    """Return the agents that took a sample, answered or lost, in the last minute, or in the last two intervals of one
    that samples less often; and uplinks that are DOWN: without a carrier nothing can be sent, and all the same we know.
    """
    now_ts = now.timestamp()
    stored = half_minutes.heard(reader.db(), int(now_ts - 2 * NETWORK_S))

    def is_active(agent: Agent) -> bool:
        latest = latest_of(agent)
        heard_ts = latest.ts_of(latest.samples[-1].sent_boot_s) if latest.samples else stored.get(agent.id)
        within_s = window_s(ACTIVE_S, min(latest.every_s.values(), default=0.0))
        return heard_ts is not None and now_ts - heard_ts <= within_s

    return tuple(agent for agent in all_agents(reader) if is_down(agent) or is_active(agent))


def active_networks(
    reader: Reader, customer_id: str, now: datetime, latest_of: LatestOf, is_down: IsDown
) -> tuple[str, ...]:
    """Return the customers of which an agent took a sample in the last hour, or is DOWN: this site's, or none."""
    stored = half_minutes.heard(reader.db(), int(now.timestamp()) - NETWORK_S)
    is_heard = any(agent.id in stored or is_down(agent) or latest_of(agent).samples for agent in all_agents(reader))
    return (customer_id,) if is_heard else ()


def metadata_of(reader: Reader, agent: Agent, now: datetime) -> Metadata:
    """Return what is known of an agent."""
    since_ts = int(now.timestamp()) - METADATA_S
    fix = positions.newest(reader.db(), agent.id, since_ts)
    reading = radio.newest(reader.db(), agent.id, since_ts)
    known = agent.profile
    if reading is not None:
        known = Profile(
            network_name=reading.radio.network_name or known.network_name,
            network_type=reading.radio.network_type or known.network_type,
            hardware=known.hardware,
            details=known.details,
        )
    return Metadata(known, None if fix is None else fix.position)


def _everyone(reader: Reader) -> list[Agent]:
    found = [_of_uplink(uplink) for uplink in all_uplinks(reader)]
    found += [_of_remote(agent) for agent in agents.every(reader.db())]
    return sorted(found, key=lambda agent: agent.id)


def _of_uplink(uplink: Uplink) -> Agent:
    told = uplink.contract
    profile = Profile(told.isp or "", told.network_type or "", told.hardware or "", told.details or "")
    return Agent(uplink.id, uplink.name, uplink.is_removed, expected_of(told), profile, uplink)


def _of_remote(agent: RemoteAgent) -> Agent:
    return Agent(agent.id, agent.name, agent.is_removed, Expected(), agent.profile)
