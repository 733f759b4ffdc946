"""Six protocols towards a far end in the internet: what a wire does to an uplink comes back as its numbers."""

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.series import Protocol
from ispstatus.store import samples, series
from ispstatus.store.db import open_reader
from tests.e2e.sampled import EVERY_S, LOST_AFTER_S, Sampled, Seen, busy_box, sampled, usual_ms
from tests.e2e.worlds import NAMES, name_uplinks
from tests.lab import faults
from tests.lab.daemon import Daemon
from tests.lab.far import FAR_ADDRESS, FAR_NAME, far_end
from tests.lab.lines import FIBRE, LTE
from tests.lab.topology import WanLab, why_not
from tests.probes.certificates import needs_openssl
from tests.web.insight.test_samples import ABOUT, REQUESTS, SAMPLES, differences

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(why_not()), reason=str(why_not())), needs_openssl]

ICMP, TCP, UDP, HTTP, HTTPS, TWAMP = (Protocol(name) for name in ("icmp", "tcp", "udp", "http", "https", "twamp"))
ONE_TRIP = (ICMP, TCP, UDP, HTTP, TWAMP)
UP, DOWN = 0, 1
REPEATED_MS = 100.0
"""TCP says again what was lost, but not sooner."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    with sampled(tmp_path_factory.mktemp("far")) as found:
        yield found


@pytest.fixture
def here(network: Sampled) -> Iterator[Sampled]:
    yield network
    faults.heal(network.lab)


def about(delay_ms: float, *, trips: int = 1, far_ms: float = 0.0) -> object:
    """What a wire's delay must come back as: within 1 ms and 2 % for each time it is crossed and back."""
    return pytest.approx(trips * delay_ms, rel=0.0, abs=trips * (0.02 * delay_ms + 1.0) + far_ms)


def assert_delay(seen: Seen, delay_ms: float) -> None:
    """Every protocol must see the delay; the far end's cryptography is in https."""
    assert {p: usual_ms(seen[p]) for p in ONE_TRIP} == {p: about(delay_ms) for p in ONE_TRIP}
    assert usual_ms(seen[HTTPS]) == about(delay_ms, trips=2, far_ms=1.0)


@pytest.mark.parametrize("delay_ms", [0, 20, 150])
def test_a_wires_delay_is_seen_by_every_protocol_of_its_uplink_and_of_no_other(here: Sampled, delay_ms: int) -> None:
    here.lab.control("wire", name="fibre", direction=DOWN, delay_ms=delay_ms)
    seen = here.watch()

    assert_delay(seen["fibre"], delay_ms)
    assert_delay(seen["lte"], 0)
    assert_delay(seen["bgp"], 0)


def test_a_busy_box_tells_the_same_delays(here: Sampled) -> None:
    delays = {"fibre": 20, "lte": 10, "bgp": 150}
    for name, delay_ms in delays.items():
        here.lab.control("wire", name=name, direction=DOWN, delay_ms=delay_ms)
    with busy_box():
        seen = here.watch()

    for name, delay_ms in delays.items():
        assert_delay(seen[name], delay_ms)


@pytest.mark.parametrize(("up_ms", "down_ms", "is_busy"), [(40, 5, False), (5, 40, False), (40, 5, True)])
def test_twamp_sees_each_direction_by_itself_and_the_three_parts_add_up(
    here: Sampled, up_ms: int, down_ms: int, is_busy: bool
) -> None:
    here.lab.control("wire", name="bgp", direction=UP, delay_ms=up_ms)
    here.lab.control("wire", name="bgp", direction=DOWN, delay_ms=down_ms)
    with busy_box() if is_busy else nullcontext():
        seen = here.watch()["bgp"][TWAMP]
    deltas = here.deltas_of("bgp", seen)

    assert usual_ms(seen) == about(up_ms + down_ms)
    assert statistics.median(each.forward_ms for each in deltas) == about(up_ms)
    assert statistics.median(each.reverse_ms for each in deltas) == about(down_ms)
    assert [each.forward_ms + each.reverse_ms for each in deltas] == pytest.approx([each.rtt_ms for each in seen])


def test_three_uplinks_with_three_faults_never_mix(here: Sampled) -> None:
    here.lab.control("wire", name="fibre", direction=UP, delay_ms=80)
    here.lab.control("wire", name="lte", direction=UP, delay_ms=30)
    faults.inject(here.lab, "blackhole", "bgp")
    seen = here.watch()

    assert_delay(seen["fibre"], 80)
    assert_delay(seen["lte"], 30)
    for protocol in Protocol:
        assert len(seen["bgp"][protocol]) >= 10
        assert all(sample.rtt_ms is None for sample in seen["bgp"][protocol])


