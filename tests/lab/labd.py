"""The lab's one background process: wires, DNS, web servers, captive portals.

A socket stays in the namespace its thread was in when it was made, so one process can listen in every
namespace. Started by ``topology`` with a JSON document on standard input; it says "ready", obeys one JSON
line per connection on a UNIX socket, and ends with its parent: when standard input closes.
"""

import ipaddress
import json
import os
import socket
import ssl
import sys
import threading
from collections import deque
from typing import Any

from tests.lab import dnsd, webd
from tests.lab.netns import inside
from tests.lab.wire import Wire, serve

_LEDGER_LENGTH = 20_000


class Service:
    """How DNS and HTTP behave, for everybody or for one uplink."""

    def __init__(self, sources: dict[str, list[str]]) -> None:
        self._sources = {name: [ipaddress.ip_network(net) for net in nets] for name, nets in sources.items()}
        self._modes: dict[tuple[str, str | None, str | None], str] = {}

    def set(self, kind: str, mode: str, uplink: str | None, host: str | None = None) -> None:
        """Set ``kind`` (dns or http) for one uplink and one host or name, or all."""
        self._modes[kind, uplink, host] = mode

    def clean(self, uplink: str | None) -> None:
        """Undo what was set for one uplink, or everything."""
        self._modes = {key: mode for key, mode in self._modes.items() if uplink is not None and key[1] != uplink}

    def mode(self, kind: str, peer: str, host: str) -> str:
        """Return how to treat ``peer`` asking for ``host``."""
        address = ipaddress.ip_address(peer.removeprefix("::ffff:"))
        uplink = next((name for name, nets in self._sources.items() if any(address in net for net in nets)), None)
        for key in ((kind, uplink, host), (kind, None, host), (kind, uplink, None), (kind, None, None)):
            if key in self._modes:
                return self._modes[key]
        return "ok"


class Lab:
    """Everything the process holds."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.wires = {name: Wire(tuple(a), tuple(b)) for name, (a, b) in spec["wires"].items()}
        self.service = Service(spec["sources"])
        self.ledger: deque[dict[str, Any]] = deque(maxlen=_LEDGER_LENGTH)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(spec["cert"], spec["key"])
        for address in ["0.0.0.0", *(["::"] if spec["ipv6"] else [])]:
            for port, tls in ((80, None), (443, context)):
                sock = listen(spec["inet"], socket.SOCK_STREAM, address, port)
                webd.Server(sock, self.http_mode, self.ledger, tls=tls)
        for namespace in spec["portals"]:
            sock = listen(namespace, socket.SOCK_STREAM, "0.0.0.0", 8080)
            webd.Server(sock, self.http_mode, self.ledger, is_portal=True)
        for namespace, address in spec["dns"]:
            sock = listen(namespace, socket.SOCK_DGRAM, address, 53)
            threading.Thread(target=dnsd.serve_udp, args=(sock, self.dns_mode), daemon=True).start()

    def http_mode(self, peer: str, host: str) -> str:
        """How to treat this web client."""
        return self.service.mode("http", peer, host)

    def dns_mode(self, peer: str, host: str) -> str:
        """How to treat this DNS client."""
        return self.service.mode("dns", peer, host)

    def obey(self, message: dict[str, Any]) -> Any:
        """Do one command; the answer goes back as JSON."""
        match message.pop("do"):
            case "wire":
                self.wires[message.pop("name")].set(message.pop("direction", None), **message)
            case "carrier":
                self.wires[message["name"]].set_carrier(is_up=message["is_up"])
            case "clean":
                for name, wire in self.wires.items():
                    if message["uplink"] in (None, name):
                        wire.clean()
                self.service.clean(message["uplink"])
            case "service":
                self.service.set(**message)
            case "seen":
                return dict(self.wires[message["name"]].seen)
            case "lost":
                return dict(self.wires[message["name"]].lost)
            case "requests":
                return [request for request in list(self.ledger) if request["at"] >= message["since"]]
            case unknown:
                raise ValueError(unknown)
        return None


def listen(namespace: str, kind: socket.SocketKind, address: str, port: int) -> socket.socket:
    """Return a bound (and listening) socket inside ``namespace``."""

    def make() -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in address:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        if kind == socket.SOCK_STREAM:
            sock.listen(128)
        return sock

    return inside(namespace, make)


def take_orders(lab: Lab, path: str) -> None:
    """Answer commands for ever."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen(16)
        print("ready", flush=True)
        while True:
            client, _ = server.accept()
            with client, client.makefile("rwb") as stream:
                try:
                    answer = {"answer": lab.obey(json.loads(stream.readline()))}
                except Exception as error:  # noqa: BLE001 - whatever is wrong is the asker's to know
                    answer = {"error": repr(error)}
                stream.write(json.dumps(answer).encode() + b"\n")


def main() -> None:
    """Build everything, then carry packets until standard input closes."""
    spec = json.loads(sys.stdin.readline())
    lab = Lab(spec)

    def end_with_parent() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_parent, daemon=True).start()
    threading.Thread(target=take_orders, args=(lab, spec["control"]), daemon=True).start()
    serve(list(lab.wires.values()))


if __name__ == "__main__":
    main()
