"""The coordinator: what starts a cycle, what ends one unrecorded, and how soon a verdict stands."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ispstatus.decide.cadence import MB
from ispstatus.jobs.messages import BaselinesKnown, ClockStepped, CycleReport, NetChanged, Reconfigured, Silence
from ispstatus.model.decision import Baseline
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import LinkStatus
from ispstatus.model.state import Note, Reason, State
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window
from tests.helpers.make import PINGS
from tests.jobs.office import METERED, Office, line, the_box
from tests.jobs.rig import Rig, dead_between

UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN
FOREVER = 1e9


@pytest.fixture
def office(rig: Rig, tmp_path: Path) -> Iterator[Office]:
    made = Office(rig, tmp_path)
    yield made
    made.close()


@pytest.fixture(name="opened")
def _opened(rig: Rig, tmp_path: Path) -> Iterator[Callable[..., Office]]:
    offices: list[Office] = []

    def make(*uplinks: Uplink, spent_mb: int = 0) -> Office:
        offices.append(Office(rig, tmp_path, *uplinks, spent_bytes=spent_mb * MB))
        return offices[-1]

    yield make
    for office in offices:
        office.close()


def a_modem(budget_mb: int = 30) -> Uplink:
    return line(1, metered=True, budget_mb_month=budget_mb, plan=METERED)


def reports(office: Office) -> list[CycleReport]:
    return [message for message in office.seen if isinstance(message, CycleReport)]


def cycles(office: Office) -> list[tuple[int, Trigger]]:
    """Number and trigger of every cycle that reported."""
    return list(dict.fromkeys((report.cycle_id, report.evidence.trigger) for report in reports(office)))


def die(office: Office, for_s: float = FOREVER, rtt_s: float = 0.02) -> None:
    office.rig.line.behave = dead_between(office.rig.now, office.rig.now + for_s, rtt_s)


# ---------------------------------------------------------------- the minute
def test_the_first_verdict_follows_the_start_at_once(office: Office) -> None:
    assert office.state() is UNKNOWN

    assert office.run_until(UP, within_s=1) < 0.2
    assert cycles(office) == [(1, Trigger.START)]


def test_one_cycle_a_minute_in_the_wall_minutes_first_seconds(office: Office) -> None:
    office.run(200)

    assert [trigger for _, trigger in cycles(office)] == [Trigger.START, Trigger.MINUTE, Trigger.MINUTE, Trigger.MINUTE]
    assert [report.evidence.started_at.second for report in reports(office)[1:]] == [0, 0, 0]


def test_a_cycle_that_begins_late_is_noted(office: Office) -> None:
    office.run(10)
    office.rig.run(70)  # the engine turns, the coordinator does not
    office.run(1)

    assert len(office.coordinator.late_at) == 1
    assert "the cycle of fibre began" in office.events()[0]


def test_a_verdict_that_only_says_the_same_again_waits_for_all_of_its_evidence(office: Office) -> None:
    silent = PINGS[2].address
    office.rig.line.behave = lambda address, sent_boot_s: None if address == silent else 0.02
    office.run(30)
    shown = set[int]()

    for _ in range(1400):
        office.run(0.05)
        seen = office.live().evidence
        assert seen is not None
        shown.add(len(seen.pings))

    assert shown == {len(PINGS)}
    assert {report.is_complete for report in reports(office)} == {False, True}


def test_one_message_that_cannot_be_acted_on_ends_nothing(office: Office) -> None:
    office.coordinator.post("nonsense")  # type: ignore[arg-type]
    office.turn()

    office.run_until(UP, within_s=1)


# ---------------------------------------------------------------- silence and answers
def test_a_dead_line_is_down_in_five_seconds_and_up_again_in_three(office: Office) -> None:
    office.run(30)
    die(office, for_s=60)
    died_at = office.clock.now()

    assert office.run_until(DOWN, within_s=5) < 5
    office.run(60 - (office.clock.now() - died_at).total_seconds())
    assert office.run_until(UP, within_s=3) < 3

    [outage] = office.outages()
    assert outage.first_good_at is not None
    assert timedelta(milliseconds=-1) <= outage.first_bad_at - died_at <= timedelta(seconds=1.5)
    assert abs(outage.first_good_at - died_at - timedelta(seconds=60)) <= timedelta(seconds=1.5)


def test_four_seconds_of_silence_are_in_the_record_though_no_verdict_fell(office: Office) -> None:
    office.run(30)
    die(office, for_s=4)
    office.run(20)

    [outage] = office.outages()
    assert outage.first_good_at is not None
    assert timedelta(seconds=3) <= outage.first_good_at - outage.first_bad_at <= timedelta(seconds=5)
    assert office.state() is UP


def test_silence_starts_one_cycle_and_the_bursts_are_its_evidence(office: Office) -> None:
    office.run(30)
    die(office)
    office.run_until(DOWN, within_s=5)

    report = reports(office)[-1]
    assert report.evidence.trigger is Trigger.SILENCE
    assert [sample.sent for sample in report.evidence.pings] == [3, 3, 3]
    assert sum(trigger is Trigger.SILENCE for _, trigger in cycles(office)) == 1


def test_a_silence_on_a_way_that_is_gone_means_nothing(office: Office) -> None:
    office.run(5)
    before = cycles(office)

    office.tell(Silence(1, 999, office.rig.now - 1, None, {}), Silence(77, 1, office.rig.now - 1, None, {}))
    office.run(2)

    assert cycles(office) == before
    assert office.live().silence is None


def test_while_down_cycles_come_by_the_minute_alone(office: Office) -> None:
    office.run(30)
    die(office)
    office.run_until(DOWN, within_s=5)
    before = len(cycles(office))
    office.run(120)

    assert len(cycles(office)) - before == 2


# ---------------------------------------------------------------- the kernel
@pytest.mark.parametrize(
    ("box", "reason"),
    [
        (the_box(eth1=LinkStatus.NO_CARRIER), Reason.NO_CARRIER),
        (the_box(eth1=LinkStatus.ADMIN_DOWN), Reason.IFACE_ADMIN_DOWN),
        (the_box(eth1=None), Reason.IFACE_MISSING),
    ],
)
def test_what_the_kernel_says_is_judged_without_a_packet_and_without_delay(
    office: Office, box: object, reason: Reason
) -> None:
    office.run(10)
    sent = len(office.rig.line.sent)

    office.tell(NetChanged(box))  # type: ignore[arg-type]

    assert (office.state(), office.live().standing.decision.reason) == (DOWN, reason)
    assert len(office.rig.line.sent) == sent
    office.run(5)
    assert len(office.rig.line.sent) == sent


def test_a_link_that_comes_back_is_probed_at_once(office: Office) -> None:
    office.run(10)
    office.tell(NetChanged(the_box(eth1=LinkStatus.NO_CARRIER)))
    office.run(10)

    office.tell(NetChanged(the_box()))

    assert office.run_until(UP, within_s=1) < 0.5
    assert cycles(office)[-1][1] in (Trigger.LINK, Trigger.ANSWER)


def test_a_flapping_link_starts_no_more_than_one_cycle_in_two_seconds(office: Office) -> None:
    office.run(10)
    office.rig.line.behave = dead_between(0, FOREVER)
    for _ in range(40):
        office.tell(NetChanged(the_box(eth1=LinkStatus.NO_CARRIER)))
        office.run(0.1)
        office.tell(NetChanged(the_box()))
        office.run(0.4)
    office.run(10)

    started = [report.started_boot_s for report in reports(office) if report.evidence.trigger is Trigger.LINK]
    assert all(later - earlier >= 2.0 for earlier, later in pairwise(sorted(set(started))))
    assert office.rig.sent_to(PINGS[0].address) < 60


def test_a_change_of_the_way_out_ends_the_running_cycle_unrecorded(office: Office) -> None:
    office.run(10)
    die(office, for_s=2)
    office.ask()
    running = office.live().cycle
    assert running is not None
    office.run(0.5)

    office.tell(NetChanged(the_box(host=9)))
    assert office.live().cycle is not running
    office.run(5)

    assert running.plan.cycle_id not in [number for number, _ in cycles(office)]
    assert office.state() is UP


def test_a_report_that_was_on_its_way_when_the_way_out_changed_is_not_judged(office: Office) -> None:
    office.run(10)
    office.ask()
    office.coordinator.post(NetChanged(the_box(host=9)))
    office.rig.run(0.5)  # the report joins the queue behind the change
    office.run(1)

    evidence = office.live().evidence
    assert evidence is not None
    assert evidence.path.source == "203.0.113.9"


def test_an_address_renewed_is_followed(office: Office) -> None:
    office.run(10)
    office.tell(NetChanged(the_box(host=9)))
    office.run(2)

    assert office.live().path is not None
    assert office.live().path.source == "203.0.113.9"  # type: ignore[union-attr]
    assert office.state() is UP


def test_a_path_that_leads_elsewhere_is_unknown_and_never_down(office: Office) -> None:
    office.run(10)
    office.prover.is_proven = False
    office.tell(NetChanged(the_box(host=9)))
    office.run(70)

    assert (office.state(), office.live().standing.decision.reason) == (UNKNOWN, Reason.PATH_UNPROVEN)
    assert office.outages() == []


# ---------------------------------------------------------------- clients
def test_a_client_gets_a_young_verdict_and_starts_a_cycle_only_beside_an_old_one(office: Office) -> None:
    office.run(10)
    assert office.ask().done() is False
    office.run(0.2)
    assert cycles(office)[-1][1] is Trigger.CLIENT
    count = len(cycles(office))

    young = office.ask()

    assert young.result(0) == frozenset()
    assert len(cycles(office)) == count


# ---------------------------------------------------------------- configuration
def test_a_reload_disturbs_only_what_changed(opened: Callable[..., Office]) -> None:
    office = opened(line(1), line(2))
    office.run(10)
    other = office.live(2)
    since_at = other.standing.since_at
    window = Window(office.clock.now(), office.clock.now() + timedelta(hours=1))

    fewer = line(1, plan=line(1).plan.__class__(ping=PINGS[:1], http=(), resolvers=(), resolve=()))
    office.tell(Reconfigured((line(2), fewer), {"fibre": (window,)}, ZoneInfo("UTC")))
    office.run(1)

    assert [live.uplink.name for live in office.roster] == ["line2", "fibre"]
    assert office.live(2) is other
    assert other.standing.since_at == since_at
    assert [sample.target for sample in reports(office)[-1].evidence.pings] == [PINGS[0].address]
    office.run(70)
    assert office.live().timeline.seconds_of(int(window.start_ts) // 60 * 60 + 60, office.rig.hands.wall) is not None


def test_an_uplink_that_left_the_file_is_left_alone(opened: Callable[..., Office]) -> None:
    office = opened(line(1), line(2))
    office.run(10)
    office.tell(Reconfigured((line(2),), {}, ZoneInfo("UTC")))
    sent = len(office.rig.line.sent)
    office.run(2.5)

    assert office.roster.get(1) is None
    assert office.disk.db.value("SELECT up_s FROM minute WHERE uplink_id = 1") in (9, 10)
    assert office.disk.db.value("SELECT bytes FROM bytes_spent WHERE uplink_id = 1") > 10 * 168
    assert [live.uplink.name for live in office.roster] == ["line2"]
    assert len(office.rig.line.sent) - sent <= 5, "one stream is left"


def test_what_is_normal_reaches_the_judgement_and_the_report(office: Office) -> None:
    office.run(5)
    office.tell(BaselinesKnown({1: Baseline(21.0, 2.0), 77: Baseline(9.0, 9.0)}))
    office.run(60)

    assert office.live().memory.baseline == Baseline(21.0, 2.0)
    assert office.coordinator.reports()[0].baseline == Baseline(21.0, 2.0)


def test_a_step_of_the_clock_moves_the_minutes_places(office: Office) -> None:
    office.run(10)
    office.rig.hands.wall += 25.0
    office.tell(ClockStepped(25.0))
    before = len(cycles(office))
    office.run(86)

    assert [report.evidence.started_at.second for report in reports(office)[before:]] == [0]
    assert "the wall clock stepped by +25.0 s" in office.events()


# ---------------------------------------------------------------- a metered uplink
def test_echoes_that_speak_against_the_verdict_are_confirmed_before_they_are_one(opened: Callable[..., Office]) -> None:
    office = opened(a_modem())
    office.run(5)
    assert office.state() is UP
    die(office)
    office.run_until(DOWN, within_s=300)

    assert cycles(office)[-1][1] is Trigger.SILENCE
    assert reports(office)[-1].evidence.budget_is_spent is False


def test_once_the_budget_is_spent_echoes_alone_go_on_and_say_so(opened: Callable[..., Office]) -> None:
    office = opened(a_modem(), spent_mb=30)
    office.run(5)
    sent = len(office.rig.line.sent)
    office.run(120)

    assert len(office.rig.line.sent) - sent == 2 * (len(PINGS) + 1), "and the gateway"
    assert Note.BUDGET_SPENT in office.live().standing.decision.notes
    assert office.state() is UP


def test_with_the_reserve_spent_a_link_event_waits_for_the_minute(opened: Callable[..., Office]) -> None:
    office = opened(a_modem(), spent_mb=30)
    office.run(5)
    office.tell(NetChanged(the_box(eth1=LinkStatus.NO_CARRIER)))
    assert office.state() is DOWN
    office.tell(NetChanged(the_box()))
    sent = len(office.rig.line.sent)
    office.run(30)
    assert len(office.rig.line.sent) == sent

    office.run_until(UP, within_s=60)
    assert cycles(office)[-1][1] is Trigger.MINUTE


def test_a_file_that_lifts_the_budget_is_followed_at_once(opened: Callable[..., Office]) -> None:
    office = opened(a_modem(), spent_mb=30)
    office.run(5)
    office.tell(Reconfigured((line(1),), {}, ZoneInfo("UTC")))
    sent = len(office.rig.line.sent)
    office.run(10)

    assert len(office.rig.line.sent) - sent > 10


def test_what_was_sent_is_what_was_counted(office: Office) -> None:
    office.run(130)

    echoes = sum(office.rig.sent_to(target.address) for target in PINGS)
    gateway = office.rig.sent_to("203.0.113.1")
    assert gateway > 20
    assert office.live().stream.tally.total_bytes == 168 * echoes + 72 * gateway


# ---------------------------------------------------------------- the end
def test_a_stop_stores_what_is_known(office: Office) -> None:
    office.run(30)
    office.coordinator.start()
    office.coordinator.stop()

    assert office.disk.db.value("SELECT count(*) FROM minute") == 1
