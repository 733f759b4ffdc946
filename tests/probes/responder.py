"""Somebody who answers echoes as a test wants: late, twice, with a wrong payload, from elsewhere."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from tests.benchmarks.netlab import NetLab


@dataclass(frozen=True)
class Echo:
    """An echo request, or a reply to be sent."""

    id: int
    sequence: int
    payload: bytes
    peer: str
    delay_s: float = 0.0
    source: str = ""


Behaviour = Callable[[Echo], list[Echo]]


class Responder:
    """Answers IPv4 echoes in the lab's innermost namespace, in the kernel's place."""

    def __init__(self, lab: NetLab, behave: Behaviour) -> None:
        self._lab = lab
        self._behave = behave
        self.seen: list[Echo] = []
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._lab.run(self._lab.net, ["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1"])
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._lab.run(self._lab.net, ["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=0"])

    def _run(self) -> None:
        self._lab.enter(self._lab.net)
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            sock.settimeout(0.02)
            self._ready.set()
            while not self._stop.is_set():
                with suppress(TimeoutError):
                    packet, (peer, _) = sock.recvfrom(2048)
                    if packet[20] == 8:
                        self._answer(packet, peer)

    def _answer(self, packet: bytes, peer: str) -> None:
        identifier, sequence = struct.unpack_from("!HH", packet, 24)
        request = Echo(identifier, sequence, packet[28:], peer, source=socket.inet_ntoa(packet[16:20]))
        self.seen.append(request)
        for reply in self._behave(request):
            time.sleep(reply.delay_s)
            with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
                sock.bind((reply.source, 0))
                sock.sendto(_encode(reply), (reply.peer, 0))


def _encode(reply: Echo) -> bytes:
    header = struct.pack("!BBHHH", 0, 0, 0, reply.id, reply.sequence)
    return struct.pack("!BBHHH", 0, 0, _checksum(header + reply.payload), reply.id, reply.sequence) + reply.payload


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def late(seconds: float) -> Behaviour:
    """Answer properly, after a while."""
    return lambda echo: [replace(echo, delay_s=seconds)]
