"""Servers on loopback that behave as badly as a test wants."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Server:
    """A TCP server under way."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    """Accepted so far."""
    stopping: threading.Event = field(default_factory=threading.Event)


@contextmanager
def tcp_server(serve: Callable[[socket.socket, Server], None], *, certificate: Path | None = None) -> Iterator[Server]:
    """Serve each connection by ``serve`` on a thread; TLS with ``certificate``."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    listener.settimeout(0.02)
    server = Server(listener.getsockname()[1])
    threads = [threading.Thread(target=_accept, args=(listener, context, serve, server))]
    threads[0].start()
    try:
        yield server
    finally:
        server.stopping.set()
        threads[0].join()
        listener.close()


def _accept(
    listener: socket.socket,
    context: ssl.SSLContext | None,
    serve: Callable[[socket.socket, Server], None],
    server: Server,
) -> None:
    threads: list[threading.Thread] = []
    while not server.stopping.is_set():
        with suppress(TimeoutError):
            peer, _ = listener.accept()
            server.connections += 1
            thread = threading.Thread(target=_serve, args=(peer, context, serve, server))
            thread.start()
            threads.append(thread)
    for thread in threads:
        thread.join()


def _serve(
    peer: socket.socket,
    context: ssl.SSLContext | None,
    serve: Callable[[socket.socket, Server], None],
    server: Server,
) -> None:
    peer.settimeout(5.0)
    with suppress(OSError), peer:
        if context is None:
            serve(peer, server)
        else:
            with context.wrap_socket(peer, server_side=True) as wrapped:
                serve(wrapped, server)


def answering(answer: bytes) -> Callable[[socket.socket, Server], None]:
    """Read one request and send ``answer``."""

    def serve(peer: socket.socket, server: Server) -> None:
        server.requests.append(peer.recv(65536))
        peer.sendall(answer)

    return serve


def page(status: str = "200 OK", body: bytes = b"", *headers: str) -> bytes:
    """Return a well-formed answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def dripping(start: bytes, drop: bytes, every_s: float) -> Callable[[socket.socket, Server], None]:
    """Send ``start``, then ``drop`` for ever."""

    def serve(peer: socket.socket, server: Server) -> None:
        server.requests.append(peer.recv(65536))
        peer.sendall(start)
        while not server.stopping.is_set():
            peer.sendall(drop)
            time.sleep(every_s)

    return serve


def mute(peer: socket.socket, server: Server) -> None:
    """Accept, read, and say nothing."""
    while not server.stopping.is_set():
        peer.settimeout(0.02)
        with suppress(TimeoutError):
            if not peer.recv(65536):
                return


def resetting(peer: socket.socket, server: Server) -> None:
    """Read a request and reset the connection."""
    server.requests.append(peer.recv(65536))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@contextmanager
def udp_server(answers: Callable[[bytes], list[bytes]]) -> Iterator[int]:
    """Answer each datagram with what ``answers`` returns; yields the port."""
    stopping = threading.Event()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(0.02)

    def run() -> None:
        while not stopping.is_set():
            with suppress(TimeoutError, ConnectionError):
                query, peer = sock.recvfrom(4096)
                for answer in answers(query):
                    sock.sendto(answer, peer)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        stopping.set()
        thread.join()
        sock.close()
