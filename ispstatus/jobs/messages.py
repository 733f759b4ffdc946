"""What the other threads tell the coordinator. Posting never blocks; the coordinator alone acts on it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ispstatus.model.decision import Baseline
from ispstatus.model.evidence import Evidence
from ispstatus.model.net import NetSnapshot
from ispstatus.model.quality import Quality
from ispstatus.model.sample import Trace
from ispstatus.model.series import Sample
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window


@dataclass(frozen=True, slots=True)
class NetChanged:
    """The kernel's view of links, addresses or routes changed."""

    snapshot: NetSnapshot


@dataclass(frozen=True, slots=True)
class Silence:
    """Two bursts to every target of an uplink went unanswered."""

    uplink_id: int
    generation: int
    first_bad_boot_s: float
    last_good_boot_s: float | None
    echoes: Mapping[str, int]
    """Target address to echoes sent in vain: the coming cycle's echo evidence."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The first answer after silence, or while DOWN; ``sent_boot_s`` is when its echo left."""

    uplink_id: int
    generation: int
    sent_boot_s: float


@dataclass(frozen=True, slots=True)
class CycleReport:
    """A cycle's evidence: once when no outstanding answer can change the verdict, once when all are in."""

    uplink_id: int
    cycle_id: int
    evidence: Evidence
    quality: Quality
    started_boot_s: float
    ended_boot_s: float
    is_complete: bool
    resolved: Mapping[str, str] = field(default_factory=dict)
    """Host name to the address this cycle learnt for it through the uplink."""


@dataclass(frozen=True, slots=True)
class TraceTaken:
    """A bound traceroute has ended."""

    uplink_id: int
    trace: Trace
    is_baseline: bool
    """Taken while all was well, to compare faults with."""


@dataclass(frozen=True, slots=True)
class Stalled:
    """The engine did not turn between these moments."""

    from_boot_s: float
    to_boot_s: float


@dataclass(frozen=True, slots=True)
class EchoesTaken:
    """The stream's echoes and the sampler's samples sent before a minute's end, by uplink."""

    minute_ts: int
    started_boot_s: float
    """Boot time of the minute's start."""
    echoes: Mapping[int, Sequence[Sample]]
    samples: Mapping[int, Sequence[Sample]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """A client wants live verdicts of these uplinks."""

    uplink_ids: tuple[int, ...]
    answer: "Future[frozenset[int]]"
    """Which of them were measured for this client, once all verdicts are in."""


@dataclass(frozen=True, slots=True)
class UplinksKnown:
    """The store has numbered these uplinks, in their order."""

    uplinks: tuple[Uplink, ...]


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """The configuration was read again: everything in it that concerns measuring."""

    uplinks: tuple[Uplink, ...]
    """Numbered, in their order."""
    maintenance: Mapping[str, tuple[Window, ...]]
    """By the uplink's name."""
    zone: ZoneInfo
    """The site's."""


@dataclass(frozen=True, slots=True)
class BaselinesKnown:
    """What is normal on each uplink, by its number."""

    baselines: Mapping[int, Baseline]


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock jumped by this many seconds (negative: back)."""

    step_s: float


@dataclass(frozen=True, slots=True)
class Stop:
    """End the coordinator after flushing what it holds."""


Message = (
    NetChanged
    | Silence
    | Answered
    | CycleReport
    | TraceTaken
    | StatusAsked
    | UplinksKnown
    | Reconfigured
    | BaselinesKnown
    | ClockStepped
    | Stalled
    | EchoesTaken
    | Stop
)
