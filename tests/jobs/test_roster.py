"""Who is followed, in which order, and what a change of configuration leaves alone."""

from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.roster import Roster
from ispstatus.model.uplink import Uplink
from tests.helpers.make import HTTPS, OK, a_path, an_uplink, https, names
from tests.jobs.living import a_live, told


def a_roster(*uplinks: Uplink) -> Roster:
    roster = Roster(a_live)
    roster.replace(uplinks)
    return roster


def line(number: int, **changes: object) -> Uplink:
    return an_uplink(id=number, name=f"line{number}", **changes)


def one(roster: Roster, number: int) -> LiveUplink:
    found = roster.get(number)
    assert found is not None
    return found


def test_uplinks_are_followed_in_the_order_given() -> None:
    roster = a_roster(line(2), line(1))

    assert [live.uplink.id for live in roster] == [2, 1]
    assert (len(roster), roster.uplinks) == (2, (line(2), line(1)))
    assert roster.get(3) is None


def test_what_did_not_change_is_the_same_wherever_it_stands_now() -> None:
    roster = a_roster(line(1), line(2))
    before = one(roster, 2)
    before.path = a_path()

    assert roster.replace((line(2), line(1))) == ()
    assert one(roster, 2) is before
    assert before.path is not None
    assert [live.uplink.id for live in roster] == [2, 1]


def test_what_changed_is_looked_at_afresh_and_keeps_its_verdict() -> None:
    roster = a_roster(line(1))
    live = one(roster, 1)
    live.path, live.dns = a_path(), names(OK)
    live.last_event_boot_s = 1.0
    live.https = {HTTPS[0].url: (https(OK)[0], 1.0)}
    standing, memory = live.standing, live.memory

    roster.replace((line(1, interface="eth9"),))

    after = one(roster, 1)
    assert after is live
    assert after.path is None
    assert after.last_event_boot_s is None  # no event's pause holds up the cycle that looks
    assert not after.https
    assert not after.dns
    assert (after.standing, after.memory) == (standing, memory)
    assert [uplink.interface for uplink in told(after).uplinks] == ["eth9"]


def test_who_is_left_out_is_handed_back() -> None:
    roster = a_roster(line(1), line(2))
    gone = one(roster, 1)

    assert roster.replace((line(2),)) == (gone,)
    assert roster.get(1) is None


def test_a_walk_through_the_roster_is_not_upset_by_a_change() -> None:
    roster = a_roster(line(1), line(2))
    walk = iter(roster)
    first = next(walk)
    roster.replace(())

    assert [first.uplink.id, *(live.uplink.id for live in walk)] == [1, 2]
