"""The light continuous echoes of one uplink: they detect silence and answers, and they are its quality.

One echo per interval that takes its targets in turn, the gateway every fifth. Lives on the engine thread;
the coordinator aims it and tells it the mood, and hears of silence and answers through messages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ispstatus.analytics.quality import EchoWindow, uplink_quality
from ispstatus.decide.cadence import GATEWAY_PAYLOAD_BYTES, GATEWAY_TURNS, STREAM_EVERY_S
from ispstatus.decide.suspicion import burst_timeout_s, is_muted
from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import Answered, Message, Silence
from ispstatus.jobs.suspicion import Suspicion
from ispstatus.jobs.tally import Tally
from ispstatus.jobs.trail import Trail
from ispstatus.model.net import Path
from ispstatus.model.quality import Quality
from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.model.series import Sample
from ispstatus.model.uplink import PingTarget, Uplink
from ispstatus.probes.contract import Handle
from ispstatus.probes.echo import Heard, probe_echo
from ispstatus.probes.engine import Engine, Timer

GATEWAY_TIMEOUT_S = 1.0
MUTED_RETRY_S = 60.0
QUIET_INTERVAL_S = 60.0


class Mood(Enum):
    """What the last verdict asks of the stream."""

    WATCH = auto()
    """Look for silence."""
    DOWN = auto()
    """Look for an answer; nothing enters quality."""
    UNKNOWN = auto()
    """No verdict: nothing enters quality, nothing alarms."""
    QUIET = auto()
    """HTTP works and no ping answers: one echo per target a minute, no alarm."""


_MOODS_OF_NO_QUALITY = (Mood.DOWN, Mood.UNKNOWN)


@dataclass(slots=True)
class _Aim:
    """One target of the stream."""

    target: PingTarget
    window: EchoWindow
    silent_run: int = 0
    is_muted: bool = False
    retry_boot_s: float = 0.0
    first_ms: float | None = None
    """What a cycle saw before the stream could learn."""

    @property
    def slow_ms(self) -> float | None:
        """A round trip that is slow for this target: the 99th percentile, until learnt a cycle's; None without any."""
        return self.first_ms if self.window.p99_ms is None else self.window.p99_ms


