"""What one cycle of one uplink will ask, decided before the first packet."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ispstatus.decide.cadence import Round
from ispstatus.model.decision import Memory
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import Path, PathProof
from ispstatus.model.sample import DnsSample, EchoSample, HttpSample
from ispstatus.model.uplink import HttpTarget, PingTarget, ResolveTarget, Uplink

ECHO_TIMEOUT_UNTIL_LEARNT_S = 2.0
ECHO_TIMEOUT_LEAST_S = 1.0
ECHO_TIMEOUT_MOST_S = 3.0
ECHO_TIMEOUT_MEDIANS = 4


@dataclass(frozen=True, slots=True)
class Resolver:
    """One resolver to ask through the uplink."""

    address: str
    is_provider: bool
    """The link's own rather than a public one."""


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """Everything one cycle needs to know."""

    cycle_id: int
    uplink: Uplink
    path: Path
    proof: PathProof
    trigger: Trigger
    memory: Memory
    round: Round
    """Which kinds run and how many echoes each target gets."""
    pings: tuple[PingTarget, ...]
    gateway: str | None
    """None when there is none, or none worth asking."""
    resolvers: tuple[Resolver, ...]
    names: tuple[ResolveTarget, ...]
    https: tuple[HttpTarget, ...]
    addresses: Mapping[str, str]
    """Host name to the address most recently resolved for it through this uplink."""
    far_hosts: tuple[str, ...] = ()
    """Names of far ends of our own, resolved with those of the web checks."""
    standing_https: tuple[HttpSample, ...] = ()
    """Results that still stand because their check does not run this time (TLS, metered)."""
    standing_dns: tuple[DnsSample, ...] = ()
    vouches_by_standing: bool = False
    """A web check that stands vouches by itself: a metered line on which no echo is ever answered."""
    echoes_before: Mapping[str, int] = field(default_factory=dict)
    """Echoes sent in vain by the bursts that started this cycle; each target gets one more."""
    other_path: Path | None = None
    other_pings: tuple[PingTarget, ...] = ()
    other_known: tuple[EchoSample, ...] = ()
    """What is known of the other family where it is not asked."""
    first_bad_boot_s: float | None = None
    first_good_boot_s: float | None = None
    since_boot_s: float = 0.0
    """When the cycle before began: a stream answer of the gateway since then counts."""
    clock_is_synchronised: bool = True
    budget_is_spent: bool = False


def echo_timeout_s(median_ms: float | None) -> float:
    """Return how long a cycle waits for an echo: max(1 s, 4 x median), at most 3 s; 2 s until learnt."""
    if median_ms is None:
        return ECHO_TIMEOUT_UNTIL_LEARNT_S
    wanted_s = ECHO_TIMEOUT_MEDIANS * median_ms / 1000
    return min(ECHO_TIMEOUT_MOST_S, max(ECHO_TIMEOUT_LEAST_S, wanted_s))
