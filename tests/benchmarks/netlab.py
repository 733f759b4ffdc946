"""A private Internet: network namespaces joined by veth pairs. Needs root; nothing outside them is touched.

    near --- up1..upN --- far (gateways 10.50.n.1, targets 198.51.100.1-3, web servers .10 and .11)

``hop=True`` puts the targets one router further away (``net``), for traceroutes. Names carry the process id; leaving
the context removes everything.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path as FilePath
from types import TracebackType
from typing import Self

from ispstatus.model.net import LinkStatus, Path
from ispstatus.model.uplink import Family

TARGETS = {4: ("198.51.100.1", "198.51.100.2", "198.51.100.3"), 6: ("2001:db8:100::1", "2001:db8:100::2")}
WEB = ("198.51.100.10", "198.51.100.11")
SITES = {"web.test": WEB[0], "www.web.test": WEB[1]}
"""What the lab's resolvers (on the targets) know."""
WEB_NAME = "web.test"
REFUSING = "198.51.100.66"
"""The first router refuses to carry packets there."""

_SYSCTLS = (
    # Duplicate address detection would keep IPv6 silent for two seconds.
    "net.ipv6.conf.all.accept_dad=0",
    "net.ipv6.conf.default.accept_dad=0",
    # Routers answer every test, however fast they come.
    "net.ipv4.icmp_ratelimit=0",
    "net.ipv6.icmp.ratelimit=0",
)
_CLONE_NEWNET = 0x40000000
_serial = 0


