"""What was measured in the last ten minutes, by agent: the engine writes, web requests read."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from ispstatus.analytics.kpis import QUALITY_S
from ispstatus.analytics.latest import KEPT_S, Latest
from ispstatus.clock import Clock
from ispstatus.model.series import Deltas, Protocol, Sample

MOST_SAMPLES = 10_000
"""Of one agent: more than any pace comes to, so that memory is bounded whatever the clock does."""


@dataclass(slots=True)
class _Agent:
    """One agent's past."""

    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=MOST_SAMPLES))
    every_s: Mapping[Protocol, float] = field(default_factory=dict)
    deltas: Deltas | None = None


class Board:
    """Safe to use from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._agents: dict[int, _Agent] = {}

    def note(self, agent_id: int, sample: Sample) -> None:
        """Remember a sample; one whose loss is cancelled later is changed in place."""
        with self._lock:
            samples = self._agent(agent_id).samples
            samples.append(sample)
            oldest_boot_s = self._clock.boot() - KEPT_S
            while samples and samples[0].sent_boot_s < oldest_boot_s:
                samples.popleft()

    def note_deltas(self, agent_id: int, deltas: Deltas) -> None:
        """Remember what the newest TWAMP packet saw of each direction."""
        with self._lock:
            self._agent(agent_id).deltas = deltas

    def set_pace(self, agent_id: int, every_s: Mapping[Protocol, float]) -> None:
        """Say how often an agent samples each protocol: windows must hold two samples."""
        with self._lock:
            self._agent(agent_id).every_s = every_s

    def latest(self, agent_id: int) -> Latest:
        """Return the last ten minutes of one agent; empty for one that nobody has heard of."""
        now, wall = self._clock.boot(), self._clock.wall()
        with self._lock:
            agent = self._agents.get(agent_id, _Agent())
            samples, every_s, deltas = tuple(agent.samples), agent.every_s, agent.deltas
        within = (one for one in samples if now - KEPT_S < one.sent_boot_s <= now)
        return Latest(
            now_boot_s=now,
            now_ts=wall,
            samples=tuple(sorted(within, key=lambda sample: sample.sent_boot_s)),
            every_s=every_s,
            deltas=deltas if deltas is not None and now - deltas.sent_boot_s <= QUALITY_S else None,
        )

    def _agent(self, agent_id: int) -> _Agent:
        return self._agents.setdefault(agent_id, _Agent())
