"""The lab's web servers: what the default targets answer, faults per uplink, captive portals, hostile answers."""

import functools
import gzip
import http.server
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from typing_extensions import override

Mode = Callable[[str, str], str]
"""(peer address, host) -> ok, hang, reset, a status number, or a hostile path of ``lab.test``."""
HANG_S = 60.0
_BOMB_MB = 200


class Web(http.server.BaseHTTPRequestHandler):
    """One request. ``/echo`` shows the source the server saw."""

    protocol_version, server_version, sys_version = "HTTP/1.1", "lab", ""
    server: "Server"

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the ledger is the log."""

    def reply(self, code: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        """Answer by host and path, unless a fault of the asking uplink says otherwise."""
        host, path = self.headers.get("Host", "").split(":")[0], self.path.split("?")[0]
        self.server.note(self.client_address[0], host, self.path, self.headers.get("User-Agent", ""))
        if self.server.is_portal:
            return self.reply(302, b"<html>Please log in</html>", Location="http://login.lab.test/portal")
        mode = self.server.mode(self.client_address[0], host)
        if mode != "ok":
            return self.misbehave(mode)
        if host.endswith("lab.test") and path.strip("/").split("/")[0] in HOSTILE:
            return self.misbehave(path.strip("/"))
        return self.behave(path)

    def behave(self, path: str) -> None:
        """What the real sites would say."""
        if path == "/generate_204":
            self.reply(204)
        elif path == "/success.txt":
            self.reply(200, b"success\n")
        elif path.startswith("/status/"):
            self.reply(int(path[8:]))
        elif path.startswith("/bytes/"):
            self.reply(200, b"x" * min(int(path[7:]), 50_000_000))
        else:
            self.reply(200, f"hello {self.client_address[0]}\n".encode())

    def misbehave(self, mode: str) -> None:
        """Answer with a fault: a status number or one of ``HOSTILE``."""
        self.close_connection = True
        if mode.isdigit():
            return self.reply(int(mode), b"fault\n")
        return HOSTILE[mode](self)


def _hang(web: Web) -> None:
    time.sleep(HANG_S)


def _reset(web: Web) -> None:
    web.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    web.connection.close()


def _endless(web: Web) -> None:
    web.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        web.wfile.write(b"x" * 65536)


def _drip(web: Web) -> None:
    web.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        web.wfile.write(b"s")
        time.sleep(0.3)


def _drip_head(web: Web) -> None:
    for byte in b"HTTP/1.1 204 No Content\r\n" + b"X-Slow: yes\r\n" * 50:
        web.wfile.write(bytes([byte]))
        time.sleep(0.3)


def _head(web: Web) -> None:
    web.wfile.write(b"HTTP/1.1 204 No Content\r\n")
    for number in range(1_000_000):
        web.wfile.write(b"X-Filler-%d: " % number + b"y" * 1000 + b"\r\n")


def _bomb(web: Web) -> None:
    web.reply(200, _bomb_body(), Content_Encoding="gzip")


@functools.cache
def _bomb_body() -> bytes:
    return gzip.compress(bytes(_BOMB_MB << 20), 9)


def _redirect(web: Web) -> None:
    web.reply(302, b"", Location="http://login.lab.test/portal")


def _garbage(web: Web) -> None:
    web.wfile.write(b"\x00\xff\xfe not http at all\r\n\r\n" * 100)


HOSTILE: dict[str, Callable[[Web], None]] = {
    "hang": _hang,
    "reset": _reset,
    "endless": _endless,
    "drip": _drip,
    "drip-head": _drip_head,
    "head": _head,
    "bomb": _bomb,
    "redirect": _redirect,
    "garbage": _garbage,
}


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Serves on a socket made elsewhere (in its namespace), TLS handshakes in the worker threads."""

    daemon_threads = True

    def __init__(
        self,
        sock: socket.socket,
        mode: Mode,
        ledger: "deque[dict[str, Any]]",
        *,
        tls: ssl.SSLContext | None = None,
        is_portal: bool = False,
    ) -> None:
        http.server.HTTPServer.__init__(self, ("", 0), Web, bind_and_activate=False)
        self.socket.close()
        self.socket, self.mode, self.ledger, self.tls, self.is_portal = sock, mode, ledger, tls, is_portal
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def note(self, peer: str, host: str, path: str, agent: str) -> None:
        """Remember a request for the test to count."""
        request = {"at": time.time(), "peer": peer, "host": host, "path": path, "agent": agent, "tls": bool(self.tls)}
        self.ledger.append(request)

    @override
    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands first where TLS is spoken."""
        if self.tls:
            request.settimeout(10)
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news here."""
