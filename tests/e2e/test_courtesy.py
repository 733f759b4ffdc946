"""Clients cannot multiply probing: the rule is kept however many ask however often."""

import threading
import time
from collections import Counter

from tests.e2e.worlds import NAMES, World

POLLERS, FOR_S = 20, 13.0
REUSE_S = 5.0


def test_twenty_pollers_cause_no_more_cycles_than_the_rule_allows(world: World) -> None:
    stop, waits, codes, failures = threading.Event(), list[float](), Counter[int](), list[str]()

    def poll() -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                codes[world.daemon.get("/api/status", timeout_s=10).status] += 1
            except OSError as error:
                failures.append(repr(error))
            waits.append(time.monotonic() - began)
            stop.wait(0.05)

    time.sleep(REUSE_S)
    began, echoes = time.time(), {name: echo_count(world, name) for name in NAMES}
    pollers = [threading.Thread(target=poll, daemon=True) for _ in range(POLLERS)]
    for poller in pollers:
        poller.start()
    time.sleep(FOR_S)
    stop.set()
    for poller in pollers:
        poller.join(10)
    assert not failures
    assert set(codes) == {200}
    assert max(waits) < 8
    # One cycle when the first asks, one whenever the last verdict is 5 s old, and at most one minute's own.
    allowed = 1 + int(FOR_S / REUSE_S) + 1
    for line in world.lab.lines.values():
        asked = [r for r in world.lab.requests(began) if r["peer"] in (line.source, f"{line.transit}.1")]
        per_target = Counter(request["host"] for request in asked)
        assert per_target["cp.cloudflare.com"] >= 2, "fresh answers were asked for"
        assert max(per_target.values()) <= allowed
        # 3 echoes to each target in a cycle (+1 where one was confirmed), and the stream's one a second.
        sent = echo_count(world, line.name) - echoes[line.name]
        assert sent <= allowed * 12 + FOR_S * 1.5 + 5


def echo_count(world: World, uplink: str) -> int:
    return sum(count for what, count in world.lab.seen(uplink).items() if what.startswith("up echo"))


def test_cached_answers_probe_nothing_and_say_how_old_they_are(world: World) -> None:
    def asked_nothing() -> bool:
        began = time.time()
        for _ in range(20):
            for uplink in world.daemon.status(cached=True)["uplinks"]:
                assert uplink["live"] is False
                assert 0 <= uplink["age_ms"] < 70_000
        return world.lab.requests(began) == []

    assert any(asked_nothing() for _ in range(3))


def test_a_second_client_joins_the_running_cycle_or_takes_its_verdict(world: World) -> None:
    time.sleep(REUSE_S + 0.5)
    began = time.time()
    first = world.daemon.status(cached=False)["uplinks"]
    again = world.daemon.status(cached=False)["uplinks"]
    assert all(uplink["live"] for uplink in first)
    assert not any(uplink["live"] for uplink in again)
    hosts = Counter((request["peer"], request["host"]) for request in world.lab.requests(began))
    assert max(hosts.values()) <= 2  # the minute's own may have come between
