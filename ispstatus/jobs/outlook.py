"""The coordinator's view of the kernel: each uplink's way out, proven, and what hangs on the link."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ispstatus.clock import Clock
from ispstatus.decide.gateway import is_asked
from ispstatus.jobs.farends import unproven
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.planner import Surroundings, paces, pings_of, resolvers_of
from ispstatus.jobs.roster import Roster
from ispstatus.jobs.tasks import every_s, tasks_of
from ispstatus.model.net import LinkStatus, NetSnapshot, Path, PathProof
from ispstatus.model.uplink import Family, Uplink
from ispstatus.net.detect import DetectedUplink, detect
from ispstatus.net.kernel import rp_filter_problem
from ispstatus.net.neighbours import neighbour_state
from ispstatus.net.paths import find_path, verdict_family
from ispstatus.net.prove import Prover
from ispstatus.net.resolvers import link_resolvers
from ispstatus.net.timekeeping import clock_is_synchronised

FRESH_S = 30.0
"""How long what is read from files (resolvers, clock state) is believed."""

IPV4: Family = 4
_OTHER: dict[Family, Family] = {4: 6, 6: 4}


@dataclass(frozen=True, slots=True)
class _Ways:
    """How an uplink leaves the box in either address family."""

    uplink: Uplink
    own: Path
    """By the family it is judged by."""
    other: Path


class Outlook:
    """Owned by the coordinator; only ``links`` and ``problems`` are read from elsewhere."""

    def __init__(self, clock: Clock, on_detected: Callable[[tuple[DetectedUplink, ...]], None] | None) -> None:
        """``on_detected`` hears of uplinks that are not followed yet; None: nobody wants to know."""
        self._clock = clock
        self._on_detected = on_detected
        self._prover = Prover()
        self._snapshot: NetSnapshot | None = None
        self._ways: dict[int, _Ways] = {}
        self._announced: set[str] = set()
        self._resolvers: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._sync: tuple[float, bool] | None = None

    def take(self, snapshot: NetSnapshot) -> None:
        """Look at a new snapshot from now on."""
        self._snapshot = snapshot
        self._ways = {}

    def detect(self, roster: Roster) -> None:
        """Announce each default route's uplink that nobody follows yet, once; a file that names uplinks names all."""
        if self._on_detected is None or self._snapshot is None or any(live.uplink.is_configured for live in roster):
            return
        followed = {live.path.device for live in roster if live.path} | {live.uplink.interface for live in roster}
        macs = {live.uplink.mac for live in roster if live.uplink.mac}
        found = detect(self._snapshot)
        new = [d for d in found if d.interface not in followed | self._announced and d.mac not in macs]
        if new:
            self._announced.update(d.interface for d in new)
            self._on_detected(tuple(new))

    def path_of(self, uplink: Uplink) -> Path | None:
        """Return how the uplink leaves the box now; None before the first snapshot."""
        ways = self._ways_of(uplink)
        return ways.own if ways is not None else None

    def prove(self, live: LiveUplink, path: Path) -> PathProof:
        """Ask the kernel whether every echo target would be reached by this uplink."""
        proof = self._prove(live.uplink, path)
        live.proof = proof
        return proof

    def neighbour(self, path: Path) -> str | None:
        """Return what the neighbour table says of the path's gateway; None for none, or one it does not know."""
        if path.gateway is None or path.ifindex is None:
            return None
        return neighbour_state(path.ifindex, path.gateway)

    def aim(self, live: LiveUplink) -> None:
        """Point the uplink's stream along its path, or stop it."""
        path = live.path
        if path is None or not path.is_usable or not self._prove(live.uplink, path).is_proven:
            live.stop()
            return
        gateway = path.gateway if is_asked(live.uplink, path) else None
        stream_every_s, stretch = paces(live)
        live.stream.tell_aim(path, pings_of(live.uplink, path), gateway, stream_every_s)
        tasks = tasks_of(live.uplink, path.family, live.addresses, stretch)
        live.unproven = unproven(self._prover, path, {task.address for task in tasks}, self._generation)
        tasks = tuple(task for task in tasks if task.address not in live.unproven)
        live.sampler.tell_aim(path, tasks, every_s(live.uplink, tasks, live.allowance))

    def around(self, uplink: Uplink, wall_s: float) -> Surroundings:
        """Return what a plan needs from outside the uplink."""
        ways = self._ways_of(uplink)
        other = ways.other if ways is not None else None
        return Surroundings(
            link_resolvers=self._link_resolvers(uplink.interface),
            other_path=other,
            other_proof=self._prove(uplink, other) if other is not None and other.is_usable else None,
            clock_is_synchronised=self._is_synchronised(),
            minute_ts=int(wall_s) - int(wall_s) % 60,
        )

    def links(self, roster: Roster) -> dict[str, str]:
        """Return each uplink's link status, by name."""
        return {live.uplink.name: (path.link if (path := live.path) else LinkStatus.MISSING).value for live in roster}

    def problems(self, roster: Roster) -> tuple[str, ...]:
        """Return, as sentences, what this box is set to that keeps uplinks from being judged."""
        paths = (path for live in roster if (path := live.path) is not None)
        return tuple(problem for path in paths if (problem := self._dropped_replies(path)))

    def close(self) -> None:
        """Free the netlink socket."""
        self._prover.close()

    # ------------------------------------------------------------ within
    def _prove(self, uplink: Uplink, path: Path) -> PathProof:
        targets: Sequence[str] = [target.address for target in pings_of(uplink, path)]
        if not targets:  # web checks alone judge it: names are asked of these
            targets = [r.address for r in resolvers_of(uplink, path, ()) if (":" in r.address) == (path.family != IPV4)]
        if problem := self._dropped_replies(path):
            return PathProof(path.generation, is_proven=False, problems=(problem,))
        return self._prover.prove(path, targets, self._generation)

    @property
    def _generation(self) -> int:
        return self._snapshot.generation if self._snapshot is not None else 0

    def _dropped_replies(self, path: Path) -> str | None:
        """Why this box itself would throw replies away: their absence would say nothing about the uplink."""
        if self._snapshot is None or path.family != IPV4:
            return None
        return rp_filter_problem(path, self._snapshot.rules)

    def _ways_of(self, uplink: Uplink) -> "_Ways | None":
        """Work the uplink's ways out once per snapshot; None before the first."""
        if self._snapshot is None:
            return None
        ways = self._ways.get(uplink.id)
        if ways is None or ways.uplink is not uplink:
            family = verdict_family(uplink, self._snapshot)
            own, other = (find_path(uplink, self._snapshot, each) for each in (family, _OTHER[family]))
            ways = self._ways[uplink.id] = _Ways(uplink, own, other)
        return ways

    def _link_resolvers(self, device: str) -> tuple[str, ...]:
        now = self._clock.boot()
        known = self._resolvers.get(device)
        if known is None or now - known[0] > FRESH_S:
            known = self._resolvers[device] = (now, link_resolvers(device))
        return known[1]

    def _is_synchronised(self) -> bool:
        now = self._clock.boot()
        if self._sync is None or now - self._sync[0] > FRESH_S:
            self._sync = (now, clock_is_synchronised() is not False)
        return self._sync[1]
