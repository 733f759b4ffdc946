"""What a verdict rests on: the samples and facts of one cycle."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ispstatus.model.net import Path, PathProof
from ispstatus.model.sample import DnsSample, EchoSample, HttpSample
from ispstatus.model.uplink import Uplink


class Trigger(StrEnum):
    """What started a cycle."""

    START = "start"
    MINUTE = "minute"
    LINK = "link"
    SILENCE = "silence"
    ANSWER = "answer"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One cycle of one uplink. Tuples are empty, never None; ``gateway`` is None when there is none to ask."""

    uplink: Uplink
    path: Path
    proof: PathProof | None
    """None when no path was there to prove."""
    trigger: Trigger
    started_at: datetime
    ended_at: datetime
    gateway: EchoSample | None = None
    gateway_neighbour: str | None = None
    """State of the gateway in the neighbour table (REACHABLE, FAILED, ...): shown, never judged."""
    pings: tuple[EchoSample, ...] = ()
    dns: tuple[DnsSample, ...] = ()
    https: tuple[HttpSample, ...] = ()
    other_family: tuple[EchoSample, ...] = ()
    was_late: bool = False
    """The engine stood still while this cycle ran."""
    clock_is_synchronised: bool = True
    budget_is_spent: bool = False
    first_bad_at: datetime | None = None
    """When the first unanswered echo of a silence left; set for ``SILENCE`` cycles."""
    first_good_at: datetime | None = None
    """When the first answered echo after silence left; set for ``ANSWER`` cycles."""
