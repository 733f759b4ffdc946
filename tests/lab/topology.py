r"""A multi-WAN network in network namespaces.

    lan --- box ===fibre=== isp-fibre ~~wire~~ inet     public address
             \====lte===== isp-lte   ~~wire~~ /        NAT, gateway silent to ping
              \===bgp===== isp-bgp   ~~wire~~/         three addresses

The program under test runs in ``box``. ``inet`` owns the ping targets and the web sites of ``lines``.
No namespace has a link to the host: nothing leaves the machine. Everything is named after this process
and goes with it; what a killed process left behind goes when the next lab comes up.
"""

import contextlib
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from tests.lab import building
from tests.lab.certs import certificates
from tests.lab.lines import PING_TARGETS, PING_TARGETS6, THREE, Line
from tests.lab.netns import batch, inside, sh

T = TypeVar("T")
REPOSITORY = Path(__file__).resolve().parents[2]
_numbers = itertools.count()
_OURS = re.compile(r"isl(\d+)x\d+-")


def why_not() -> str | None:
    """Say why the lab cannot run here, or None. For pytest.skip."""
    if os.geteuid() != 0:
        return "the multi-WAN lab needs root"
    for tool in ("ip", "nft", "tc", "openssl", "unshare"):
        if not shutil.which(tool):
            return f"the multi-WAN lab needs the program {tool}"
    if not Path("/dev/net/tun").exists():
        return "the multi-WAN lab needs /dev/net/tun"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return "the multi-WAN lab needs network namespaces, which are not allowed here" if tried.returncode else None


