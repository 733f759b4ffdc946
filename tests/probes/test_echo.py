"""Echoes over real sockets: on loopback, and through the lab's routers as root."""

import os
import time
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.probes.echo import forget, probe_echo, rotate_id
from tests.benchmarks.netlab import REFUSING, TARGETS, NetLab
from tests.probes.driving import (
    NOWHERE,
    Driver,
    JumpingClock,
    Probe,
    eventually,
    loopback,
    needs_echo,
    needs_ipv6,
)
from tests.probes.responder import Echo, Responder, late

pytestmark = [needs_echo, pytest.mark.usefixtures("open_files")]


def echo(driver: Driver, address: str = "127.0.0.1", *, path: Any = None, timeout_s: float = 1.0, **more: Any) -> Probe:
    return lambda done: probe_echo(
        driver.engine, path or loopback(), address, timeout_s=timeout_s, done=done, network="here", **more
    )


def test_an_answer_is_ok_with_a_round_trip_and_the_time_it_left(driver: Driver) -> None:
    before = driver.engine.clock.boot()
    sample: EchoSample = driver.hear(echo(driver))
    assert (sample.target, sample.network, sample.outcome) == ("127.0.0.1", "here", Outcome.OK)
    assert (sample.sent, sample.received, sample.error) == (1, 1, None)
    assert sample.rtt_ms is not None
    assert 0.0 <= sample.rtt_ms < 1000.0
    assert sample.sent_boot_s is not None
    assert before <= sample.sent_boot_s <= driver.engine.clock.boot()
    assert sample.answered_sent_boot_s == sample.sent_boot_s


@needs_ipv6
def test_ipv6_answers_too(driver: Driver) -> None:
    assert driver.hear(echo(driver, "::1", path=loopback(6))).outcome is Outcome.OK


def test_silence_is_silent(driver: Driver) -> None:
    sample = driver.hear(echo(driver, NOWHERE, timeout_s=0.05))
    assert (sample.outcome, sample.received, sample.rtt_ms, sample.error) == (Outcome.SILENT, 0, None, None)
    assert sample.sent_boot_s is not None


def test_silence_across_three_minutes_of_standstill_is_unmeasured(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    sample = driver.hear(echo(driver, NOWHERE, timeout_s=0.5), meanwhile=lambda: clock.sleep(180.0))
    assert (sample.outcome, sample.error) == (Outcome.UNMEASURED, "the engine was late")


def test_silence_after_a_standstill_is_silent_again(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    driver.on_engine(lambda: clock.sleep(180.0))
    driver.on_engine(lambda: None)
    assert driver.hear(echo(driver, NOWHERE, timeout_s=0.05)).outcome is Outcome.SILENT


def test_an_answer_found_after_a_gap_counts_if_the_kernel_saw_it_in_time(driver: Driver) -> None:
    driver.hear(echo(driver))
    time.sleep(0.05)  # the kernel begins to stamp a moment after the first socket asked for it

    def probe(done: Any) -> Any:
        handle = echo(driver, timeout_s=0.2)(done)
        time.sleep(0.5)  # the engine stands still; the answer waits in the socket
        return handle

    sample = driver.hear(probe)
    assert sample.outcome is Outcome.OK
    assert 0.0 <= sample.rtt_ms <= 200.0


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0, -0.5, 0.5])
def test_a_step_of_the_wall_clock_in_flight_never_gives_an_absurd_round_trip(
    jumping: tuple[Driver, JumpingClock], step_s: float
) -> None:
    driver, clock = jumping

    def probe(done: Any) -> Any:
        handle = echo(driver, timeout_s=0.9)(done)
        clock.wall_offset_s += step_s
        return handle

    sample = driver.hear(probe)
    assert sample.outcome is Outcome.OK
    assert 0.0 <= sample.rtt_ms <= 900.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": None}, "no IPv4 address"),
        ({"source": NOWHERE}, "the source address is not on this box"),
        ({"device": "nosuch0"}, "interface is gone"),
    ],
)
def test_what_this_box_cannot_send_is_unmeasured_in_words(driver: Driver, changes: Any, words: str) -> None:
    sample = driver.hear(echo(driver, path=loopback(**changes)))
    assert (sample.outcome, sample.sent, sample.sent_boot_s) == (Outcome.UNMEASURED, 0, None)
    assert words in sample.error


def test_an_address_of_the_other_family_is_unmeasured(driver: Driver) -> None:
    assert driver.hear(echo(driver, "::1")).outcome is Outcome.UNMEASURED
    assert driver.hear(echo(driver, "example.com")).outcome is Outcome.UNMEASURED


def test_a_cancelled_echo_is_heard_of_no_more(driver: Driver) -> None:
    heard: list[EchoSample] = []

    def start_and_cancel(address: str) -> None:
        handle = echo(driver, address, timeout_s=0.05)(heard.append)
        handle.cancel()
        handle.cancel()

    for address in (NOWHERE, "127.0.0.1", "::1"):
        driver.on_engine(partial(start_and_cancel, address))
    driver.hear(echo(driver, NOWHERE, timeout_s=0.1))
    assert heard == []


