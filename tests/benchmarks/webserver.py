"""The benchmark's web server, 204 to everything on ports 80 and 443 of its sites, and its resolvers. A child of netlab.

webserver.py CERTIFICATE '{"NAME": "ADDRESS", ...}' RESOLVER ...
"""

import json
import socket
import ssl
import sys
import threading

import dns.message
import dns.rrset

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


def resolve(address: str, sites: dict[str, str]) -> None:
    """Answer questions for A records on port 53, in the background."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 53))

    def listen() -> None:
        while True:
            question, peer = sock.recvfrom(512)
            reply = dns.message.make_response(dns.message.from_wire(question))
            name = reply.question[0].name
            reply.answer.append(dns.rrset.from_text(name, 5, "IN", "A", sites[name.to_text(omit_final_dot=True)]))
            sock.sendto(reply.to_wire(), peer)

    threading.Thread(target=listen, daemon=True).start()


def main() -> None:
    """Serve until killed."""
    certificate, names, *resolvers = sys.argv[1:]
    sites: dict[str, str] = json.loads(names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for address in resolvers:
        resolve(address, sites)
    for address in sites.values():
        serve(address, 80, None)
        serve(address, 443, context)
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
