"""Traceroutes through the lab's routers; without root, what can be said on loopback."""

import pytest

from ispstatus.model.sample import Trace
from ispstatus.probes.trace import MAX_TTL, probe_trace
from tests.benchmarks.netlab import REFUSING, TARGETS, NetLab
from tests.probes.driving import NOWHERE, Driver, Probe, loopback, needs_echo

pytestmark = pytest.mark.usefixtures("open_files")


def trace(driver: Driver, lab: NetLab, target: str, number: int = 1, family: int = 4) -> Trace:
    path = lab.path(number, 6 if family == 6 else 4)
    probe: Probe = lambda done: probe_trace(driver.engine, path, target, done, timeout_s=0.5)  # noqa: E731
    result: Trace = driver.hear(probe)
    return result


def test_every_hop_is_named_up_to_the_target(lab: NetLab, lab_driver: Driver) -> None:
    for number in (1, 2):
        result = trace(lab_driver, lab, TARGETS[4][0], number)
        assert (result.target, result.reached) == (TARGETS[4][0], True)
        assert [(hop.ttl, hop.address) for hop in result.hops] == [(1, f"10.50.{number}.1"), (2, TARGETS[4][0])]
        assert all(hop.rtt_ms is not None and 0.0 <= hop.rtt_ms <= 500.0 for hop in result.hops)


def test_ipv6_is_traced_too(lab: NetLab, lab_driver: Driver) -> None:
    traces = [trace(lab_driver, lab, TARGETS[6][0], family=6) for _ in range(4)]
    assert ["2001:db8:50:1::1", TARGETS[6][0]] in [[hop.address for hop in result.hops] for result in traces]


def test_a_way_that_ends_early_ends_with_the_last_who_spoke(lab: NetLab, lab_driver: Driver) -> None:
    result = trace(lab_driver, lab, REFUSING)
    assert not result.reached
    assert (result.hops[0].ttl, result.hops[0].address) == (1, "10.50.1.1")


def test_a_dead_line_has_one_silent_hop(lab: NetLab, lab_driver: Driver) -> None:
    lab.blackhole([1])
    try:
        result = trace(lab_driver, lab, TARGETS[4][0])
    finally:
        lab.heal()
    assert (result.reached, [hop.address for hop in result.hops]) == (False, [None])


@needs_echo
def test_a_neighbour_is_one_hop_away(driver: Driver) -> None:
    result = driver.hear(lambda done: probe_trace(driver.engine, loopback(), "127.0.0.2", done))
    assert (result.reached, len(result.hops)) == (True, 1)
    assert abs(result.taken_ts - driver.engine.clock.wall()) < 60


def test_a_trace_that_cannot_be_run_has_no_hops(driver: Driver) -> None:
    result = driver.hear(lambda done: probe_trace(driver.engine, loopback(source=None), NOWHERE, done))
    assert (result.target, result.reached, result.hops) == (NOWHERE, False, ())
    assert MAX_TTL == 20
