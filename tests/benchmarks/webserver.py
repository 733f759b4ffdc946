"""The benchmark's web server: 204 to everything, on ports 80 and 443 of the addresses given. CPU is not its point."""

import socket
import ssl
import sys
import threading

ANSWER = b"HTTP/1.1 204 No Content\r\nServer: lab\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nConnection: close\r\n\r\n"


def answer(peer: socket.socket, context: ssl.SSLContext | None) -> None:
    """Answer one request; a client that misbehaves is dropped."""
    try:
        peer.settimeout(5.0)
        with context.wrap_socket(peer, server_side=True) if context is not None else peer as client:
            client.recv(4096)
            client.sendall(ANSWER)
    except OSError:
        peer.close()


def serve(address: str, port: int, context: ssl.SSLContext | None) -> None:
    """Serve one port, a thread per connection, in the background."""
    listener = socket.create_server((address, port), backlog=512)

    def accept() -> None:
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=answer, args=(peer, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def main() -> None:
    """Serve until killed."""
    certificate, *addresses = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for address in addresses:
        serve(address, 80, None)
        serve(address, 443, context)
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
