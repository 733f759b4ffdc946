"""Lines as they really are, all at once in one lab, with a daemon on defaults: what it says of them over a while."""

import socket
import threading
import time
import traceback
from pathlib import Path

from tests.e2e.worlds import World, name_uplinks
from tests.lab import profiles
from tests.lab.daemon import Daemon, Sight, Watch
from tests.lab.lines import Line
from tests.lab.topology import WanLab

OBSERVED_S = 90.0
_STANDING_QUEUE_S = 0.5
_LINES = {
    name: Line(name, f"w{number}", (f"203.0.{112 + number}.10/24",), f"203.0.{112 + number}.1",
               f"203.0.{112 + number}.0/24", number)
    for number, name in enumerate(("fibre", "dsl", "dsl-unsaid", "lte", "leo", "geo", "filtered"), start=1)
}  # fmt: skip
_PROFILE_OF = {"dsl-unsaid": "dsl", "filtered": "one_target_filtered"}
_BANDWIDTH = "bandwidth_mbps = { down = 16, up = 1 }\n"
_LIMITS = "latency_ms = { degraded_above = 300, clear_below = 250 }\n"
_EXTRA = {"dsl": _BANDWIDTH + _LIMITS, "dsl-unsaid": _LIMITS}


class ProfileRun:
    """Runs in a thread; ``trails`` and ``last`` are there after ``wait``."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self.trails: dict[str, list[Sight]] = {}
        self.last: dict[str, Sight] = {}
        """What was said at the end."""
        self.error = ""
        self._stop = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until everything was seen."""
        assert self._over.wait(600), "the profiles hang"
        assert not self.error, self.error

    def end(self) -> None:
        """Take everything down."""
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        try:
            lines = list(_LINES.values())
            with WanLab(lines) as lab:
                for name in _LINES:
                    profiles.apply(lab, _PROFILE_OF.get(name, name), name)
                with Daemon(lab, self._state_dir, name_uplinks(lines, _EXTRA)) as daemon:
                    self._observe(World(lab, daemon))
        except Exception:  # noqa: BLE001 - the tests fail with it
            self.error = traceback.format_exc()
        finally:
            self._over.set()

    def _observe(self, world: World) -> None:
        time.sleep(8)  # first verdicts, GEO's included
        loads = [threading.Thread(target=self._load, args=(world, name), daemon=True) for name in _EXTRA]
        for load in loads:
            load.start()
        with Watch(world.daemon, list(_LINES), every_s=0.5) as watch:
            self._stop.wait(OBSERVED_S)
        self.last = world.daemon.sights()
        self._stop.set()
        for load in loads:
            load.join(5)
        self.trails = watch.trails

    def _load(self, world: World, uplink: str) -> None:
        """Fill a DSL line's upload queue, then keep it full without overflowing it, as one good TCP upload does."""
        line, packet = _LINES[uplink], bytes(1250)
        pause_s = (len(packet) + 28) * 8 / (profiles.DSL_UP_KBIT * 1000)

        def make() -> socket.socket:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, line.device.encode())
            sock.bind((line.source, 0))
            return sock

        due = time.monotonic() - _STANDING_QUEUE_S
        with world.lab.call("box", make) as sock:
            while not self._stop.is_set():
                sock.sendto(packet, ("1.1.1.1", 9))
                due += pause_s
                time.sleep(max(0.0, due - time.monotonic()))
