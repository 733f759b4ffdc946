"""What every probe promises, asked of every probe."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome
from ispstatus.model.uplink import HttpTarget, ResolveTarget
from ispstatus.probes.contract import Handle
from ispstatus.probes.dns import probe_dns
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine
from ispstatus.probes.http import probe_http
from ispstatus.probes.tcp import probe_tcp
from ispstatus.probes.trace import probe_trace
from ispstatus.probes.train import probe_train
from tests.probes.driving import NOWHERE, Driver, JumpingClock, loopback

pytestmark = pytest.mark.usefixtures("open_files")

Start = Callable[[Engine, Path, Callable[[Any], None]], Handle]


def ping(engine: Engine, path: Path, done: Callable[[Any], None]) -> Handle:
    return probe_echo(engine, path, NOWHERE, timeout_s=0.3, done=done)


def ask(engine: Engine, path: Path, done: Callable[[Any], None]) -> Handle:
    return probe_dns(engine, path, NOWHERE, ResolveTarget("a.test"), timeout_s=0.3, is_provider=False, done=done)


def connect(engine: Engine, path: Path, done: Callable[[Any], None]) -> Handle:
    return probe_tcp(engine, path, NOWHERE, 80, timeout_s=0.3, done=done)


def fetch(engine: Engine, path: Path, done: Callable[[Any], None]) -> Handle:
    target = HttpTarget("http://a.test/", "net")
    return probe_http(engine, path, target, NOWHERE, connect_timeout_s=0.3, done=done)


def trace(engine: Engine, path: Path, done: Callable[[Any], None]) -> Handle:
    return probe_trace(engine, path, NOWHERE, done, timeout_s=0.3)


def send_trains(engine: Engine, path: Path, done: Callable[[Any], None]) -> Handle:
    return probe_train(engine, path, NOWHERE, 12550, done=done)


every_probe = pytest.mark.parametrize("start", [ping, ask, connect, fetch, trace, send_trains])
every_judging_probe = pytest.mark.parametrize("start", [ask, connect, fetch])


@every_probe
def test_it_returns_before_it_tells_and_tells_once(driver: Driver, start: Start) -> None:
    driver.hear(partial(start, driver.engine, loopback()))


@every_probe
@pytest.mark.parametrize(
    "changes", [{"device": "nosuch0", "ifindex": None}, {"source": None}, {"source": "192.0.2.77"}]
)
def test_what_cannot_be_sent_is_told_and_never_raised(driver: Driver, start: Start, changes: Any) -> None:
    sample = driver.hear(partial(start, driver.engine, loopback(**changes)))
    if start is trace:
        assert sample.hops == ()
    else:
        assert sample.outcome is Outcome.UNMEASURED
        assert sample.error


@every_probe
def test_cancelled_it_tells_nothing_and_frees_everything(driver: Driver, start: Start) -> None:
    heard: list[Any] = []

    def start_and_cancel(path: Path) -> None:
        handle = start(driver.engine, path, heard.append)
        handle.cancel()
        handle.cancel()

    for path in (loopback(), loopback(source=None)):
        driver.on_engine(partial(start_and_cancel, path))
    driver.hear(partial(connect, driver.engine, loopback()))
    assert heard == []


@every_judging_probe
def test_silence_is_silent_and_across_three_minutes_of_standstill_unmeasured(
    jumping: tuple[Driver, JumpingClock], start: Start
) -> None:
    driver, clock = jumping
    probe = partial(start, driver.engine, loopback())
    assert driver.hear(probe).outcome is Outcome.SILENT
    sample = driver.hear(probe, meanwhile=lambda: clock.sleep(180.0))
    assert (sample.outcome, sample.error) == (Outcome.UNMEASURED, "the engine was late")


@every_probe
def test_nothing_is_told_once_the_engine_has_stopped(driver: Driver, start: Start) -> None:
    heard: list[Any] = []
    driver.on_engine(partial(start, driver.engine, loopback(), heard.append))
    driver.engine.stop()
    told_before = len(heard)
    time.sleep(0.35)
    assert len(heard) == told_before
