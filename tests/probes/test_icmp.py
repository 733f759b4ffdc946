"""The shared ICMP sockets: without CAP_NET_RAW, when idle, when the box stands still for real."""

import os
import signal
import subprocess
import sys
import time

import pytest

from ispstatus.probes import icmp
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.icmp import Channels
from tests.benchmarks.netlab import TARGETS, NetLab
from tests.probes.driving import NOWHERE, Driver, JumpingClock, eventually, loopback, needs_echo

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120  no Path: the name is taken

UNPRIVILEGED = """
import os, socket, threading
# Descriptors of what root may read are opened before; from here on this is nobody with no capability.
from ispstatus.clock import SYSTEM
from ispstatus.model.net import LinkStatus, Path
from ispstatus.net.sockets import echo_mode
from ispstatus.probes.echo import probe_echo, rotate_id
from ispstatus.probes.engine import Engine
from ispstatus.probes.trace import probe_trace
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(echo_mode())
engine = Engine(SYSTEM)
engine.start()
def hear(probe):
    done, heard = threading.Event(), []
    engine.post(lambda: probe(lambda sample: (heard.append(sample), done.set())))
    done.wait(5)
    return heard[0]
path = Path(1, 4, "up1", LinkStatus.UP, 1, source="10.50.1.2", has_default=True)
target = TARGET
for ttl in (None, 1):
    sample = hear(lambda done: probe_echo(engine, path, target, timeout_s=1.0, done=done, ttl=ttl))
    print(sample.outcome, sample.error)
engine.post(lambda: rotate_id(engine, path))
print(hear(lambda done: probe_echo(engine, path, target, timeout_s=1.0, done=done)).outcome)
print([hop.address for hop in hear(lambda done: probe_trace(engine, path, target, done)).hops])
engine.stop()
"""

STANDING_STILL = """
import threading
from ispstatus.clock import SYSTEM
from ispstatus.model.uplink import HttpTarget, ResolveTarget
from ispstatus.probes.dns import probe_dns
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine
from ispstatus.probes.http import probe_http
from ispstatus.probes.tcp import probe_tcp
from tests.probes.driving import NOWHERE, loopback
engine = Engine(SYSTEM)
engine.start()
heard, done = [], threading.Event()
def take(sample):
    heard.append(sample.outcome.value)
    len(heard) == 4 and done.set()
def start():
    out, name, page = loopback(), ResolveTarget("a.test"), HttpTarget("http://a.test/", "net")
    probe_echo(engine, out, NOWHERE, timeout_s=0.4, done=take)
    probe_dns(engine, out, NOWHERE, name, timeout_s=0.4, is_provider=False, done=take)
    probe_tcp(engine, out, NOWHERE, 80, timeout_s=0.4, done=take)
    probe_http(engine, out, page, NOWHERE, connect_timeout_s=0.4, done=take)
    print("started", flush=True)
engine.post(start)
done.wait(5)
print(sorted(set(heard)), flush=True)
engine.stop()
"""


def _python(script: str, *before: str) -> list[str]:
    return [*before, sys.executable, "-c", script]


def test_without_capabilities_ping_sockets_do_the_same_work(lab: NetLab) -> None:
    lab.run(lab.near, ["sysctl", "-qw", "net.ipv4.ping_group_range=0 65535"])
    script = UNPRIVILEGED.replace("TARGET", repr(TARGETS[4][0]))
    command = _python(script, "ip", "netns", "exec", lab.near)
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=20)
    assert done.stdout.splitlines() == [
        "ping socket",
        "ok None",
        "failed time to live exceeded, said 10.50.1.1",
        "ok",
        f"['10.50.1.1', '{TARGETS[4][0]}']",
    ]


def test_a_process_that_was_stopped_has_measured_nothing() -> None:
    child = subprocess.Popen(_python(STANDING_STILL), stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    child.send_signal(signal.SIGSTOP)
    time.sleep(0.95)
    child.send_signal(signal.SIGCONT)
    output, _ = child.communicate(timeout=10)
    assert output == "['unmeasured']\n"


@needs_echo
@pytest.mark.usefixtures("open_files")
def test_a_socket_unused_for_three_minutes_is_closed(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counted, not read
    driver.hear(lambda done: probe_echo(driver.engine, loopback(), "127.0.0.1", timeout_s=1.0, done=done))
    assert len(os.listdir("/proc/self/fd")) == before + 1  # noqa: PTH208
    clock.sleep(200.0)
    eventually(lambda: len(os.listdir("/proc/self/fd")) == before)  # noqa: PTH208
    probe_again = driver.hear(lambda done: probe_echo(driver.engine, loopback(), "127.0.0.1", timeout_s=1.0, done=done))
    assert probe_again.received == 1


@needs_echo
def test_more_echoes_than_sequence_numbers_allow_are_unmeasured(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(icmp, "_MOST_PENDING", 3)
    for _ in range(3):
        driver.on_engine(lambda: probe_echo(driver.engine, loopback(), NOWHERE, timeout_s=0.2, done=lambda _: None))
    sample = driver.hear(lambda done: probe_echo(driver.engine, loopback(), NOWHERE, timeout_s=0.2, done=done))
    assert sample.error == "too many echoes wait for an answer"


@needs_echo
def test_an_echo_after_the_engine_closed_its_sockets_meets_its_deadline(driver: Driver) -> None:
    def probe(done):  # type: ignore[no-untyped-def]
        handle = probe_echo(driver.engine, loopback(), NOWHERE, timeout_s=0.05, done=done)
        driver.engine.part(Channels).close()
        return handle

    assert driver.hear(probe).received == 0