class Stream:
    """The stream of one uplink."""

    def __init__(
        self,
        uplink: Uplink,
        engine: Engine,
        tell: Callable[[Message], None],
        load: LoadMeter,
        tally: Tally,
        note: Callable[[Sample], None] = lambda _: None,
    ) -> None:
        """``note`` hears of every echo that counts, on the engine thread; a late reply changes it in place."""
        self.tally = tally
        self._uplink = uplink
        self._engine = engine
        self._tell = tell
        self.load = load
        self._path: Path | None = None
        self._gateway: str | None = None
        self._aims: dict[str, _Aim] = {}
        self._order: list[_Aim] = []
        self._interval_s: float | None = None
        self._mood = Mood.UNKNOWN
        self._turn = 0
        self._due_boot_s = 0.0
        self._timer: Timer | None = None
        self._suspicion: Suspicion | None = None
        self._open: dict[int, Handle] = {}
        self._serial = 0
        self._trail = Trail(note)
        self._lost_in_row = 0
        self._aimed_boot_s = 0.0
        """When the path last changed: what left before says nothing of this one."""
        self._sound_boot_s = 0.0
        """When DOWN or UNKNOWN last ended: what left before is no quality."""

    # ------------------------------------------------------------ from any thread
    def tell_mood(self, mood: Mood, *, bad_since_boot_s: float | None = None) -> None:
        """Let ``set_mood`` run on the engine thread."""
        self._engine.post(lambda: self.set_mood(mood, bad_since_boot_s=bad_since_boot_s))

    def tell_aim(
        self, path: Path | None, targets: Sequence[PingTarget], gateway: str | None, interval_s: float | None
    ) -> None:
        """Let ``aim`` run on the engine thread."""
        self._engine.post(lambda: self.aim(path, targets, gateway, interval_s))

    def tell_uplink(self, uplink: Uplink) -> None:
        """Let the load be read as this uplink's contract says."""
        self._engine.post(lambda: self._follow(uplink))

    # ------------------------------------------------------------ told by the coordinator, on the engine thread
    def aim(
        self, path: Path | None, targets: Sequence[PingTarget], gateway: str | None, interval_s: float | None
    ) -> None:
        """Point the stream at ``targets`` through ``path``, an echo every ``interval_s``; None of either stops it.

        Echoes in flight elsewhere are dropped.
        """
        if path != self._path:
            self._drop_in_flight()
        self._path, self._gateway, self._interval_s = path, gateway, interval_s
        self._order = [self._aim_of(target) for target in targets]
        if path is None or interval_s is None:
            self._cancel_timer()
        elif self._timer is None:
            self._due_boot_s = self._engine.clock.boot()
            self._tick()
        else:
            self._hurry(self._pause_s())

    def _aim_of(self, target: PingTarget) -> _Aim:
        known = self._aims.get(target.address)
        if known is None or known.target != target:
            known = self._aims[target.address] = _Aim(target, EchoWindow(target.address, target.network))
        return known

    def set_mood(self, mood: Mood, *, bad_since_boot_s: float | None = None) -> None:
        """Follow the last verdict; echoes sent since ``bad_since_boot_s`` belong to the outage, not to quality."""
        if bad_since_boot_s is not None:
            for aim in self._aims.values():
                aim.window.drop_since(bad_since_boot_s)
        if mood is not Mood.WATCH:
            self._end_suspicion()
        if self._mood in _MOODS_OF_NO_QUALITY:
            self._sound_boot_s = self._engine.clock.boot()
        self._mood = mood
        self._hurry(self._pause_s())
        self._trail.is_silence_told = mood is Mood.DOWN
        if mood is Mood.WATCH:
            self._trail.first_bad_boot_s = None

    def _follow(self, uplink: Uplink) -> None:
        if (uplink.interface, uplink.contract) != (self._uplink.interface, self._uplink.contract):
            self.load = LoadMeter(uplink.interface, uplink.contract)
        self._uplink = uplink

    def stop(self) -> None:
        """Send nothing more."""
        self.aim(None, (), None, None)

    # ------------------------------------------------------------ asked by cycles and the coordinator
    def quality(self) -> Quality:
        """Return the figures of the targets aimed at."""
        now = self._engine.clock.boot()
        figures = [aim.window.figures(now, is_muted=aim.is_muted) for aim in self._order]
        return uplink_quality(figures, is_loaded=self.load.is_loaded(now))

    def hear_cycle(self, address: str, rtt_ms: float) -> None:
        """Take a cycle's round trip for what is normal there until the stream has learnt it itself."""
        if address in self._aims:
            self._aims[address].first_ms = rtt_ms

    def is_tested(self, boot_s: float) -> bool:
        """Whether what left at ``boot_s`` met a throughput test of this uplink."""
        return self.load.is_tested(boot_s)

    def median_ms(self, address: str) -> float | None:
        """Return a target's median round trip, None until learnt."""
        aim = self._aims.get(address)
        return aim.window.latency_ms if aim else None

    @property
    def last_good_boot_s(self) -> float | None:
        """When the echo left that was answered last."""
        return self._trail.last_good_boot_s

    def gateway_answer_since(self, boot_s: float) -> float | None:
        """Return the round trip of the gateway's latest answer to the stream since ``boot_s``, else None."""
        answered = self._trail.gateway_boot_s
        return self._trail.gateway_rtt_ms if answered is not None and answered >= boot_s else None

    def take_echoes(self, before_boot_s: float) -> list[Sample]:
        """Hand over the echoes sent before ``before_boot_s`` to unmuted targets, oldest first, and forget them."""
        return self._trail.take(before_boot_s)

    # ------------------------------------------------------------ sending
    def _tick(self) -> None:
        now = self._engine.clock.boot()
        self._send(now)
        pause_s = self._pause_s()
        self._due_boot_s = max(self._due_boot_s + pause_s, now + pause_s / 2)
        self._timer = self._engine.at(self._due_boot_s, self._tick)

    def _pause_s(self) -> float:
        """Return the seconds between two echoes as things are."""
        pause_s = self._interval_s or STREAM_EVERY_S
        return max(pause_s, QUIET_INTERVAL_S / max(1, len(self._order))) if self._mood is Mood.QUIET else pause_s

    def _hurry(self, pause_s: float) -> None:
        """Let the next echo leave within so many seconds, if one is to leave at all."""
        due_boot_s = self._engine.clock.boot() + pause_s
        if self._timer is not None and due_boot_s < self._due_boot_s:
            self._timer.cancel()
            self._due_boot_s = due_boot_s
            self._timer = self._engine.at(due_boot_s, self._tick)

    def _send(self, now: float) -> None:
        path = self._path
        if path is None:
            return
        self._turn += 1
        if self._turn % GATEWAY_TURNS == 1:
            self.load.read(now)
            if self._gateway is not None:
                self._launch_gateway(self._gateway)
        aim = self._next_aim(now)
        if aim is not None:
            self._launch_echo(aim)

    def _next_aim(self, now: float) -> _Aim | None:
        for step in range(len(self._order)):
            aim = self._order[(self._turn + step) % len(self._order)]
            if not aim.is_muted:
                return aim
            if now >= aim.retry_boot_s:
                aim.retry_boot_s = now + MUTED_RETRY_S
                return aim
        return None

    def _launch_echo(self, aim: _Aim) -> None:
        assert self._path is not None  # noqa: S101  only called while aimed
        self.tally.add(self._path.family, echoes=1)
        serial, done = self._open_place(self._hear)
        self._open[serial] = probe_echo(
            self._engine,
            self._path,
            aim.target.address,
            timeout_s=burst_timeout_s(aim.slow_ms),
            done=done,
            on_late=self._hear_late,
        )

    def _launch_gateway(self, address: str) -> None:
        assert self._path is not None  # noqa: S101  only called while aimed
        self.tally.add(self._path.family, gateway_echoes=1)
        serial, done = self._open_place(self._hear_gateway)
        self._open[serial] = probe_echo(
            self._engine,
            self._path,
            address,
            timeout_s=GATEWAY_TIMEOUT_S,
            done=done,
            payload_bytes=GATEWAY_PAYLOAD_BYTES,
        )

    def _open_place(self, hear: Heard) -> tuple[int, Heard]:
        """Return a place among the echoes under way, and a ``done`` that frees it."""
        self._serial += 1
        serial = self._serial

        def done(sample: EchoSample) -> None:
            self._open.pop(serial, None)
            hear(sample)

        return serial, done

    # ------------------------------------------------------------ hearing
    def _hear_gateway(self, sample: EchoSample) -> None:
        if sample.outcome is Outcome.OK:
            self._trail.gateway_boot_s, self._trail.gateway_rtt_ms = sample.sent_boot_s, sample.rtt_ms

    def _hear(self, sample: EchoSample) -> None:
        aim = self._aims.get(sample.target)
        if aim is None or sample.sent_boot_s is None or not sample.outcome.is_measured:
            return
        self._remember(aim, sample.sent_boot_s, sample.rtt_ms)
        if sample.outcome is Outcome.OK:
            aim.silent_run, aim.is_muted = 0, False
            self._answered(sample)
            self._leave_the_beat()
        else:
            self._unanswered(aim, sample.sent_boot_s)

    def _leave_the_beat(self) -> None:
        """After two losses in a row shift the rhythm by half a beat.

        A line that pauses in step with us (LEO: a second in every fifteen) would else lose the echo at either edge of
        each pause, those of two targets for ever; half a beat later one echo falls into it, always the same target's.
        """
        if self._lost_in_row > 1:
            self._hurry(self._due_boot_s - self._engine.clock.boot() - self._pause_s() / 2)
        self._lost_in_row = 0

    def _hear_late(self, sample: EchoSample) -> None:
        """A late reply cancels the loss: the packet was slow, not lost."""
        aim = self._aims.get(sample.target)
        if aim is None or sample.sent_boot_s is None or sample.sent_boot_s < self._aimed_boot_s:
            return
        aim.silent_run, aim.is_muted = 0, False
        if sample.rtt_ms is not None:
            aim.window.cancel_loss(sample.sent_boot_s, sample.rtt_ms)
        self._trail.cancel_loss(sample)
        self._answered(sample)

    def _remember(self, aim: _Aim, sent_boot_s: float, rtt_ms: float | None) -> None:
        if self.is_tested(sent_boot_s):  # what it met is our own doing: it says nothing about the line
            return
        if not aim.is_muted or rtt_ms is not None:
            self._trail.add(aim.target.address, sent_boot_s, rtt_ms)
        if self._mood not in _MOODS_OF_NO_QUALITY and sent_boot_s >= self._sound_boot_s:
            aim.window.add(sent_boot_s, rtt_ms)

    def _answered(self, sample: EchoSample) -> None:
        trail, sent = self._trail, sample.sent_boot_s
        assert sent is not None and self._path is not None  # noqa: S101, PT018  an answer was sent through a path
        trail.answered(sent)
        self._end_suspicion()
        if trail.is_silence_told:
            trail.is_silence_told = False
            self._tell(Answered(self._uplink.id, self._path.generation, sent))

    def _unanswered(self, aim: _Aim, sent_boot_s: float) -> None:
        aim.silent_run += 1
        network = aim.target.network
        others_answer = any(other.silent_run == 0 for other in self._order if other.target.network != network)
        if is_muted(aim.silent_run, others_answer=others_answer):
            aim.is_muted = True
            aim.retry_boot_s = max(aim.retry_boot_s, sent_boot_s + MUTED_RETRY_S)
            return
        self._lost_in_row += 1
        if self._trail.first_bad_boot_s is None:
            self._trail.first_bad_boot_s = sent_boot_s
        if self._mood is Mood.WATCH and self._suspicion is None and not self._trail.is_silence_told:
            self._suspect()

    def _suspect(self) -> None:
        assert self._path is not None  # noqa: S101  an echo was just lost on it
        targets = {a.target.address: a.slow_ms for a in self._order if not a.is_muted}
        self._suspicion = Suspicion(self._engine, self._path, targets, self._silent, self._burst_answered, self.tally)
        self._suspicion.start()

    def _burst_answered(self, sample: EchoSample) -> None:
        self._suspicion = None
        self._answered(sample)

    def _silent(self, echoes: Mapping[str, int]) -> None:
        self._suspicion = None
        trail, path = self._trail, self._path
        if path is None or trail.first_bad_boot_s is None or not echoes:
            return
        trail.is_silence_told = True
        self._tell(Silence(self._uplink.id, path.generation, trail.first_bad_boot_s, trail.last_good_boot_s, echoes))

    def _end_suspicion(self) -> None:
        if self._suspicion is not None:
            self._suspicion.cancel()
            self._suspicion = None

    # ------------------------------------------------------------ stopping
    def _drop_in_flight(self) -> None:
        self._end_suspicion()
        for handle in self._open.values():
            handle.cancel()
        self._open.clear()
        self._aimed_boot_s = self._engine.clock.boot()
        self._trail.first_bad_boot_s = None

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
