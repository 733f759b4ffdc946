"""The product, running in the lab's box: started, asked, watched and stopped as an operator would."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

from tests.lab.client import Reply, fetch
from tests.lab.topology import REPOSITORY, WanLab

_UNWANTED = ("ISPSTATUS_CONFIG", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "JOURNAL_STREAM")


@dataclass(frozen=True, slots=True)
class Sight:
    """What the API said of one uplink at one moment."""

    at: float
    """Wall time of the test (epoch seconds) just after the answer."""
    state: int | None
    reason: str
    uplink: dict[str, Any]

    @property
    def verdict(self) -> tuple[int | None, str]:
        """State code and reason."""
        return self.state, self.reason


class Daemon:
    """``python -m ispstatus run`` in the box. Use as a context manager: it starts ready and never outlives the test."""

    def __init__(
        self,
        lab: WanLab,
        state_dir: Path,
        config: str | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        over: Mapping[str, Path] | None = None,
    ) -> None:
        """``config`` None: no configuration file at all. ``over``: see ``WanLab.popen``."""
        self.lab, self.state_dir, self.over = lab, state_dir, dict(over or {})
        self._environment = {k: v for k, v in os.environ.items() if k not in _UNWANTED}
        self._environment |= {"SSL_CERT_FILE": str(lab.ca), "PYTHONUNBUFFERED": "1", **(environment or {})}
        self.config_file = state_dir.with_name(state_dir.name + ".toml") if config is not None else None
        if self.config_file and config is not None:
            self.config_file.write_text(config)
        installed = Path("/etc/ispstatus")
        if installed.exists():  # a machine that runs the product keeps its configuration out of our tests
            empty = lab.folder / "no-configuration"
            empty.mkdir(exist_ok=True)
            self.over.setdefault(str(installed), empty)
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: list[str] = []
        self._said = threading.Condition()
        self._reader: threading.Thread | None = None

    # ------------------------------------------------------------ life
    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()

    def start(self, *, ready_within_s: float | None = 20.0) -> float:
        """Start it; returns seconds until ``ready``. With None, does not wait."""
        command = [sys.executable, "-m", "ispstatus", "run", "--state-dir", str(self.state_dir)]
        if self.config_file:
            command += ["--config", str(self.config_file)]
        began = time.monotonic()
        with self._said:
            self._lines.clear()
        self._process = self.lab.popen(
            "box", *command, over=self.over, cwd=REPOSITORY, env=self._environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        if ready_within_s is not None:
            self.wait_for_line("ready: http://", ready_within_s)
            self._wait_until_it_answers()
        return time.monotonic() - began

    def _wait_until_it_answers(self, within_s: float = 3.0) -> None:
        """Forgive a moment between ``ready`` and the first answer: one test is strict about it, not all of them."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                self.get("/healthz")
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _read(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stderr
        for line in process.stderr:
            with self._said:
                self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def wait_for_line(self, text: str, within_s: float, *, times: int = 1) -> str:
        """Wait until ``times`` lines of standard error have ``text`` in them; AssertionError with the log otherwise."""
        deadline = time.monotonic() + within_s
        with self._said:
            while True:
                found = [line for line in self._lines if text in line]
                if len(found) >= times:
                    return found[times - 1]
                left = deadline - time.monotonic()
                if left <= 0 or (self._process and self._process.poll() is not None):
                    break
                self._said.wait(min(left, 0.1))
        raise AssertionError(f"{text!r} was not said within {within_s} s:\n{self.log}")

    @property
    def log(self) -> str:
        """Everything it said on standard error since the last start."""
        with self._said:
            return "\n".join(self._lines)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it alone."""
        assert self._process
        self._process.send_signal(number)

    def wait(self, within_s: float = 15.0) -> int:
        """Wait for its end; returns the exit code."""
        assert self._process
        code = self._process.wait(within_s)
        self._close()
        return code

    def _close(self) -> None:
        """Hear the last words of an ended process."""
        if self._reader:
            self._reader.join(5)
        if self._process and self._process.stderr:
            self._process.stderr.close()

    def stop(self, within_s: float = 15.0) -> int:
        """Ask it to stop, as systemd does; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(within_s)

    def kill(self) -> None:
        """End it at once; safe when it is not running."""
        if self._process:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGCONT)
                self._process.kill()
            self._process.wait(10)
            self._close()
            self._process = None

    # ------------------------------------------------------------ asking
    def get(self, path: str, **options: Any) -> Reply:
        """GET from inside the box; options of ``client.fetch``."""
        return fetch(self.lab, path, **options)

    def status(self, *, cached: bool = True, name: str | None = None, **options: Any) -> dict[str, Any]:
        """The answer of /api/status."""
        query = {**({"cached": "1"} if cached else {}), **({"name": name} if name else {})}
        reply = self.get("/api/status?" + urllib.parse.urlencode(query), **options)
        assert reply.status == 200, reply.body
        answer: dict[str, Any] = reply.json
        return answer

    def look(self, uplink: str, *, cached: bool = True) -> Sight:
        """What is said of one uplink now."""
        return self.sights(cached=cached)[uplink]

    def sights(self, *, cached: bool = True) -> dict[str, Sight]:
        """What is said of every uplink now."""
        answer = self.status(cached=cached)["uplinks"]
        now = time.time()
        return {u["name"]: Sight(now, u["state"], u["state_reason"], u) for u in answer}

    def wait_for(
        self,
        uplink: str,
        state: int | None,
        *reasons: str,
        within_s: float,
        ask_every_s: float | None = 2.5,
        poll_s: float = 0.05,
    ) -> Sight:
        """Poll ``?cached=1`` until the uplink is as said (any reason when none is given).

        Every ``ask_every_s`` a client asks for a fresh verdict too, so that faults only a cycle can see are
        found before the minute is over; None: never. AssertionError with the trail when it does not happen.
        """
        deadline, trail = time.monotonic() + within_s, list[tuple[float, int | None, str]]()
        asker = Asker(self, ask_every_s) if ask_every_s else None
        began = time.monotonic()
        try:
            while time.monotonic() < deadline:
                sight = self.look(uplink)
                if not trail or trail[-1][1:] != sight.verdict:
                    trail.append((round(time.monotonic() - began, 2), *sight.verdict))
                if sight.state == state and (not reasons or sight.reason in reasons):
                    return sight
                time.sleep(poll_s)
        finally:
            if asker:
                asker.stop()
        last = self.look(uplink).uplink
        raise AssertionError(f"{uplink} never became {state} {reasons} in {within_s} s, but {trail}; last: {last}")

    def wait_until_up(self, uplinks: Sequence[str], within_s: float = 20.0, ask_every_s: float | None = 2.5) -> None:
        """Wait until all of these are UP and ok."""
        deadline = time.monotonic() + within_s
        for uplink in uplinks:
            self.wait_for(uplink, 2, "ok", within_s=max(0.5, deadline - time.monotonic()), ask_every_s=ask_every_s)


