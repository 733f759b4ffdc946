import errno
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Link, LinkStatus, NetSnapshot
from ispstatus.net import watch as watch_module
from ispstatus.net.rtnl import Rtnl, open_rtnl
from ispstatus.net.watch import NetWatch
from tests.net.namespace import Namespace, needs_namespaces

PATIENCE_S = 5.0
QUIET_S = 0.25
"""Longer than any debounce: after it nothing more is coming."""


class Told:
    """What a watch published, in order."""

    def __init__(self) -> None:
        self.queue: queue.Queue[NetSnapshot] = queue.Queue()

    def until(self, holds: Callable[[NetSnapshot], bool]) -> NetSnapshot:
        """Return the first snapshot for which ``holds``; fails the test when none comes."""
        while True:
            told = self.queue.get(timeout=PATIENCE_S)
            if holds(told):
                return told

    def rest(self, quiet_s: float = QUIET_S) -> list[NetSnapshot]:
        """Return everything that comes until nothing did for a while."""
        found = []
        while True:
            try:
                found.append(self.queue.get(timeout=quiet_s))
            except queue.Empty:
                return found


@contextmanager
def watching(space: Namespace) -> Iterator[tuple[NetWatch, Told]]:
    told = Told()
    watch = space.call(lambda: _started(NetWatch(SYSTEM, told.queue.put)))
    try:
        watch.snapshot()
        told.rest()
        yield watch, told
    finally:
        watch.stop()
        watch.join(PATIENCE_S)


def _started(watch: NetWatch) -> NetWatch:
    watch.start()
    return watch


@pytest.fixture
def box(space: Namespace) -> Namespace:
    space.ip(
        "link add eth1 type veth peer name isp1",
        "link set eth1 up",
        "link set isp1 up",
        "addr add 198.51.100.2/24 dev eth1",
        "route add default via 198.51.100.1 dev eth1",
        "route add default via 198.51.100.1 dev eth1 table 101",
    )
    return space


def link(snapshot: NetSnapshot, name: str) -> Link | None:
    return next((found for found in snapshot.links if found.name == name), None)


def is_eth1(status: LinkStatus) -> Callable[[NetSnapshot], bool]:
    def holds(snapshot: NetSnapshot) -> bool:
        eth1 = link(snapshot, "eth1")
        return eth1 is not None and eth1.status is status

    return holds


@needs_namespaces
def test_the_first_snapshot_is_whole(box: Namespace) -> None:
    with watching(box) as (watch, _):
        facts = watch.snapshot()

        assert is_eth1(LinkStatus.UP)(facts)
        assert "198.51.100.2" in [found.address for found in facts.addresses]
        assert [(r.table, r.gateway) for r in facts.default_routes] == [(101, "198.51.100.1"), (254, "198.51.100.1")]


@needs_namespaces
def test_carrier_loss_is_published_from_the_event_before_anything_is_read_again(box: Namespace) -> None:
    with watching(box) as (watch, told):
        before = watch.snapshot()
        downs = [found.carrier_downs for found in before.links if found.name == "eth1"]
        box.ip("link set isp1 down")
        lost = told.until(is_eth1(LinkStatus.NO_CARRIER))

        assert lost.addresses == before.addresses
        assert lost.default_routes == before.default_routes
        assert [found.carrier_downs for found in lost.links if found.name == "eth1"] == [downs[0] + 1]


@needs_namespaces
def test_carrier_loss_is_published_even_when_nothing_is_ever_read_again(
    box: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "QUIET_S", 1000.0)
    monkeypatch.setattr(watch_module, "LONGEST_WAIT_S", 1000.0)
    with watching(box) as (_, told):
        box.ip("link set isp1 down")

        told.until(is_eth1(LinkStatus.NO_CARRIER))


@needs_namespaces
def test_routes_the_kernel_drops_without_a_word_are_missed_too(box: Namespace) -> None:
    box.sysctl("ipv6/conf/all/disable_ipv6", "1")  # IPv6 would have something to say
    with watching(box) as (_, told):
        box.ip("link set eth1 down")

        told.until(is_eth1(LinkStatus.ADMIN_DOWN))
        told.until(lambda facts: facts.default_routes == ())


@needs_namespaces
def test_table_routes_that_vanish_with_their_address_are_missed_too(box: Namespace) -> None:
    box.ip("route replace default via 198.51.100.1 dev eth1 src 198.51.100.2 table 101")
    with watching(box) as (_, told):
        box.ip("addr del 198.51.100.2/24 dev eth1")

        told.until(lambda facts: facts.default_routes == ())