def test_echoes_of_one_way_out_share_one_socket_until_it_is_forgotten(driver: Driver) -> None:
    driver.hear(echo(driver))
    files = _open_files()
    for _ in range(20):
        driver.hear(echo(driver))
    assert _open_files() == files
    driver.on_engine(lambda: forget(driver.engine, loopback()))
    assert _open_files() == files - 1


def test_thousands_of_echoes_leave_nothing_behind(driver: Driver) -> None:
    answered: list[EchoSample] = []
    for _ in range(10):
        driver.on_engine(lambda: [echo(driver)(answered.append) for _ in range(200)])
    eventually(lambda: len(answered) == 2000)
    assert {sample.outcome for sample in answered} == {Outcome.OK}


# ---------------------------------------------------------------- through routers
def test_the_lab_answers_in_both_families(lab: NetLab, lab_driver: Driver) -> None:
    assert lab_driver.hear(echo(lab_driver, TARGETS[4][0], path=lab.path(1))).outcome is Outcome.OK
    attempts = [lab_driver.hear(echo(lab_driver, TARGETS[6][0], path=lab.path(1, 6))).outcome for _ in range(3)]
    assert Outcome.OK in attempts  # the first ones may wait for neighbour discovery


def test_each_uplink_is_measured_by_its_own_packets(lab: NetLab, lab_driver: Driver) -> None:
    lab.blackhole([1])
    try:
        assert (
            lab_driver.hear(echo(lab_driver, TARGETS[4][0], path=lab.path(1), timeout_s=0.1)).outcome is Outcome.SILENT
        )
        assert lab_driver.hear(echo(lab_driver, TARGETS[4][0], path=lab.path(2))).outcome is Outcome.OK
    finally:
        lab.heal()


def test_what_a_router_refuses_has_failed_and_says_who_said_so(lab: NetLab, lab_driver: Driver) -> None:
    sample = lab_driver.hear(echo(lab_driver, REFUSING, path=lab.path(1)))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "host unreachable, said 10.50.1.1")


def test_an_echo_that_lives_too_short_has_failed(lab: NetLab, lab_driver: Driver) -> None:
    sample = lab_driver.hear(echo(lab_driver, TARGETS[4][0], path=lab.path(1), ttl=1))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "time to live exceeded, said 10.50.1.1")


def test_an_error_about_one_echo_does_not_spoil_the_next(lab: NetLab, lab_driver: Driver) -> None:
    refused: list[EchoSample] = []
    for _ in range(20):
        lab_driver.on_engine(lambda: echo(lab_driver, REFUSING, path=lab.path(1))(refused.append))
        assert lab_driver.hear(echo(lab_driver, TARGETS[4][0], path=lab.path(1))).outcome is Outcome.OK
    eventually(lambda: len(refused) == 20)


def test_a_late_answer_is_silence_first_and_then_late(lab: NetLab, lab_driver: Driver) -> None:
    latecomers: list[EchoSample] = []
    with Responder(lab, late(0.15)):
        probe = echo(lab_driver, TARGETS[4][0], path=lab.path(1), timeout_s=0.05, on_late=latecomers.append)
        lost = lab_driver.hear(probe)
        eventually(lambda: len(latecomers) == 1)
    assert lost.outcome is Outcome.SILENT
    assert (latecomers[0].outcome, latecomers[0].sent_boot_s) == (Outcome.OK, lost.sent_boot_s)
    assert latecomers[0].rtt_ms is not None
    assert latecomers[0].rtt_ms > 100.0


def test_a_duplicate_answer_is_ignored(lab: NetLab, lab_driver: Driver) -> None:
    latecomers: list[EchoSample] = []
    with Responder(lab, lambda request: [request, request, request]):
        probe = echo(lab_driver, TARGETS[4][0], path=lab.path(1), on_late=latecomers.append)
        assert [lab_driver.hear(probe).outcome for _ in range(3)] == [Outcome.OK] * 3
    assert latecomers == []


@pytest.mark.parametrize(
    "changes",
    [{"payload": b"\0" * 56}, {"payload": b""}, {"id": 1}, {"sequence": 0}, {"source": TARGETS[4][1]}],
    ids=["payload", "no payload", "id", "sequence", "source"],
)
def test_an_answer_that_is_not_to_our_echo_is_ignored(lab: NetLab, lab_driver: Driver, changes: dict[str, Any]) -> None:
    def forge(request: Echo) -> list[Echo]:
        return [replace(request, **changes)]

    with Responder(lab, forge):
        sample = lab_driver.hear(echo(lab_driver, TARGETS[4][0], path=lab.path(1), timeout_s=0.1))
    assert sample.outcome is Outcome.SILENT


def test_a_rotated_id_is_another_one_and_echoes_under_way_are_still_heard(lab: NetLab, lab_driver: Driver) -> None:
    under_way: list[EchoSample] = []
    with Responder(lab, late(0.05)) as responder:
        probe = echo(lab_driver, TARGETS[4][0], path=lab.path(1))
        lab_driver.on_engine(partial(probe, under_way.append))
        lab_driver.on_engine(lambda: rotate_id(lab_driver.engine, lab.path(1)))
        assert lab_driver.hear(probe).outcome is Outcome.OK
        eventually(lambda: len(under_way) == 1)
    assert under_way[0].outcome is Outcome.OK
    assert len({request.id for request in responder.seen}) == 2
    assert {len(request.payload) for request in responder.seen} == {56}


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counted, not read