class Asker:
    """A client in a thread that asks for a fresh verdict at a steady rate."""

    def __init__(self, daemon: Daemon, every_s: float) -> None:
        self._daemon, self._every_s = daemon, every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self._daemon.status(cached=False)
            except (OSError, HTTPException, AssertionError):
                continue  # the test itself looks at answers; this one only causes cycles

    def stop(self) -> None:
        """Stop asking; returns when the last answer is in."""
        self._stop.set()
        self._thread.join(20)


class Watch:
    """Records what the API says of some uplinks while something happens to another."""

    def __init__(self, daemon: Daemon, uplinks: Sequence[str], every_s: float = 0.2) -> None:
        self._daemon, self._every_s = daemon, every_s
        self.trails: dict[str, list[Sight]] = {uplink: [] for uplink in uplinks}
        self.errors: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(20)

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                sights = self._daemon.sights()
            except (OSError, HTTPException, ValueError, AssertionError) as error:
                self.errors.append(repr(error))
            else:
                for uplink, trail in self.trails.items():
                    if not trail or trail[-1].verdict != sights[uplink].verdict:
                        trail.append(sights[uplink])
            self._stop.wait(self._every_s)

    def verdicts(self, uplink: str) -> list[tuple[int | None, str]]:
        """Every verdict that was seen, in order, repeats left out."""
        return [sight.verdict for sight in self.trails[uplink]]