def test_what_a_wire_loses_is_what_comes_back_as_lost(here: Sampled) -> None:
    lost_before, since = here.lab.lost("lte"), SYSTEM.boot()
    faults.inject(here.lab, "loss", "lte", pct=20, direction=UP)
    time.sleep(9.0)
    faults.heal(here.lab)
    until = SYSTEM.boot()
    time.sleep(LOST_AFTER_S)
    seen, lost = here.between("lte", since, until), here.lab.lost("lte")

    for protocol, kind in ((ICMP, "echo"), (UDP, "udp12024"), (TWAMP, "udp862")):
        name = f"up {kind} {FAR_ADDRESS}"
        count = lost[name] - lost_before.get(name, 0)
        found = sum(sample.rtt_ms is None for sample in seen[protocol])
        # Of a moment in which the box itself stood still nothing is claimed.
        unmeasured = int((until - since) / EVERY_S) + 1 - len(seen[protocol])
        assert count >= 1
        assert count - unmeasured <= found <= count
    for protocol in (TCP, HTTP, HTTPS):  # what is lost there is said again: it comes late, or not in time
        late = [sample for sample in seen[protocol] if sample.rtt_ms is None or sample.rtt_ms > REPEATED_MS]
        assert 1 <= len(late) < len(seen[protocol])


def test_a_line_that_comes_back_is_measured_again_by_every_protocol(here: Sampled) -> None:
    faults.inject(here.lab, "blackhole", "fibre")
    time.sleep(1.0)
    faults.heal(here.lab)
    time.sleep(4.0)

    assert_delay(here.watch()["fibre"], 0)


def test_ipv6_alone_is_measured_by_every_protocol(tmp_path: Path) -> None:
    with sampled(tmp_path, family=6) as here:
        here.lab.control("wire", name="fibre", direction=DOWN, delay_ms=20)
        here.lab.control("wire", name="bgp", direction=UP, delay_ms=60)
        faults.inject(here.lab, "blackhole", "lte")
        seen = here.watch()

    assert_delay(seen["fibre"], 20)
    assert_delay(seen["bgp"], 60)
    for protocol in Protocol:
        assert len(seen["lte"][protocol]) >= 10
        assert all(sample.rtt_ms is None for sample in seen["lte"][protocol])


@pytest.mark.beside
def test_the_daemon_samples_the_far_end_by_its_name_and_stores_it_with_the_minute(tmp_path: Path) -> None:
    config = f'[reflector]\nhost = "{FAR_NAME}"\n[insight]\nevery_s = {{ https = -1, tcp = 2 }}\n{name_uplinks()}'
    with WanLab() as lab, far_end(lab, tmp_path / "far"):
        lab.control("wire", name="lte", direction=UP, delay_ms=50)
        with Daemon(lab, tmp_path / "state", config) as daemon:
            daemon.wait_until_up(NAMES)
            key = (tmp_path / "state" / "insight.key").read_text().strip()
            wait_for_connectivity(daemon, key, {"1": 0, "2": 50, "3": 0})
            stored = wait_for_samples(tmp_path / "state" / "ispstatus.db", least=6)
            assert missing_fields(daemon, key) == []

    for number in (1, 2, 3):
        assert set(stored[number]) == {ICMP, TCP, UDP, HTTP, TWAMP}
        expected = 50 if number == 2 else 0
        for rtts in stored[number].values():
            assert None not in rtts
            assert statistics.median(rtts) / 1000 == about(expected)


@pytest.mark.beside
def test_an_uplink_with_ipv6_alone_is_sampled_by_ipv6_and_the_other_lacks_its_far_end(tmp_path: Path) -> None:
    lines = (FIBRE, LTE)
    config = f'[reflector]\nhost = "{FAR_NAME}"\n[insight]\nevery_s = {{ https = -1 }}\n{name_uplinks(lines)}'
    with WanLab(lines, ipv6=True) as lab, far_end(lab, tmp_path / "far", family=6):
        lab.ip("box", "addr del 203.0.113.10/24 dev fibre0")
        lab.control("wire", name="fibre", direction=DOWN, delay_ms=50)
        with Daemon(lab, tmp_path / "state", config) as daemon:
            daemon.wait_until_up(["fibre", "lte"])
            key = (tmp_path / "state" / "insight.key").read_text().strip()
            wait_for_connectivity(daemon, key, {"1": 50})
            wait_for_warnings(daemon, [f"lte: the far end {FAR_NAME} does not answer tcp, udp, http, twamp"])


