"""What systemd is told: ready, still turning, stopping (sd_notify(3)). Without systemd nothing is said."""

import os
import socket
from collections.abc import Mapping


def notify(message: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send one message to the service manager; return whether there is one."""
    address = environment.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.connect(address)
        sock.sendall(message.encode())
    return True


def stuck(beats_s: Mapping[str, float], limits_s: Mapping[str, float]) -> tuple[str, ...]:
    """Return the threads that have not turned for longer than they may; ``beats_s`` are seconds since they did."""
    return tuple(name for name, limit_s in limits_s.items() if beats_s.get(name, 0.0) > limit_s)