@needs_namespaces
def test_a_new_default_route_is_published(box: Namespace) -> None:
    with watching(box) as (_, told):
        box.ip("route add default via 198.51.100.9 dev eth1 table 102")

        told.until(lambda facts: 102 in [route.table for route in facts.default_routes])


@needs_namespaces
def test_a_new_rule_is_published(box: Namespace) -> None:
    with watching(box) as (_, told):
        box.ip("rule add from 198.51.100.2 lookup 101", "rule add from all fwmark 7 lookup 102")

        told.until(lambda facts: {101, 102} <= {rule.table for rule in facts.rules})


@needs_namespaces
def test_a_new_ipv6_rule_and_address_are_published(box: Namespace) -> None:
    with watching(box) as (_, told):
        box.ip("rule add from 2001:db8::2 lookup 101", family=6)
        told.until(lambda facts: (6, 101) in [(rule.family, rule.table) for rule in facts.rules])
        box.ip("addr add 2001:db8::2/64 dev eth1 nodad")
        told.until(lambda facts: "2001:db8::2" in [found.address for found in facts.addresses])


@needs_namespaces
@pytest.mark.parametrize(
    "command",
    ["route add 192.0.2.0/24 via 198.51.100.1", "rule add to 192.0.2.0/24 lookup 102", "route add blackhole 192.0.2.7"],
)
def test_a_change_that_may_lead_targets_away_is_a_new_generation(box: Namespace, command: str) -> None:
    with watching(box) as (watch, told):
        before = watch.snapshot()
        box.ip(command)
        after = told.until(lambda facts: facts.generation > before.generation)

        assert after.default_routes == before.default_routes


@needs_namespaces
def test_a_burst_of_other_routes_is_told_of_only_now_and_then(box: Namespace) -> None:
    with watching(box) as (_, told):
        box.ip(*(f"route add 192.0.2.{number}/32 via 198.51.100.1" for number in range(200)))

        assert 1 <= len(told.rest()) <= 3


@needs_namespaces
def test_what_changes_nothing_is_not_told(box: Namespace) -> None:
    with watching(box) as (watch, told):
        generation = watch.snapshot().generation
        box.ip("addr replace 198.51.100.2/24 dev eth1", "link set eth1 mtu 1400")

        assert told.rest() == []
        assert watch.snapshot().generation == generation


@needs_namespaces
def test_generations_go_up_by_one_each_time(box: Namespace) -> None:
    with watching(box) as (_, told):
        box.ip("link set isp1 down", "link set isp1 up", "link set eth1 down", "link set eth1 up")
        generations = [facts.generation for facts in told.rest()]

        assert generations == list(range(generations[0], generations[0] + len(generations)))


@needs_namespaces
def test_an_interface_made_anew_has_a_new_index(box: Namespace) -> None:
    with watching(box) as (watch, told):
        before = link(watch.snapshot(), "eth1")
        box.ip("link del eth1")
        gone = told.until(lambda facts: link(facts, "eth1") is None)
        assert before is not None
        assert before.index not in {route.ifindex for route in gone.default_routes}
        assert before.index not in {found.ifindex for found in gone.addresses}

        box.ip("link add name eth1 type veth peer name isp1")
        again = link(told.until(lambda facts: link(facts, "eth1") is not None), "eth1")

        assert again is not None
        assert again.index != before.index


@needs_namespaces
def test_a_renamed_interface_keeps_index_and_mac(box: Namespace) -> None:
    with watching(box) as (watch, told):
        before = link(watch.snapshot(), "eth1")
        box.ip("link set eth1 down", "link set eth1 name wan0", "link set wan0 up")
        after = link(told.until(lambda facts: link(facts, "wan0") is not None), "wan0")

        assert before is not None
        assert after is not None
        assert (after.index, after.mac) == (before.index, before.mac)


@needs_namespaces
def test_a_listener_that_fails_does_not_disturb_the_watch(box: Namespace, caplog: pytest.LogCaptureFixture) -> None:
    told = Told()

    def fails_once(facts: NetSnapshot) -> None:
        told.queue.put(facts)
        if facts.generation == 1:
            raise RuntimeError("a listener's own fault")

    watch = box.call(lambda: _started(NetWatch(SYSTEM, fails_once)))
    try:
        watch.snapshot()
        box.ip("link set isp1 down")
        told.until(is_eth1(LinkStatus.NO_CARRIER))
        assert "whoever listens" in caplog.text
        assert "again" not in caplog.text
    finally:
        watch.stop()
        watch.join(PATIENCE_S)


