"""The lab's DNS server: answers for the sites of ``lines``, with faults per uplink."""

import socket
import struct
import threading
import time
from collections.abc import Callable

from tests.lab.lines import PRIVATE_ADDRESS, SITES, WRONG_ADDRESS

_A, _AAAA = 1, 28
_SERVFAIL, _NXDOMAIN = 2, 3
SLOW_S = 3.0
Mode = Callable[[str, str], str]
"""(peer address, question name) -> ok, drop, slow, servfail, nxdomain, wrong or private."""


def read_question(query: bytes) -> tuple[str, int, bytes]:
    """Return (lower-case name, type, the question section); IndexError or struct.error for nonsense."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]])
        at += query[at] + 1
    (kind,) = struct.unpack("!H", query[at + 1 : at + 3])
    return b".".join(labels).decode("ascii", "replace").lower(), kind, query[12 : at + 5]


def addresses_of(name: str) -> tuple[str, str] | None:
    """Return the (IPv4, IPv6) address of a name the lab knows."""
    if name == "lab.test" or name.endswith(".lab.test"):
        return SITES["lab.test"]
    return SITES.get(name)


def answer(query: bytes, mode: str) -> bytes | None:
    """Return the reply to ``query``, or None for silence."""
    name, kind, question = read_question(query)
    known, code, record = addresses_of(name), 0, b""
    if mode == "drop":
        return None
    if mode == "servfail":
        code = _SERVFAIL
    elif mode == "nxdomain" or known is None:
        code = _NXDOMAIN
    elif kind == _A:
        address = {"wrong": WRONG_ADDRESS, "private": PRIVATE_ADDRESS}.get(mode, known[0])
        record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 5, 4) + socket.inet_aton(address)
    elif kind == _AAAA:
        record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 5, 16) + socket.inet_pton(socket.AF_INET6, known[1])
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, int(bool(record)), 0, 0)
    return head + question + record


def serve_udp(sock: socket.socket, mode: Mode) -> None:
    """Answer for ever, each question in a thread of its own (a slow one delays nobody)."""

    def one(query: bytes, peer: tuple[str, int]) -> None:
        try:
            how = mode(peer[0], read_question(query)[0])
            if how == "slow":
                time.sleep(SLOW_S)
            reply = answer(query, how)
            if reply:
                sock.sendto(reply, peer)
        except (IndexError, struct.error, OSError):
            return

    while True:
        query, peer = sock.recvfrom(4096)
        threading.Thread(target=one, args=(query, peer), daemon=True).start()
