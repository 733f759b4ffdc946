"""Everything that measures and decides, wired together: netlink, engine, stream, coordinator."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial

from ispstatus.analytics.seconds import Timeline
from ispstatus.bus import Bus
from ispstatus.clock import Clock
from ispstatus.decide.ladder import starting
from ispstatus.jobs.board import Board
from ispstatus.jobs.coordinator import Coordinator
from ispstatus.jobs.farends import not_afforded, not_heard, not_sampled
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink, Past, Ticket
from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import Message, NetChanged, Stalled, UplinksKnown
from ispstatus.jobs.outlook import Outlook
from ispstatus.jobs.planner import sample_stretch
from ispstatus.jobs.recorder import Recorder, Submit
from ispstatus.jobs.roster import Roster
from ispstatus.jobs.sampling import Sampler
from ispstatus.jobs.stream import Stream
from ispstatus.jobs.tally import Tally
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.state import State
from ispstatus.model.uplink import Uplink
from ispstatus.net.detect import DetectedUplink
from ispstatus.net.watch import NetWatch
from ispstatus.probes.engine import Engine

CONTINUE_WITHIN_S = 70
"""A stored verdict this young still stands after a restart."""


class Measuring:
    """Owns the threads netlink, engine and coordinator."""

    def __init__(
        self,
        clock: Clock,
        submit: Submit,
        bus: Bus,
        past_of: Callable[[Uplink], Past],
        on_detected: Callable[[tuple[DetectedUplink, ...]], None] | None,
        ledger: Ledger,
        board: Board,
    ) -> None:
        """``past_of`` tells what the store remembers of an uplink; ``on_detected`` as in ``Outlook``."""
        self._clock = clock
        self._past_of = past_of
        self._board = board
        self.engine = Engine(clock, on_stall=lambda since, until: self._post(Stalled(since, until)))
        self.roster = Roster(self._make)
        self.outlook = Outlook(clock, on_detected)
        self.coordinator = Coordinator(clock, self.engine, self.outlook, Recorder(submit), self.roster, ledger, bus)
        self.netlink = NetWatch(clock, lambda snapshot: self._post(NetChanged(snapshot)))

    def start(self, uplinks: Sequence[Uplink]) -> None:
        """Follow these uplinks from now on."""
        self._post(UplinksKnown(tuple(uplinks)))
        self.engine.start()
        self.coordinator.start()
        self.netlink.start()

    def stop(self) -> None:
        """Store what is known and free everything."""
        self.netlink.stop()
        self.coordinator.stop()
        self.engine.stop()
        self.outlook.close()
        self.netlink.join(1.0)

    def beats_s(self) -> dict[str, float]:
        """Return how many seconds ago each thread turned."""
        now = self._clock.boot()
        return {
            "netlink": now - self.netlink.beat_boot_s,
            "engine": now - self.engine.beat_boot_s,
            "coordinator": now - self.coordinator.beat_boot_s,
        }

    def far_end_problems(self) -> tuple[str, ...]:
        """Return a sentence for each far end of an uplink's own that is not measured though the uplink works."""
        return tuple(problem for live in self.roster for problem in self._far_end_problems(live))

    def _far_end_problems(self, live: LiveUplink) -> Iterable[str]:
        path, uplink = live.path, live.uplink
        if path is None or live.standing.decision.state not in (State.UP, State.DEGRADED):
            return ()  # its verdict says why nothing is heard
        if sample_stretch(live) is None:
            return () if live.allowance is None else not_afforded(uplink)
        heard = not_heard(uplink, self._board.latest(uplink.id).samples)
        return (heard | not_sampled(uplink, path.family, live.addresses, live.unproven)).values()

    def _post(self, message: Message) -> None:
        self.coordinator.post(message)

    def _make(self, uplink: Uplink) -> LiveUplink:
        """Build what is known of an uplink, going on from where the last process stopped."""
        past, now_at = self._past_of(uplink), self._clock.now()
        load, note = LoadMeter(uplink.interface, uplink.contract), partial(self._board.note, uplink.id)
        tally = Tally()
        stream = Stream(uplink, self.engine, self._post, load, tally, note)
        fresh = Standing(starting(uplink), now_at, now_at)
        kept = past.standing
        is_young = kept is not None and now_at - kept.judged_at <= timedelta(seconds=CONTINUE_WITHIN_S)
        live = LiveUplink(
            uplink=uplink,
            stream=stream,
            sampler=Sampler(uplink.id, self.engine, self._board, tally, stream.is_tested),
            standing=kept if kept is not None and is_young else fresh,
            memory=past.memory or Memory(),
            timeline=Timeline(self._clock.wall(), before=past.minute),
        )
        live.timeline.set_maintenance(past.maintenance)
        if past.outage is not None:
            live.outage, live.ticket = past.outage, Ticket(past.outage.id)
        live.baseline_trace = past.baseline_trace
        return live