class WanLab:
    """The network; use as a context manager. Faults live in ``faults``, profiles in ``profiles``."""

    def __init__(self, lines: Sequence[Line] = THREE, *, ipv6: bool = False) -> None:
        self.prefix = f"isl{os.getpid()}x{next(_numbers)}"
        self.lines = {line.name: line for line in lines}
        self.ipv6 = ipv6
        self.folder = Path(tempfile.mkdtemp(prefix="ispstatus-lab-"))
        self.spaces = ["box", "lan", "inet", *(f"isp-{name}" for name in self.lines)]
        self.ca, self._cert, self._key = certificates()
        self._labd: subprocess.Popen[str] | None = None

    # ------------------------------------------------------------ reaching in
    def ns(self, space: str) -> str:
        """The real name of a namespace of this lab."""
        return f"{self.prefix}-{space}"

    def ip(self, space: str, *lines: str) -> None:
        """Give ``ip`` several lines inside a namespace."""
        batch(self.ns(space), *lines)

    def nft(self, space: str, text: str) -> None:
        """Load nftables rules inside a namespace."""
        self.call(space, lambda: sh("nft", "-f", "-", stdin=text))

    def call(self, space: str, work: Callable[[], T]) -> T:
        """Run ``work`` inside a namespace, in this thread; what it starts stays there."""
        return inside(self.ns(space), work)

    def run(self, space: str, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command inside a namespace, whatever its exit code."""
        return subprocess.run(self._command(space, command, {}), text=True, capture_output=True, check=False)

    def popen(self, space: str, *command: str, over: Mapping[str, Path], **options: Any) -> "subprocess.Popen[bytes]":
        """Start a command inside a namespace; the pid is the command's own.

        ``over``: files or folders to lie over those of the machine, seen by this command only.
        """
        return subprocess.Popen(self._command(space, command, over), **options)

    def _command(self, space: str, command: Sequence[str], over: Mapping[str, Path]) -> list[str]:
        files = {"/etc/resolv.conf": self.folder / "resolv.conf", **over}
        lay = " && ".join(f"mount --bind '{source}' '{target}'" for target, source in files.items())
        return ["ip", "netns", "exec", self.ns(space), "sh", "-c", f'{lay} && exec "$@"', "sh", *command]

    def control(self, do: str, **message: Any) -> Any:
        """Give the lab's process one command; it is obeyed when this returns."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(10)
            sock.connect(str(self.folder / "control"))
            sock.sendall(json.dumps({"do": do, **message}).encode() + b"\n")
            with sock.makefile("rb") as stream:
                reply = json.loads(stream.readline())
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply["answer"]

    def seen(self, uplink: str) -> dict[str, int]:
        """Packets offered to an uplink's wire since the start: ``{"up echo 1.1.1.1": 17, ...}``."""
        counts: dict[str, int] = self.control("seen", name=uplink)
        return counts

    def lost(self, uplink: str) -> dict[str, int]:
        """Those of them that an uplink's wire did not deliver."""
        counts: dict[str, int] = self.control("lost", name=uplink)
        return counts

    def requests(self, since: float = 0.0) -> list[dict[str, Any]]:
        """HTTP requests that reached the internet (or a portal): at, peer, host, path, agent, tls."""
        found: list[dict[str, Any]] = self.control("requests", since=since)
        return found

    # ------------------------------------------------------------ life
    def __enter__(self) -> Self:
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.down()

    def up(self) -> None:
        """Build everything."""
        sweep()
        building.make_spaces(self)
        self._start_labd()  # makes the TUN devices
        building.connect(self)
        building.box_links(self, self.lines.values())
        self.set_resolvers(*PING_TARGETS)

    def set_resolvers(self, *addresses: str) -> None:
        """Write the resolv.conf that commands in the box see (in place: it may be mounted already)."""
        lines = [f"nameserver {address}" for address in addresses]
        (self.folder / "resolv.conf").write_text("\n".join([*lines, "options timeout:2 attempts:1", ""]))

    def _start_labd(self) -> None:
        lines = self.lines.values()
        wires = {n: [[self.ns(f"isp-{n}"), "up0"], [self.ns("inet"), f"to-{n}"]] for n in self.lines}
        for line in lines:
            if line.access == "ppp":
                ends = [[self.ns("box"), line.device], [self.ns(f"isp-{line.name}"), "cust"]]
                wires[f"{line.name}-access"] = ends
        dns = [[self.ns("inet"), a] for a in (*PING_TARGETS, *(PING_TARGETS6 if self.ipv6 else ()))]
        dns += [[self.ns(f"isp-{line.name}"), line.resolver] for line in lines if line.resolver]
        spec = {
            "inet": self.ns("inet"), "control": str(self.folder / "control"), "ipv6": self.ipv6,
            "cert": str(self._cert), "key": str(self._key), "wires": wires, "dns": dns,
            "portals": [self.ns(f"isp-{n}") for n in self.lines],
            "sources": {line.name: line.seen_sources for line in lines},
        }  # fmt: skip
        with (self.folder / "labd.log").open("w") as log:
            self._labd = subprocess.Popen(
                [sys.executable, "-m", "tests.lab.labd"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=REPOSITORY,
                start_new_session=True,
            )  # fmt: skip
        assert self._labd.stdin
        assert self._labd.stdout
        self._labd.stdin.write(json.dumps(spec) + "\n")
        self._labd.stdin.flush()  # and stays open: the process lives as long as this one
        if self._labd.stdout.readline().strip() != "ready":
            raise RuntimeError("labd: " + (self.folder / "labd.log").read_text())

    def hurry(self) -> None:
        """Let the wires carry before anything else runs, as cables do; harmless where that is not permitted."""
        assert self._labd
        hurry(self._labd.pid)

    def down(self) -> None:
        """Take everything away; safe to call twice and after a failed start."""
        if self._labd:
            self._labd.kill()
            self._labd.wait(5)
            for pipe in (self._labd.stdin, self._labd.stdout):
                if pipe:
                    pipe.close()
            self._labd = None
        _delete([name for name in _namespaces() if name.startswith(f"{self.prefix}-")])
        shutil.rmtree(self.folder, ignore_errors=True)


def hurry(pid: int) -> None:
    """Let a process that stands for a machine of its own run before what shares this one."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))


def _namespaces() -> list[str]:
    return [line.split()[0] for line in sh("ip", "netns", "list").splitlines() if line]


def _delete(names: Sequence[str]) -> None:
    for name in names:
        with contextlib.suppress(RuntimeError):
            sh("ip", "netns", "del", name)


def sweep() -> None:
    """Delete namespaces of labs whose process is gone."""
    ours = ((name, match) for name in _namespaces() if (match := _OURS.match(name)))
    _delete([name for name, match in ours if not Path(f"/proc/{match[1]}").exists()])
