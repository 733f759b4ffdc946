"""One cycle on the engine's real loop: when it reports, what stands beside fresh results, when a gateway is silent."""

from collections.abc import Callable
from typing import Any

import pytest

from ispstatus.decide.cadence import Round, echo_round
from ispstatus.jobs.cycle import UNASKED, Cycle
from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import CycleReport, Message
from ispstatus.jobs.plan import CyclePlan
from ispstatus.jobs.stream import Stream
from ispstatus.jobs.tally import Tally
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import PathProof
from ispstatus.model.sample import EchoSample, HttpSample, Outcome
from ispstatus.model.uplink import PingTarget
from ispstatus.probes.icmp import Slot
from ispstatus.probes.packets import IcmpError
from tests.helpers.make import FAILED, HTTPS, OK, PINGS, SILENT, UNMEASURED, a_memory, a_path, an_uplink
from tests.jobs.office import ECHO_ONLY
from tests.jobs.rig import Rig

GATEWAY = "203.0.113.1"
PATH = a_path()
PATH6 = a_path(family=6, source="2001:db8::2", gateway="fe80::1%eth1")
WITH_WEB = ECHO_ONLY.__class__(ping=PINGS, http=HTTPS, resolvers=(), resolve=())


class Desk:
    """Runs cycles of one uplink; ``rtts`` says how each address answers, in seconds, None for never."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.rtts: dict[str, float | None] = {}
        self.told: list[Message] = []
        rig.line.behave = lambda to, _sent: self.rtts.get(to, 0.02)
        uplink = an_uplink(plan=ECHO_ONLY)
        self.stream = Stream(uplink, rig.engine, self.told.append, LoadMeter("none", uplink.contract), Tally())

    def start(self, **changes: Any) -> Cycle:
        """Start a cycle of echoes and gateway, changed as asked."""
        given: dict[str, Any] = {
            "cycle_id": 1,
            "uplink": an_uplink(plan=ECHO_ONLY),
            "path": PATH,
            "proof": PathProof(7, is_proven=True),
            "trigger": Trigger.MINUTE,
            "memory": a_memory(http_networks={}),
            "round": Round(http=False, tls=False, dns=False),
            "pings": PINGS,
            "gateway": GATEWAY,
            "resolvers": (),
            "names": (),
            "https": (),
            "addresses": {},
            "since_boot_s": self.rig.now,
        }
        cycle = Cycle(CyclePlan(**{**given, **changes}), self.rig.engine, self.stream, self.told.append)
        self.rig.engine.post(cycle.start)
        self.rig.run(0.0)
        return cycle

    @property
    def reports(self) -> list[CycleReport]:
        return [message for message in self.told if isinstance(message, CycleReport)]

    def only(self, **changes: Any) -> CycleReport:
        """Run a cycle to its end; return its last report."""
        self.start(**changes)
        self.rig.run(10.0)
        assert self.reports[-1].is_complete
        return self.reports[-1]


@pytest.fixture
def desk(rig: Rig) -> Desk:
    return Desk(rig)


def standing(outcome: Outcome, age_s: float = 200.0) -> tuple[HttpSample, ...]:
    return (HttpSample(HTTPS[2].url, HTTPS[2].network, outcome, age_s=age_s),)


# ---------------------------------------------------------------- two reports
def test_a_healthy_cycle_reports_once_as_soon_as_the_last_answer_is_in(desk: Desk) -> None:
    desk.rtts = {PINGS[2].address: 0.04}
    desk.start()
    desk.rig.run(5.0)

    [report] = desk.reports
    assert report.is_complete
    assert report.ended_boot_s - report.started_boot_s == pytest.approx(0.04, abs=0.002)
    assert [sample.sent for sample in report.evidence.pings] == [1, 1, 1]


def test_a_verdict_that_cannot_change_is_told_before_the_last_target_has_fallen_silent(desk: Desk) -> None:
    desk.rtts = {PINGS[2].address: None}
    desk.start()
    desk.rig.run(10.0)

    settled, complete = desk.reports
    assert (settled.is_complete, complete.is_complete) == (False, True)
    assert settled.ended_boot_s - settled.started_boot_s < 0.2
    assert complete.ended_boot_s - complete.started_boot_s == pytest.approx(1.0 + 2.0, abs=0.01)
    assert [sample.target for sample in settled.evidence.pings] == [t.address for t in PINGS[:2]]
    assert [(sample.outcome, sample.sent) for sample in complete.evidence.pings][2] == (SILENT, 3)


def test_a_dead_line_is_told_when_the_last_echo_has_timed_out(desk: Desk) -> None:
    desk.rtts = dict.fromkeys([*(t.address for t in PINGS), GATEWAY])
    report = desk.only()

    assert report.ended_boot_s - report.started_boot_s == pytest.approx(3.0, abs=0.01)
    assert {sample.outcome for sample in report.evidence.pings} == {SILENT}


def test_a_superseded_cycle_tells_nothing_more_and_its_bytes_are_counted(desk: Desk) -> None:
    desk.rtts = dict.fromkeys([*(t.address for t in PINGS), GATEWAY])
    cycle = desk.start()
    desk.rig.run(0.7)
    desk.rig.engine.post(cycle.supersede)
    desk.rig.run(10.0)

    assert desk.reports == []
    assert len(desk.rig.line.sent) == 2 * 4
    assert desk.stream.tally.total_bytes == 2 * (3 * 168 + 72)


def test_after_a_standstill_nothing_is_called_silent(desk: Desk) -> None:
    desk.rtts = dict.fromkeys([*(t.address for t in PINGS), GATEWAY])
    desk.start(round=echo_round(4))
    desk.rig.stand_still(5.0)
    desk.rig.run(10.0)

    evidence = desk.reports[-1].evidence
    assert {sample.outcome for sample in evidence.pings} == {UNMEASURED}
    assert evidence.was_late


# ---------------------------------------------------------------- what was sent before
def test_a_silence_gives_each_target_one_echo_more(desk: Desk) -> None:
    desk.rtts = dict.fromkeys(t.address for t in PINGS)
    report = desk.only(echoes_before={t.address: 2 for t in PINGS})

    assert [sample.sent for sample in report.evidence.pings] == [3, 3, 3]
    assert desk.rig.sent_to(PINGS[0].address) == 1


def test_the_first_answer_after_silence_is_when_its_echo_left(desk: Desk) -> None:
    desk.rtts = {PINGS[0].address: 0.3, PINGS[1].address: None}
    began = desk.rig.now
    report = desk.only()

    assert report.evidence.first_good_at is not None
    assert report.evidence.first_good_at.timestamp() == pytest.approx(desk.rig.hands.wall - (desk.rig.now - began))


# ---------------------------------------------------------------- the gateway
def refusing(rig: Rig, address: str) -> Callable[..., None]:
    """Let the network answer echoes to ``address`` with an error."""
    send = rig.line.send

    def refuse(path: Any, slot: Slot, ttl: int | None = None) -> None:
        send(path, slot, ttl)
        if slot.address == address:
            error = IcmpError(errno=113, is_remote=True, is_time_exceeded=False, offender="203.0.113.2")
            rig.engine.at(rig.now, lambda: slot.refused(error, rig.now))

    return refuse


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_gateway_that_answered_the_stream_since_the_cycle_before_is_not_silent(
    desk: Desk, rig: Rig, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool
) -> None:
    before = rig.now
    desk.stream.aim(PATH, PINGS, GATEWAY, 1.0)
    rig.run(6.0)
    desk.stream.stop()
    desk.rtts = {GATEWAY: None}
    if is_refused:
        monkeypatch.setattr(rig.line, "send", refusing(rig, GATEWAY))

    answered = desk.only(since_boot_s=before).evidence.gateway
    forgotten = desk.only(since_boot_s=rig.now).evidence.gateway

    assert answered is not None
    assert answered.outcome is OK
    assert answered.rtt_ms == pytest.approx(20.0)
    assert forgotten is not None
    assert forgotten.outcome is (FAILED if is_refused else SILENT)


def test_a_gateway_that_is_not_asked_is_no_evidence(desk: Desk) -> None:
    assert desk.only(gateway=None).evidence.gateway is None


# ---------------------------------------------------------------- what stands
def test_a_success_that_stands_counts_beside_an_echo_that_is_answered(desk: Desk) -> None:
    report = desk.only(standing_https=standing(OK))

    assert [(sample.outcome, sample.age_s) for sample in report.evidence.https] == [(OK, 200.0)]


@pytest.mark.parametrize(("outcome", "counted"), [(OK, UNMEASURED), (FAILED, FAILED)])
def test_on_a_dead_line_a_success_that_stands_vouches_for_nothing(
    desk: Desk, outcome: Outcome, counted: Outcome
) -> None:
    desk.rtts = dict.fromkeys(t.address for t in PINGS)
    report = desk.only(standing_https=standing(outcome))

    assert [sample.outcome for sample in report.evidence.https] == [counted]


def test_where_a_web_check_ran_an_echo_is_not_enough_for_one_that_stands(desk: Desk) -> None:
    uplink = an_uplink(plan=WITH_WEB)
    report = desk.only(uplink=uplink, https=HTTPS[:1], round=Round(tls=False), standing_https=standing(OK))

    assert [sample.outcome for sample in report.evidence.https] == [UNMEASURED, UNMEASURED]
    assert report.evidence.https[0].error == UNASKED


def test_on_a_metered_line_without_pings_what_stands_vouches_by_itself(desk: Desk) -> None:
    desk.rtts = dict.fromkeys(t.address for t in PINGS)
    report = desk.only(standing_https=standing(OK), vouches_by_standing=True)

    assert [sample.outcome for sample in report.evidence.https] == [OK]


# ---------------------------------------------------------------- the other family
OTHER = (PingTarget("2001:db8:ffff::1", "Alpha"),)


def test_the_other_family_is_waited_for_by_the_complete_report_alone(desk: Desk) -> None:
    desk.rtts = {OTHER[0].address: None}
    desk.start(other_path=PATH6, other_pings=OTHER)
    desk.rig.run(5.0)

    settled, complete = desk.reports
    assert settled.evidence.other_family == ()
    assert [sample.outcome for sample in complete.evidence.other_family] == [SILENT]
    assert desk.stream.tally.total_bytes == 3 * 168 + 72 + 208


def test_where_ipv6_is_required_no_verdict_is_given_without_it(desk: Desk) -> None:
    desk.rtts = {OTHER[0].address: None}
    desk.start(uplink=an_uplink(plan=ECHO_ONLY, require_ipv6=True), other_path=PATH6, other_pings=OTHER)
    desk.rig.run(5.0)

    [report] = desk.reports
    assert report.is_complete
    assert [sample.outcome for sample in report.evidence.other_family] == [SILENT]


def test_what_is_known_of_the_other_family_is_told_where_it_is_not_asked(desk: Desk) -> None:
    known = (EchoSample(OTHER[0].address, "Alpha", OK, 1, 1),)

    assert desk.only(other_known=known).evidence.other_family == known