def why_not() -> str | None:
    """Return why no lab can be built here, None if one can."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    missing = [tool for tool in ("ip", "nft") if shutil.which(tool) is None]
    if missing:
        return f"needs {' and '.join(missing)}"
    probe = f"istest{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"cannot make network namespaces: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", probe], check=False)
    return None


class NetLab:
    """The lab; use as a context manager."""

    def __init__(self, uplinks: int = 2, *, hop: bool = False) -> None:
        global _serial  # noqa: PLW0603  several labs may live in one process
        _serial += 1
        stem = f"is{os.getpid()}x{_serial}"
        self.uplinks = uplinks
        self.has_hop = hop
        self.near, self.far, self.net = f"{stem}n", f"{stem}f", f"{stem}i"
        self._children: list[subprocess.Popen[str]] = []
        self.folder = FilePath(tempfile.mkdtemp(prefix="netlab"))

    def __enter__(self) -> Self:
        try:
            for name in self._names():
                self._ip(["netns add " + name])
                self._ip(["link set lo up"], name)
                self.run(name, ["sysctl", "-qw", *_SYSCTLS])
            for number in range(1, self.uplinks + 1):
                self._add_uplink(number)
            self._add_targets()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what runs in the lab and remove it."""
        for child in self._children:
            child.kill()
            child.communicate()
        for name in self._names():
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------ what probes need
    def path(self, number: int, family: Family = 4) -> Path:
        """Return the path of uplink ``number`` (from 1)."""
        return Path(
            uplink_id=number,
            family=family,
            device=f"up{number}",
            link=LinkStatus.UP,
            generation=number,
            ifindex=self._ifindex(number),
            source=f"10.50.{number}.2" if family == 4 else f"2001:db8:50:{number:x}::2",
            gateway=self.gateway(number, family),
            has_default=True,
        )

    def gateway(self, number: int, family: Family = 4) -> str:
        """Return the gateway of uplink ``number``."""
        return f"10.50.{number}.1" if family == 4 else f"2001:db8:50:{number:x}::1"

    def enter(self, namespace: str | None = None) -> None:
        """Move the calling thread into ``namespace`` (the near one); its new sockets and children live there."""
        with FilePath(f"/run/netns/{namespace or self.near}").open() as handle:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(handle.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")

    def run(self, namespace: str, command: Sequence[str]) -> str:
        """Run a command inside a namespace and return its output."""
        full = ["ip", "netns", "exec", namespace, *command]
        return subprocess.run(full, check=True, capture_output=True, text=True).stdout

    def spawn(self, namespace: str, command: Sequence[str], *, wait_for: str) -> subprocess.Popen[str]:
        """Start a command inside a namespace; return once it has printed ``wait_for``."""
        full = ["ip", "netns", "exec", namespace, *command]
        child = subprocess.Popen(full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._children.append(child)
        assert child.stdout is not None
        for line in child.stdout:
            if wait_for in line:
                return child
        raise RuntimeError(f"{command[0]} ended before it was ready")

    # ------------------------------------------------------------ faults
    def blackhole(self, numbers: Sequence[int]) -> None:
        """Let everything that arrives by these uplinks vanish at the far side."""
        devices = ", ".join(f'"up{number}"' for number in numbers)
        hook = f"type filter hook prerouting priority -300; iifname {{ {devices} }} drop;"
        self._nft(f"table inet fault {{ chain in {{ {hook} }}\n}}\n")

    def heal(self) -> None:
        """Undo ``blackhole``."""
        self._nft("table inet fault\ndelete table inet fault")

    # ------------------------------------------------------------ servers
    def serve_web(self) -> FilePath:
        """Start web servers on .10 and .11 (204 on every path, ports 80 and 443) and resolvers; return the CA file."""
        certificate = self._make_certificate()
        script = FilePath(__file__).with_name("webserver.py")
        self.spawn(
            self.net if self.has_hop else self.far,
            [sys.executable, str(script), str(certificate), json.dumps(SITES), *TARGETS[4]],
            wait_for="ready",
        )
        return self.folder / "ca.pem"

    def _make_certificate(self) -> FilePath:
        alt = ",".join([*(f"DNS:{name}" for name in SITES), *(f"IP:{address}" for address in WEB)])
        key, ca = self.folder / "key.pem", self.folder / "ca.pem"
        request = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN={WEB_NAME}"
        command = ["openssl", *request.split(), "-addext", f"subjectAltName={alt}"]
        subprocess.run([*command, "-keyout", str(key), "-out", str(ca)], check=True, capture_output=True)
        both = self.folder / "server.pem"
        both.write_text(key.read_text() + ca.read_text())
        return both

    # ------------------------------------------------------------ building
    def _names(self) -> tuple[str, ...]:
        return (self.near, self.far, self.net) if self.has_hop else (self.near, self.far)

    def _add_uplink(self, number: int) -> None:
        device, net4, net6 = f"up{number}", f"10.50.{number}", f"2001:db8:50:{number:x}:"
        self._ip([f"link add {device} netns {self.near} type veth peer name {device} netns {self.far}"])
        for name, host in ((self.near, 2), (self.far, 1)):
            self._ip(
                [
                    f"addr add {net4}.{host}/24 dev {device}",
                    f"addr add {net6}:{host}/64 dev {device} nodad",
                    f"link set {device} up",
                ],
                name,
            )
        self._ip(
            [
                f"route add default via {net4}.1 dev {device} metric {number}",
                f"route add default via {net4}.1 dev {device} table {100 + number}",
                f"rule add from {net4}.2 lookup {100 + number}",
            ],
            self.near,
        )
        self._ip(
            [
                f"route add default via {net6}:1 dev {device} metric {number}",
                f"route add default via {net6}:1 dev {device} table {100 + number}",
                f"rule add from {net6}:2 lookup {100 + number}",
            ],
            self.near,
            family=6,
        )

    def _add_targets(self) -> None:
        holder = self.far
        # An "unreachable" route would answer only once a second.
        hook = f"type filter hook prerouting priority 0; ip daddr {REFUSING} reject with icmp host-unreachable;"
        self._nft(f"table inet refusal {{ chain in {{ {hook} }}\n}}\n")
        if self.has_hop:
            holder = self.net
            self._ip([f"link add in1 netns {self.far} type veth peer name in1 netns {self.net}"])
            for name, host in ((self.far, 1), (self.net, 2)):
                self._ip(
                    [
                        f"addr add 10.60.0.{host}/24 dev in1",
                        f"addr add 2001:db8:60::{host}/64 dev in1 nodad",
                        "link set in1 up",
                    ],
                    name,
                )
            self._ip(
                ["route add 198.51.100.0/24 via 10.60.0.2", "route add 2001:db8:100::/64 via 2001:db8:60::2"],
                self.far,
            )
            self._ip(["route add default via 10.60.0.1", "route add default via 2001:db8:60::1"], self.net)
            self.run(self.far, ["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"])
        self._ip([f"addr add {address}/32 dev lo" for address in (*TARGETS[4], *WEB)], holder)
        self._ip([f"addr add {address}/128 dev lo nodad" for address in TARGETS[6]], holder)

    def _ifindex(self, number: int) -> int:
        shown = self.run(self.near, ["ip", "-j", "link", "show", f"up{number}"])
        return int(json.loads(shown)[0]["ifindex"])

    def _nft(self, script: str) -> None:
        full = ["ip", "netns", "exec", self.far, "nft", "-f", "-"]
        subprocess.run(full, input=script, check=True, text=True, capture_output=True)

    @staticmethod
    def _ip(commands: Sequence[str], namespace: str | None = None, family: Family | None = None) -> None:
        where = [*(["-n", namespace] if namespace else []), *([f"-{family}"] if family else [])]
        text = "".join(f"{command}\n" for command in commands)
        done = subprocess.run(["ip", *where, "-batch", "-"], input=text, text=True, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"ip: {done.stderr.strip()}")
