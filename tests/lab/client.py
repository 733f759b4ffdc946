"""A plain HTTP client whose sockets belong to a namespace of the lab."""

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.topology import WanLab


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


def connect(lab: WanLab, space: str, address: tuple[str, int], *, timeout_s: float, source: str = "") -> socket.socket:
    """Return a TCP connection that leaves from ``space``."""

    def make() -> socket.socket:
        return socket.create_connection(address, timeout_s, (source, 0) if source else None)

    return lab.call(space, make)


def fetch(
    lab: WanLab,
    path: str,
    *,
    space: str = "box",
    address: tuple[str, int] = ("127.0.0.1", 8080),
    headers: Mapping[str, str] | None = None,
    source: str = "",
    timeout_s: float = 15.0,
) -> Reply:
    """GET ``path``; OSError or HTTPException when there is no answer."""
    client = http.client.HTTPConnection(*address, timeout=timeout_s)
    client.sock = connect(lab, space, address, timeout_s=timeout_s, source=source)
    try:
        client.request("GET", path, headers=dict(headers or {}))
        answer = client.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        client.close()