@pytest.mark.beside
def test_a_far_end_that_does_not_answer_is_told_of_until_it_does(tmp_path: Path) -> None:
    config = f'[reflector]\nhost = "{FAR_NAME}"\n[insight]\nevery_s = {{ tcp = 2, udp = 2 }}\n{name_uplinks()}'
    with WanLab() as lab, Daemon(lab, tmp_path / "state", config) as daemon:
        daemon.wait_until_up(NAMES)
        faults.inject(lab, "blackhole", "lte")
        wait_for_warnings(daemon, [f"{name}: the far end {FAR_NAME} does not answer" for name in ("fibre", "bgp")])
        with far_end(lab, tmp_path / "far"):
            wait_for_warnings(daemon, [])


def wait_for_warnings(daemon: Daemon, starts: list[str]) -> None:
    """Wait until /api/health warns of far ends in these words alone."""
    deadline = time.monotonic() + 60.0
    while True:
        health = daemon.get("/api/health").json
        told = [line for line in health["warnings"] if "far end" in line]
        if len(told) == len(starts) and all(line.startswith(start) for line, start in zip(told, starts, strict=True)):
            return
        assert time.monotonic() < deadline, health["warnings"]
        time.sleep(1.0)


def wait_for_connectivity(daemon: Daemon, key: str, delays_ms: Mapping[str, float]) -> None:
    """Wait until the Insight API tells each agent's delay for every protocol: a mean of 10 s forgives no hiccup."""
    names = ("tcpMs", "udpMs", "httpMs", "icmpMs", "twampMs")
    expected = {number: {name: about(delay_ms) for name in names} for number, delay_ms in delays_ms.items()}
    deadline = time.monotonic() + 60.0
    while True:
        figures = {number: _ask_connectivity(daemon, key, number) for number in delays_ms}
        told = {number: {name: figures[number][name] for name in names} for number in delays_ms}
        if told == expected:
            return
        assert time.monotonic() < deadline, told
        time.sleep(1.0)


def _ask_connectivity(daemon: Daemon, key: str, number: str) -> dict[str, float | None]:
    reply = daemon.get(f"/api/v1/ci?customer_id=0&agent_id={number}", headers={"x-api-key": key})
    assert reply.status == 200, reply.body
    assert reply.json["windowSeconds"]["https"] == 600  # not sampled: the minute's check, each fifth minute
    figures: dict[str, float | None] = reply.json["KPIs"]
    return figures


def missing_fields(daemon: Daemon, key: str) -> list[str]:
    """Return the fields of the contract's samples that are in no answer of ours, whichever uplink it is about."""
    lines = []
    for name, path in REQUESTS.items():
        for number in "123":
            about = path.replace(ABOUT, f"customer_id=0&agent_id={number}").replace(" ", "%20")
            reply = daemon.get(about, headers={"x-api-key": key})
            assert reply.status == 200, reply.body
            lines += [f"{name}{line}" for line in differences(SAMPLES[name], reply.json) if line.endswith("is missing")]
    return lines


def wait_for_samples(database: Path, least: int) -> dict[int, dict[Protocol, list[int]]]:
    """Return the stored round trips to our far end, by uplink and protocol, once there are so many of each."""
    deadline = time.monotonic() + 130.0
    while True:
        found = stored_samples(database)
        if found and all(len(rtts) >= least for protocols in found.values() for rtts in protocols.values()):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(1.0)


def stored_samples(database: Path) -> dict[int, dict[Protocol, list[int]]]:
    """Read them."""
    db = open_reader(database)
    found: dict[int, dict[Protocol, list[int]]] = {}
    for number in (1, 2, 3):
        own = [one for one in series.of_agent(db, number) if one.is_own]
        for one in own:
            now_ts = int(SYSTEM.wall()) // 60 * 60
            rows = samples.runs_between(db, [one.id], now_ts - 600, now_ts + 60)
            found.setdefault(number, {}).setdefault(one.protocol, []).extend(rtt for row in rows for rtt in row[3])
    db.close()
    return found
