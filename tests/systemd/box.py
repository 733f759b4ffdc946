"""A throw-away Debian with systemd as process 1, in the multi-WAN lab's box: for what an operator does to a machine.

The image is made once by debootstrap from the archive this machine itself uses, and kept in ``_CACHE``. Every box
starts from it; what happens in the box goes to memory and is gone with it. No systemd is needed around it.
``python3 -m tests.systemd.box`` makes the image beforehand.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.lab import topology
from tests.lab.topology import REPOSITORY, WanLab

_CACHE = Path("/var/cache/ispstatus-tests")
_PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "python3", "python3-venv", "iproute2", "procps"),
    *("hostname", "nginx", "openssl", "chrony", "iperf3", "libnss-systemd"),
)
_OFF = ("nginx", "chrony")
"""Installed, and not started unless a test does."""
_SHIPPED = ("install.sh", "pyproject.toml", "setup.cfg", "README.md", "LICENSE", "requirements.lock")
_SHIPPED_FOLDERS = ("ispstatus", "docs", "systemd")
_BOOT_S = 30.0
_POWER_OFF_S = 15.0
SIGRTMIN_POWEROFF = signal.SIGRTMIN + 4
"""systemd(1): halts the machine, as process 1 understands it."""


class NoBox(Exception):
    """There can be no box here; the message says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command in the box ended with."""

    code: int
    out: str
    err: str


def why_not() -> str | None:
    """Say why there can be no box here, or None. Cheap: nothing is fetched or made."""
    reason = topology.why_not()
    if reason:
        return reason
    for tool in ("debootstrap", "systemd-nspawn", "nsenter", "apt-get"):
        if not shutil.which(tool):
            return f"the systemd box needs the program {tool}"
    return None


def image() -> Path:
    """Return the root of the clean Debian, made on first use (about a minute). NoBox when it cannot be made."""
    suite, archive = _release(), ""
    key = hashlib.sha256(" ".join((suite, *_PACKAGES)).encode()).hexdigest()[:12]
    root = _CACHE / f"{suite}-{key}"
    if root.is_dir():
        return root
    archive = _archive(suite)
    _CACHE.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=_CACHE))
    try:
        _sh("debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}", suite, str(making), archive)
        for fetched in (making / "var/cache/apt/archives").glob("*.deb"):
            fetched.unlink()
        _sh("systemctl", f"--root={making}", "disable", *_OFF)
        making.chmod(0o755)
        making.rename(root)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return root


def _release() -> str:
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    words = dict(line.split("=", 1) for line in lines if "=" in line)
    if words.get("ID") != "debian" or "VERSION_CODENAME" not in words:
        raise NoBox("the systemd box is made of this machine's own Debian release, and this is not Debian")
    return words["VERSION_CODENAME"].strip('"')


def _archive(suite: str) -> str:
    """Return the archive this machine's apt gets ``suite`` from."""
    lines = _sh("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages").splitlines()
    found = [line.split()[0] for line in lines if line.split()[1:] == [suite]]
    if not found:
        raise NoBox(f"apt of this machine knows no archive of {suite}")
    return found[0]


def _sh(*command: str) -> str:
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    if done.returncode:
        raise NoBox(f"{command[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def python_of(root: Path) -> str:
    """Return the version of an image's Python as "3.11"."""
    return (root / "usr/bin/python3").readlink().name.removeprefix("python")


class SystemBox:
    """A booted machine that stands where the lab's box stands, or elsewhere in the lab. Use as a context manager."""

    def __init__(self, lab: WanLab, root: Path, place: str = "box") -> None:
        self.lab, self._place = lab, place
        self._root = root
        self._console = lab.folder / "console"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        try:
            self._boot()
        except BaseException:
            self._power_off()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._power_off()

    def _boot(self) -> None:
        network = f"--network-namespace-path=/run/netns/{self.lab.ns(self._place)}"
        with self._console.open("wb") as console:
            self._nspawn = subprocess.Popen(
                ["systemd-nspawn", "-q", "-b", "-M", self.lab.ns(self._place), "-D", str(self._root),
                 "--volatile=overlay", "--register=no", "--keep-unit", "--resolv-conf=off", "--timezone=off",
                 "--link-journal=no", "--console=pipe", network],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + _BOOT_S
        while time.monotonic() < deadline and self._nspawn.poll() is None:
            self._leader = self._leader or self._child()
            if self._leader and self.run("systemctl", "is-system-running").out.strip() in ("running", "degraded"):
                self.write("/etc/resolv.conf", (self.lab.folder / "resolv.conf").read_text(encoding="utf-8"))
                return
            time.sleep(0.1)
        raise NoBox(
            "the systemd box did not boot: " + self._console.read_text(encoding="utf-8", errors="replace")[-300:]
        )

    def _child(self) -> int:
        assert self._nspawn
        children = (
            Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text(encoding="ascii").split()
        )
        booted = [int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8") == "systemd\n"]
        return booted[0] if booted else 0

    def _power_off(self) -> None:
        if self._nspawn is None:
            return
        if self._leader and self._nspawn.poll() is None:
            os.kill(self._leader, SIGRTMIN_POWEROFF)
        try:
            self._nspawn.wait(_POWER_OFF_S if self._leader else 0)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait()
        self._nspawn = None

    # ------------------------------------------------------------ doing things in it
    def run(self, *command: str, stdin: bytes | None = None, within_s: float = 120.0) -> Said:
        """Run a command as root in the box, with nothing of our own environment."""
        done = subprocess.run(
            ["nsenter", "-t", str(self._leader), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--", "env", "-i",
             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
             *command],
            input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True,
            timeout=within_s, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def sh(self, script: str, *, within_s: float = 120.0) -> str:
        """Run a line of shell; return what it printed. AssertionError with its words when it fails."""
        said = self.run("sh", "-ec", script, within_s=within_s)
        assert said.code == 0, f"{script}: {said.code}\n{said.out}\n{said.err}"
        return said.out

    def write(self, path: str, text: str) -> None:
        """Write a file, and its folder where there is none."""
        said = self.run("sh", "-ec", 'mkdir -p "$(dirname "$1")"; cat >"$1"', "sh", path, stdin=text.encode())
        assert said.code == 0, said.err

    def copy(self, source: Path, names: Sequence[str], target: str) -> None:
        """Copy files or folders ``names`` of ``source`` into the folder ``target`` of the box."""
        packed = subprocess.run(
            ["tar", "-C", str(source), "--exclude=__pycache__", "--owner=0", "--group=0", "-chf", "-", *names],
            capture_output=True, check=True,
        )  # fmt: skip
        said = self.run("sh", "-ec", 'mkdir -p "$1"; tar -C "$1" -xf -', "sh", target, stdin=packed.stdout)
        assert said.code == 0, said.err

    def copy_checkout(self, target: str) -> None:
        """Copy what a user gets with a clone and ``install.sh`` needs."""
        self.copy(REPOSITORY, (*_SHIPPED, *_SHIPPED_FOLDERS), target)


if __name__ == "__main__":
    reason = why_not()
    try:
        print(reason or image())
    except NoBox as error:
        print(error)
