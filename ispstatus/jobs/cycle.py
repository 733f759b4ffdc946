"""One cycle: every check of one uplink at once, ended as soon as nothing outstanding can matter.

Lives on the engine thread. Reports to the coordinator once when the verdict is settled and once when every answer
is in; a superseded cycle reports nothing more.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from ispstatus.clock import Clock
from ispstatus.decide.cadence import ECHO_PAYLOAD_BYTES, GATEWAY_PAYLOAD_BYTES
from ispstatus.decide.settle import Outstanding, is_settled
from ispstatus.jobs.asking import Names, ask_names
from ispstatus.jobs.echoes import EchoSeries
from ispstatus.jobs.messages import CycleReport, Message
from ispstatus.jobs.plan import CyclePlan, echo_timeout_s
from ispstatus.jobs.stream import Stream
from ispstatus.model.evidence import Evidence
from ispstatus.model.sample import DnsSample, EchoSample, HttpSample, Outcome
from ispstatus.model.uplink import HttpTarget
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.http import probe_http

HTTP_TOTAL_S = 4.0
CONNECT_S = 1.5
SETTLE_S = 0.1
"""A verdict may wait so long for further answers: most cycles are complete by then and need no second thought."""
UNASKED = "not asked: its name was never resolved through this uplink"


class Cycle:
    """Runs one plan; ``start`` and ``supersede`` are called on the engine thread."""

    def __init__(self, plan: CyclePlan, engine: Engine, stream: Stream, tell: Callable[[Message], None]) -> None:
        self.plan = plan
        self._engine = engine
        self._stream = stream
        self._tell = tell
        self._clock: Clock = engine.clock
        self._started_boot_s = 0.0
        self._started_at = datetime.fromtimestamp(0, UTC)
        self._series: dict[str, EchoSeries] = {}
        self._gateway: EchoSeries | None = None
        self._other: list[EchoSeries] = []
        self._names = Names(plan.addresses)
        self._https: dict[str, HttpSample] = {}
        self._https_open: dict[str, HttpTarget] = {}
        self._handles: list[Handle] = []
        self._settling: Timer | None = None
        self._is_told = False
        self._is_over = False

    # ------------------------------------------------------------ life
    def start(self) -> None:
        """Start all checks at once."""
        self._started_boot_s, self._started_at = self._clock.boot(), self._clock.now()
        plan = self.plan
        self._series = {target.address: self._echo(target.address, target.network) for target in plan.pings}
        if plan.gateway is not None:
            self._gateway = self._echo(plan.gateway, "", is_gateway=True)
        if plan.other_path is not None:
            self._other = [
                EchoSeries(self._engine, plan.other_path, t.address, t.network, count=1, timeout_s=2.0, done=self._look)
                for t in plan.other_pings
            ]
        for series in self._every_series():
            series.start()
        self._ask_http()
        if plan.round.dns:
            self._handles += ask_names(self._engine, plan, self._names, self._named)
        self._named()

    def supersede(self) -> None:
        """End unrecorded: nothing more is told."""
        if not self._is_over:
            self._end()
        for series in self._every_series():
            series.cancel()
        for handle in self._handles:
            handle.cancel()

    def _end(self) -> None:
        self._is_over = True
        if self._settling is not None:
            self._settling.cancel()
        self._count_bytes()
        for address, series in self._series.items():
            if series.rtt_ms is not None:
                self._stream.hear_cycle(address, series.rtt_ms)

    def _every_series(self) -> list[EchoSeries]:
        gateway = [self._gateway] if self._gateway is not None else []
        return [*self._series.values(), *gateway, *self._other]

    # ------------------------------------------------------------ asking
    def _echo(self, address: str, network: str, *, is_gateway: bool = False) -> EchoSeries:
        before = self.plan.echoes_before.get(address, 0)
        median_ms = None if is_gateway else self._stream.median_ms(address)
        return EchoSeries(
            self._engine,
            self.plan.path,
            address,
            network,
            count=1 if self.plan.echoes_before and not is_gateway else self.plan.round.echoes,
            timeout_s=1.0 if is_gateway else echo_timeout_s(median_ms),
            done=self._look,
            sent_before=before,
            payload_bytes=GATEWAY_PAYLOAD_BYTES if is_gateway else ECHO_PAYLOAD_BYTES,
        )

    def _ask_http(self) -> None:
        running = self.plan.https if self.plan.round.http else ()
        for target in running:
            self._https_open[target.url] = target
        for target in running:
            self._try_http(target)

    def _try_http(self, target: HttpTarget) -> None:
        """Fetch ``target`` if an address is known; else it waits for DNS."""
        address = self._names.address_of(target)
        if address is None:
            if self._names.has_given_up(target):
                self._fetched(target, HttpSample(target.url, target.network, Outcome.UNMEASURED, error=UNASKED))
            return
        left_s = HTTP_TOTAL_S - (self._clock.boot() - self._started_boot_s)
        self._handles.append(
            probe_http(
                self._engine,
                self.plan.path,
                target,
                address,
                dns_ms=self._names.ms_of(target),
                connect_timeout_s=min(CONNECT_S, max(0.1, left_s)),
                total_timeout_s=max(0.1, left_s),
                done=lambda sample: self._fetched(target, sample),
            )
        )

    # ------------------------------------------------------------ hearing
    def _named(self) -> None:
        """A resolver answered or fell silent: checks that waited for a name may start."""
        if self._is_over:
            return
        for target in list(self._https_open.values()):
            if self._names.was_waiting(target):
                self._try_http(target)
        self._look()

    def _fetched(self, target: HttpTarget, sample: HttpSample) -> None:
        if self._https_open.pop(target.url, None) is not None:
            self._https[target.url] = sample
            self._look()

    def _look(self) -> None:
        """Tell the coordinator when everything is in; see soon whether the verdict is settled before that."""
        if self._is_over:
            return
        if self._outstanding().is_empty and all(series.is_over for series in self._other):
            self._end()
            self._report(is_complete=True)
        elif not self._is_told and self._settling is None:
            self._settling = self._engine.at(self._clock.boot() + SETTLE_S, self._settle)

    def _settle(self) -> None:
        self._settling = None
        if not self._is_over and self._is_settled(self._outstanding()):
            self._report(is_complete=False)

    def _report(self, *, is_complete: bool) -> None:
        self._is_told = True
        now = self._clock.boot()
        self._tell(
            CycleReport(
                uplink_id=self.plan.uplink.id,
                cycle_id=self.plan.cycle_id,
                evidence=self._evidence(now),
                quality=self._stream.quality(),
                started_boot_s=self._started_boot_s,
                ended_boot_s=now,
                is_complete=is_complete,
                resolved=self._names.learnt,
            )
        )

    def _is_settled(self, outstanding: Outstanding) -> bool:
        if self.plan.uplink.require_ipv6 and not all(series.is_over for series in self._other):
            return False
        evidence = self._evidence(self._clock.boot())
        return is_settled(evidence, outstanding, self._stream.quality(), self.plan.memory)

    def _outstanding(self) -> Outstanding:
        return Outstanding(
            pings=tuple(t for t in self.plan.pings if not self._series[t.address].is_over),
            https=tuple(self._https_open.values()),
            dns=self._names.open_count,
            gateway=self._gateway is not None and not self._gateway.is_over,
        )

    # ------------------------------------------------------------ evidence
    def _evidence(self, now: float) -> Evidence:
        plan = self.plan
        return Evidence(
            uplink=plan.uplink,
            path=plan.path,
            proof=plan.proof,
            trigger=plan.trigger,
            started_at=self._started_at,
            ended_at=self._clock.now(),
            gateway=self._gateway_sample(),
            pings=tuple(self._series[t.address].sample() for t in plan.pings if self._series[t.address].has_spoken),
            dns=self._dns(),
            https=self._web(),
            other_family=self._other_family(),
            was_late=self._engine.is_late(self._started_boot_s, now),
            clock_is_synchronised=plan.clock_is_synchronised,
            budget_is_spent=plan.budget_is_spent,
            first_bad_at=self._at(plan.first_bad_boot_s),
            first_good_at=self._at(plan.first_good_boot_s) or self._first_good(),
        )

    def _web(self) -> tuple[HttpSample, ...]:
        """Fresh results and those that still stand. A success that stands vouches for nothing by itself.

        It counts beside a fresh success (of an echo where no web check ran): else a line that died a minute ago
        would be held up by a check of five minutes ago.
        """
        fresh = tuple(self._https[t.url] for t in self.plan.https if t.url in self._https)
        series = () if self.plan.https else tuple(self._series.values())
        if self.plan.vouches_by_standing and not self.plan.https:
            return self.plan.standing_https
        if any(s.outcome is Outcome.OK for s in fresh) or any(s.answered_sent_boot_s is not None for s in series):
            return fresh + self.plan.standing_https
        return fresh + tuple(
            replace(s, outcome=Outcome.UNMEASURED, error="last success, not repeated by this cycle")
            if s.outcome is Outcome.OK
            else s
            for s in self.plan.standing_https
        )

    def _dns(self) -> tuple[DnsSample, ...]:
        return self._names.samples if self.plan.round.dns else self.plan.standing_dns

    def _other_family(self) -> tuple[EchoSample, ...]:
        if self.plan.other_path is None:
            return self.plan.other_known
        return tuple(series.sample() for series in self._other if series.has_spoken)

    def _gateway_sample(self) -> EchoSample | None:
        if self._gateway is None or not self._gateway.has_spoken:
            return None
        sample = self._gateway.sample()
        if sample.outcome in (Outcome.SILENT, Outcome.FAILED):
            rtt_ms = self._stream.gateway_answer_since(self.plan.since_boot_s)
            if rtt_ms is not None:
                return replace(sample, outcome=Outcome.OK, received=1, rtt_ms=rtt_ms)
        return sample

    def _first_good(self) -> datetime | None:
        answered = [s.answered_sent_boot_s for s in self._series.values() if s.answered_sent_boot_s is not None]
        return self._at(min(answered)) if answered else None

    def _at(self, boot_s: float | None) -> datetime | None:
        return None if boot_s is None else datetime.fromtimestamp(self._clock.wall_of(boot_s), UTC)

    def _count_bytes(self) -> None:
        tally, family = self._stream.tally, self.plan.path.family
        tally.add(
            family,
            echoes=sum(series.launched for series in self._series.values()),
            gateway_echoes=self._gateway.launched if self._gateway is not None else 0,
            dns=self._names.questions,
            http=sum(not target.is_tls for target in self.plan.https),
            https=sum(target.is_tls for target in self.plan.https),
        )
        if self.plan.other_path is not None:
            tally.add(self.plan.other_path.family, echoes=len(self._other))
