"""Clients that are slow, or never finish their question, keep nobody else from the answers: on real sockets."""

import contextlib
import json
import socket
import time
from http.client import HTTPConnection
from typing import Any

from tests.web.box import FIBRE

EXPORT = b"GET /api/history.csv?range=90d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def get(port: int, path: str) -> tuple[int, Any]:
    client = HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(client):
        client.request("GET", path)
        reply = client.getresponse()
        body = reply.read()
    return reply.status, json.loads(body) if reply.headers.get_content_type() == "application/json" else body


def slow_reader(port: int) -> socket.socket:
    """Return a connection that has seen the head of a long export and takes no more of it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(5)
    sock.connect(("127.0.0.1", port))
    sock.sendall(EXPORT)
    assert sock.recv(15) == b"HTTP/1.1 200 OK"
    return sock


def test_sixty_half_open_clients_do_not_keep_a_poller_from_the_status(port: int) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(60):
            sock = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            sock.sendall(b"GET /api/status HTTP/1.1\r\nHo")
        for _ in range(3):
            status, body = get(port, "/api/status")
            assert (status, body["uplinks"][0]["name"]) == (200, FIBRE)


def test_slow_readers_of_long_exports_keep_nobody_waiting(port: int) -> None:
    with slow_reader(port), slow_reader(port):
        assert [get(port, path)[0] for path in ("/api/status", "/api/health", "/", "/metrics", "/healthz")] == [200] * 5
        status, body = get(port, "/api/history.csv")
        assert status == 429
        assert "downloads" in body["error"]
    deadline = time.monotonic() + 5
    while get(port, "/api/history.csv")[0] != 200:  # they hung up: their places are free again
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_export_is_read_whole_by_whoever_takes_it(port: int) -> None:
    status, body = get(port, "/api/history.csv?range=30d&name=MTN+LTE")
    assert status == 200
    assert body.count(b"\r\n") == 1 + 8640
