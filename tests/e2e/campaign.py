"""Every fault on every uplink: three labs side by side, each breaking one of its uplinks again and again.

The campaign runs in threads and only records; ``test_faults`` judges what was seen. So 3 x 20 faults cost
the time of 20, and each is still alone in its lab: whatever else moves there is a false transition.
"""

import contextlib
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.worlds import DEGRADED, DOWN, NAMES, UP, World, open_world
from tests.lab import faults
from tests.lab.daemon import Sight, Watch

Verdict = tuple[int | None, str]
SLOW_LINE = "[quality]\nlatency_ms = { degraded_above = 300, clear_below = 250 }\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One fault and what must be said of it."""

    name: str
    inject: Callable[[World, str], object]
    want: Verdict
    want_on: dict[str, Verdict] = field(default_factory=dict)
    """Uplinks on which something else is expected."""
    fault: str = ""
    """Where it broke, when the state is not UP."""
    within_s: float = 15.0

    def wanted(self, uplink: str) -> Verdict:
        """What must be said when this happens to ``uplink``."""
        return self.want_on.get(uplink, self.want)


def _break(name: str, **details: object) -> Callable[[World, str], object]:
    return lambda world, uplink: faults.inject(world.lab, name, uplink, **details)


def _serve(**modes: str) -> Callable[[World, str], object]:
    return lambda world, uplink: faults.service(world.lab, uplink=uplink, **modes)


_OK: Verdict = (UP, "ok")
CASES = (
    Case("carrier_down", _break("carrier_down"), (DOWN, "no_carrier"), fault="access"),
    Case("blackhole", _break("blackhole"), (DOWN, "no_external"), fault="provider"),
    Case("unreachable", _break("unreachable"), (DOWN, "no_external"), fault="provider"),
    Case("asymmetric", _break("asymmetric"), (DOWN, "no_external"), fault="provider"),
    Case("icmp_drop", _break("icmp_drop"), (DEGRADED, "ping_failed_http_ok"), fault="provider"),
    Case("dns_drop", _break("dns_drop"), (DEGRADED, "dns_failed"), fault="dns"),
    Case("dns_servfail", _serve(dns="servfail"), (DEGRADED, "dns_failed"), fault="dns"),
    Case("dns_slow", _serve(dns="slow"), (DEGRADED, "dns_failed"), fault="dns"),
    Case("captive", _break("captive"), (DEGRADED, "captive_portal"), fault="provider"),
    Case("http_503", _serve(http="503"), (DEGRADED, "http_failed_ping_ok"), fault="provider"),
    Case("http_hang", _serve(http="hang"), (DEGRADED, "http_failed_ping_ok"), fault="provider"),
    Case("gw_silent", _break("gw_silent"), (DEGRADED, "gateway_silent"), {"lte": _OK}, fault="access"),
    Case("mtu", _break("mtu"), _OK),
    Case("rate", _break("rate"), _OK),
    Case("admin_down", _break("admin_down"), (DOWN, "iface_admin_down"), fault="local"),
    Case("no_address", _break("no_address"), (DOWN, "no_address"), fault="access"),
    Case("no_route", _break("no_route"), (DOWN, "no_route"), fault="access"),
    Case("gone", _break("gone"), (DOWN, "iface_missing"), fault="local"),
    Case("flap", _break("flap"), _OK),
    # Quality is a matter of twenty samples per target, sent in turn each second: a minute each.
    Case("latency", _break("latency", ms=600), (DEGRADED, "high_latency"), fault="provider", within_s=90),
    Case("loss", _break("loss", pct=30), (DEGRADED, "high_loss"), fault="provider", within_s=90),
)
STAYS_S = 6.0
"""How long a fault that must change nothing is given to change something."""


@dataclass(slots=True)
class Record:
    """What was seen during one fault on one uplink."""

    seen: Sight | None = None
    """The uplink as soon as it was as expected."""
    error: str = ""
    others: dict[str, list[Verdict]] = field(default_factory=dict)
    """Every verdict of the other uplinks from before the fault to after it was healed."""


class Campaign:
    """All cases on one uplink; ``record`` waits for the case and returns what was seen."""

    def __init__(self, uplink: str, state_dir: Path) -> None:
        self.uplink, self._state_dir = uplink, state_dir
        self._records = {case.name: Record() for case in CASES}
        self._done = {case.name: threading.Event() for case in CASES}
        self._over = threading.Event()
        self._stop = threading.Event()
        self.outages: list[dict[str, object]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def record(self, case: Case) -> Record:
        """What was seen of this case; waits for it."""
        assert self._done[case.name].wait(600), "the campaign hangs"
        return self._records[case.name]

    def wait(self) -> None:
        """Wait for the end of the campaign: outages are known then."""
        assert self._over.wait(600), "the campaign hangs"

    def end(self) -> None:
        """Stop after the running case and take everything down."""
        self._stop.set()
        self._thread.join(150)

    def _run(self) -> None:
        try:
            with open_world(self._state_dir, head=SLOW_LINE) as world:
                world.daemon.wait_until_up(NAMES)
                for case in CASES:
                    if self._stop.is_set():
                        break
                    self._play(world, case)
                self.outages = world.daemon.get("/api/outages?range=24h").json["outages"]
        except Exception:  # noqa: BLE001 - the tests of what is left fail with it
            for name, record in self._records.items():
                if not self._done[name].is_set():
                    record.error = traceback.format_exc()
        finally:
            for done in self._done.values():
                done.set()
            self._over.set()

    def _play(self, world: World, case: Case) -> None:
        record, daemon = self._records[case.name], world.daemon
        others = [name for name in NAMES if name != self.uplink]
        want = case.wanted(self.uplink)
        try:
            with Watch(daemon, others) as watch:
                case.inject(world, self.uplink)
                if want == _OK:
                    self._stays(world, record)
                else:
                    record.seen = daemon.wait_for(self.uplink, *want, within_s=case.within_s, ask_every_s=1.0)
                faults.heal(world.lab, self.uplink)
                if case.within_s < 60:  # quality takes a minute to clear; the next fault does not care
                    daemon.wait_for(self.uplink, UP, "ok", within_s=20, ask_every_s=1.0)
            record.others = {name: watch.verdicts(name) for name in others}
            record.error = "; ".join(watch.errors[:3])
        except AssertionError as error:
            record.error = str(error)
            faults.heal(world.lab, self.uplink)
            with contextlib.suppress(AssertionError):
                daemon.wait_for(self.uplink, UP, "ok", within_s=30, ask_every_s=1.0)
        finally:
            self._done[case.name].set()

    def _stays(self, world: World, record: Record) -> None:
        with Watch(world.daemon, [self.uplink]) as watch:
            self._stop.wait(STAYS_S / 2)
            world.daemon.status(cached=False)
            self._stop.wait(STAYS_S / 2)
        record.seen = world.daemon.look(self.uplink)
        record.others[self.uplink] = watch.verdicts(self.uplink)
