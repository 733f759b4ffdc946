"""Probes of the tests' own, to see from the box what a fault really does."""

import http.client
import os
import random
import socket
import ssl
import struct
import time
from pathlib import Path
from typing import Any

from tests.lab.lines import SITES
from tests.lab.topology import WanLab

SITE, WEB = "http://web.lab.test", SITES["lab.test"][0]


def bound(device: str, kind: socket.SocketKind, protocol: int = 0, *, timeout_s: float = 0.4) -> socket.socket:
    """Return a socket that leaves by ``device``."""
    sock = socket.socket(socket.AF_INET, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    sock.settimeout(timeout_s)
    return sock


def ping(device: str, address: str, timeout_s: float = 0.4, size: int = 56) -> float | None:
    """Round trip in seconds, or None. Raw socket, matched on id and source."""
    ident, body = random.getrandbits(16), os.urandom(size)
    words = struct.unpack(f"!{(8 + size) // 2}H", struct.pack("!BBHHH", 8, 0, 0, ident, 1) + body)
    folded = (sum(words) & 0xFFFF) + (sum(words) >> 16)
    check = ~(folded + (folded >> 16)) & 0xFFFF
    try:
        with bound(device, socket.SOCK_RAW, socket.IPPROTO_ICMP, timeout_s=timeout_s) as sock:
            sent = time.monotonic()
            sock.sendto(struct.pack("!BBHHH", 8, 0, check, ident, 1) + body, (address, 0))
            while time.monotonic() - sent < timeout_s:
                packet, peer = sock.recvfrom(65535)
                if peer[0] == address and packet[20] == 0 and struct.unpack("!H", packet[24:26])[0] == ident:
                    return time.monotonic() - sent
    except OSError:
        return None
    return None


def dns(device: str, server: str = "1.1.1.1", name: str = "web.lab.test", *, kind: int = 1) -> str | None:
    """The address a resolver gives, ``rcodeN``, or None for silence."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query = struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, kind, 1)
    try:
        with bound(device, socket.SOCK_DGRAM) as sock:
            sock.sendto(query, (server, 53))
            reply = sock.recv(512)
    except OSError:
        return None
    return socket.inet_ntoa(reply[-4:]) if struct.unpack("!H", reply[6:8])[0] else f"rcode{reply[3] & 15}"


def web(
    device: str, url: str = "http://web.lab.test/generate_204", *, address: str = WEB, ca: Path | None = None
) -> str:
    """The status a web server answers (with a body: and the body), or the name of the error."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    try:
        with bound(device, socket.SOCK_STREAM) as plain:
            plain.connect((address, 443 if scheme == "https" else 80))
            client = http.client.HTTPConnection(host)
            client.sock = plain
            if scheme == "https":
                client.sock = ssl.create_default_context(cafile=ca).wrap_socket(plain, server_hostname=host)
            client.request("GET", "/" + path)
            answer = client.getresponse()
            body = answer.read().decode("ascii", "replace").strip()
            client.close()
            return f"{answer.status} {body}" if 0 < len(body) < 100 else str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__


def look(lab: WanLab, uplink: str) -> dict[str, Any]:
    """Everything at once: is the device there, and do gateway, ping, DNS, HTTP and HTTPS answer."""
    line = lab.lines[uplink]
    device = line.device

    def probe() -> dict[str, Any]:
        if not Path(f"/proc/sys/net/ipv4/conf/{device}").exists():
            return {"device": False}
        return {
            "device": True,
            "gateway": ping(device, line.gateway) is not None,
            "ping": ping(device, "1.1.1.1") is not None,
            "dns": dns(device),
            "http": web(device),
            "https": web(device, "https://web.lab.test/generate_204", ca=lab.ca),
        }

    return lab.call("box", probe)
