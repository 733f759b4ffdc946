"""What the coordinator knows of one uplink right now. Only the coordinator's thread touches it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ispstatus.analytics.counts import CountsByMinute, count_checks
from ispstatus.analytics.seconds import Timeline
from ispstatus.decide.cadence import Allowance
from ispstatus.decide.suspicion import contradicts, is_pingless
from ispstatus.jobs.cycle import Cycle
from ispstatus.jobs.messages import CycleReport, Silence
from ispstatus.jobs.phases import samples_of
from ispstatus.jobs.sampling import Sampler
from ispstatus.jobs.stream import Stream
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.evidence import Evidence, Trigger
from ispstatus.model.net import Path, PathProof
from ispstatus.model.quality import Quality
from ispstatus.model.record import Minute, Outage
from ispstatus.model.sample import DnsSample, EchoSample, HttpSample, Trace
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window


@dataclass(slots=True, eq=False)
class Ticket:
    """An outage's number, known once its first commit is through; set and read on the writer's thread."""

    outage_id: int | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What the store remembers of an uplink when it is first followed."""

    standing: Standing | None = None
    memory: Memory | None = None
    outage: Outage | None = None
    """The one that lasted when the last process stopped."""
    minute: Minute | None = None
    """The stored minute in which this process starts."""
    baseline_trace: Trace | None = None
    maintenance: tuple[Window, ...] = ()


@dataclass(slots=True, eq=False)
class Waiting:
    """A client that waits for verdicts of some uplinks."""

    pending: set[int]
    answer: "Future[frozenset[int]]"
    live: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class LiveUplink:
    """One uplink as the coordinator sees it."""

    uplink: Uplink
    stream: Stream
    sampler: Sampler
    standing: Standing
    memory: Memory
    timeline: Timeline
    counts: CountsByMinute = field(default_factory=CountsByMinute)
    path: Path | None = None
    proof: PathProof | None = None
    evidence: Evidence | None = None
    quality: Quality | None = None
    measured_boot_s: float | None = None
    # the running cycle and what may start the next one
    cycle: Cycle | None = None
    cycle_started_boot_s: float = 0.0
    is_verdict_given: bool = False
    """The running cycle has been settled; its last answers are still to come."""
    last_cycle_boot_s: float = 0.0
    last_event_boot_s: float | None = None
    events_while_down: int = 0
    wanted: Trigger | None = None
    """An event cycle that had to wait for its turn."""
    silence: Silence | None = None
    """A silence no verdict has judged yet."""
    first_good_boot_s: float | None = None
    due_boot_s: float = 0.0
    """When the next minute cycle starts."""
    # results that stand for a while, by URL and by resolver and name
    https: dict[str, tuple[HttpSample, float]] = field(default_factory=dict)
    dns: Sequence[DnsSample] = ()
    dns_boot_s: float = 0.0
    addresses: dict[str, str] = field(default_factory=dict)
    unproven: Mapping[str, str] = field(default_factory=dict)
    """Far ends of its own, by address, that the kernel would not reach by it; why not."""
    other_family: tuple[EchoSample, ...] = ()
    other_family_boot_s: float = 0.0
    # what is remembered
    outage: Outage | None = None
    ticket: Ticket = field(default_factory=Ticket)
    commit: "Future[Any] | None" = None
    baseline_trace: Trace | None = None
    last_trace_boot_s: dict[bool, float] = field(default_factory=dict)
    """By whether it was a baseline."""
    # a metered uplink's budget
    is_mobile: bool = False
    """The kernel calls its interface a mobile modem."""
    allowance: Allowance | None = None
    """None on an unmetered uplink, and before the first cycle."""
    booked_bytes: int = 0
    """Of the stream's tally, what the ledger has handed to the store."""

    @property
    def device(self) -> str:
        """The device it leaves by, or is configured to; any thread."""
        path = self.path
        return path.device if path else self.uplink.interface

    def change(self, uplink: Uplink) -> None:
        """Follow the same uplink as it is configured now: its way out and its checks are looked at afresh, at once."""
        self.uplink, self.path = uplink, None
        self.last_event_boot_s = None
        self.https, self.dns, self.other_family = {}, (), ()
        self.allowance = None
        self.stream.tell_uplink(uplink)

    def is_mere_suspicion(self, report: CycleReport) -> bool:
        """Whether a metered uplink's echoes alone would turn the verdict, and its reserve can pay for asking on."""
        assert self.cycle is not None  # noqa: S101  its report is in hand
        if self.allowance is None or self.cycle.plan.round.http or not self.may_confirm:
            return False
        return not is_pingless(self.evidence) and contradicts(report.evidence, self.standing.decision.state)

    def learn(self, report: CycleReport) -> None:
        """Keep what the running cycle asked until a later one asks again: web checks, names, the other family.

        Once all its answers are in, they are counted.
        """
        assert self.cycle is not None  # noqa: S101  its report is in hand
        plan = self.cycle.plan
        for sample in report.evidence.https:
            if sample.age_s == 0.0 and sample.outcome.is_measured:
                self.https[sample.url] = (sample, report.ended_boot_s)
        if plan.round.dns and report.evidence.dns:
            self.dns, self.dns_boot_s = report.evidence.dns, report.ended_boot_s
        self.addresses.update(report.resolved)
        if plan.other_path is not None and report.is_complete:
            self.other_family, self.other_family_boot_s = report.evidence.other_family, report.ended_boot_s
        if report.is_complete:
            asked = count_checks(report.evidence.https, report.evidence.dns if plan.round.dns else ())
            self.counts.add(int(report.evidence.started_at.timestamp()), asked)
            self.sampler.tell_samples(samples_of(report, plan.https, has_asked=plan.round.dns))

    def stop(self) -> None:
        """Send nothing more through it."""
        self.stream.tell_aim(None, (), None, None)
        self.sampler.tell_aim(None, (), {})

    @property
    def may_check(self) -> bool:
        """Whether the budget pays for what runs on schedule."""
        return self.allowance is None or self.allowance.may_check

    @property
    def may_serve(self) -> bool:
        """Whether it pays for cycles that clients cause."""
        return self.allowance is None or self.allowance.may_serve

    @property
    def may_confirm(self) -> bool:
        """Whether it pays for finding out what an event means: the reserve is for that."""
        return self.allowance is None or self.allowance.may_confirm

    @property
    def is_metered(self) -> bool:
        """Whether a byte budget applies: as configured, else by the kind of interface."""
        return self.uplink.is_metered or (self.uplink.metered is None and self.is_mobile)
