"""What the series of agents came to in a window, for those questions that compare agents or windows."""

from collections.abc import Collection, Mapping

from ispstatus.analytics.speaking import Part
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import series, sums

Parts = Mapping[int, list[Part]]
"""The far ends of each agent that were probed; every agent asked about is in it."""


def parts_between(reader: Reader, agent_ids: Collection[int], window: Window) -> Parts:
    """Return the sums of a window; half minutes are not cut, beyond eight days hours are not."""
    wanted, every = set(agent_ids), series.every(reader.db())
    known = [one for one in every if one.agent_id in wanted]
    few = (
        [one.id for one in known] if 2 * len(known) < len(every) else None
    )  # picking out most costs more than it saves
    totals = sums.between(reader.db(), window.start_ts, window.end_ts, few)
    parts: dict[int, list[Part]] = {agent_id: [] for agent_id in agent_ids}
    for one in known:
        if one.id in totals:
            parts[one.agent_id].append(Part(one.protocol, one.target, one.is_own, *totals[one.id], one.id))
    return parts