@needs_namespaces
def test_after_lost_events_everything_is_read_again(
    box: Namespace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With a tiny buffer, a storm of events overflows it while the thread is held up in its listener."""
    monkeypatch.setattr("ispstatus.net.rtnl._EVENT_BUFFER_BYTES", 1)
    held, go_on = threading.Event(), threading.Event()
    told = Told()

    def hold_once(facts: NetSnapshot) -> None:
        told.queue.put(facts)
        if is_eth1(LinkStatus.NO_CARRIER)(facts) and not held.is_set():
            held.set()
            go_on.wait(PATIENCE_S)

    watch = box.call(lambda: _started(NetWatch(SYSTEM, hold_once)))
    try:
        watch.snapshot()
        box.ip("link set isp1 down")
        assert held.wait(PATIENCE_S)
        box.ip(*(f"route add 192.0.2.{number}/32 via 198.51.100.1 table 9" for number in range(200)))
        box.ip("addr add 192.0.2.1/32 dev eth1")
        go_on.set()

        told.until(lambda facts: "192.0.2.1" in [found.address for found in facts.addresses])
        assert "No buffer space" in caplog.text
    finally:
        go_on.set()
        watch.stop()
        watch.join(PATIENCE_S)


def test_a_kernel_that_cannot_be_asked_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watch_module, "RETRY_S", 0.01)
    refusals = iter((CannotMeasure("no descriptors left"), OSError(errno.ENOMEM, "no memory")))

    def open_later(groups: int = 0) -> Rtnl:
        for refusal in refusals:
            raise refusal
        return open_rtnl(groups)

    monkeypatch.setattr(watch_module, "open_rtnl", open_later)
    watch = _started(NetWatch(SYSTEM, lambda _: None))
    try:
        assert watch.snapshot().links
        assert "no descriptors left" in caplog.text
        assert "no memory" in caplog.text
    finally:
        watch.stop()
        watch.join(PATIENCE_S)


@needs_namespaces
def test_a_message_nobody_understands_only_means_reading_everything_again(
    box: Namespace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watch_module, "RETRY_S", 0.01)

    def not_understood(_: object) -> Link:
        raise KeyError("index")

    with watching(box) as (watch, told):
        generation = watch.snapshot().generation
        monkeypatch.setattr(watch_module, "link_of", not_understood)
        box.ip("link set isp1 down")
        told.until(is_eth1(LinkStatus.NO_CARRIER))

        assert "could not be understood" in caplog.text
        told.until(lambda facts: facts.generation > generation + 1)  # other routes may have changed unheard


@needs_namespaces
def test_it_beats_and_stops(box: Namespace) -> None:
    with watching(box) as (watch, told):
        before = watch.beat_boot_s
        box.ip("link set isp1 down")
        told.until(is_eth1(LinkStatus.NO_CARRIER))
        told.rest()

        assert watch.beat_boot_s > before

        watch.stop()
        watch.join(PATIENCE_S)

        assert "netlink" not in [thread.name for thread in threading.enumerate()]
        watch.stop()


def test_other_routes_are_told_of_once_a_second_and_the_first_one_soon() -> None:
    due = watch_module._Due()
    due.tell_soon(100.0)

    assert not due.is_tell_due(100.01)
    assert due.is_tell_due(100.03)

    due.has_told(100.03)
    due.tell_soon(100.04)

    assert not due.is_tell_due(101.0)
    assert due.is_tell_due(101.04)


def test_a_reading_waits_for_quiet_but_not_for_ever() -> None:
    due = watch_module._Due()
    due.has_read(100.0)
    for turn in range(10):
        due.read_soon(100.0 + turn / 100)
        assert not due.is_read_due(100.015 + turn / 100) or turn == 9

    assert due.is_read_due(100.101)

    due.has_read(100.2)

    assert not due.is_read_due(160.1)
    assert due.is_read_due(160.3)


def test_without_a_first_word_of_the_kernel_there_is_no_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "FIRST_SNAPSHOT_S", 0.01)
    watch = NetWatch(SYSTEM, lambda _: None)

    with pytest.raises(CannotMeasure):
        watch.snapshot()


def test_anybody_may_watch() -> None:
    watch = _started(NetWatch(SYSTEM, lambda _: None))
    try:
        assert watch.snapshot().generation == 1
    finally:
        watch.stop()
        watch.join(PATIENCE_S)
