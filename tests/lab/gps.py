"""A GPS receiver that is not there: the real gpsd hears what one would say, by UDP."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ispstatus.model.radio import Position
from tests.lab.topology import WanLab

HERE = Position(45.4961001, -73.5619866, 39.1)
_GPSD = shutil.which("gpsd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
WHY_NOT = None if _GPSD else "gpsd is not installed (Debian package gpsd)"

_SENTENCES = (
    "$GPRMC,120000.00,A,4529.766006,N,07333.719196,W,0.0,0.0,211126,,,A*",
    "$GPGGA,120000.00,4529.766006,N,07333.719196,W,1,08,1.0,39.1,M,-32.0,M,,*",
)
_EVERY_S = 0.2


@contextmanager
def receiver(port: int, lab: WanLab | None = None) -> Iterator[None]:
    """Run gpsd on 127.0.0.1, here or in a lab's box, with a receiver that says it is HERE; by UDP on the next port."""
    command = [str(_GPSD), "-N", "-n", "-b", "-S", str(port), f"udp://127.0.0.1:{port + 1}"]
    sock = lab.call("box", _datagrams) if lab else _datagrams()
    quiet = subprocess.DEVNULL
    if lab:
        process = lab.popen("box", *command, over={}, stdin=quiet, stdout=quiet, stderr=quiet)
    else:
        process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    ended = threading.Event()
    speaker = threading.Thread(target=_speak, args=(sock, port + 1, ended))
    with process, sock:
        speaker.start()
        try:
            yield
        finally:
            ended.set()
            speaker.join()
            process.terminate()


def _datagrams() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def _speak(sock: socket.socket, port: int, ended: threading.Event) -> None:
    while not ended.wait(_EVERY_S):
        for sentence in _SENTENCES:
            sock.sendto(f"{sentence}{_sum(sentence)}\r\n".encode(), ("127.0.0.1", port))


def _sum(sentence: str) -> str:
    value = 0
    for character in sentence[1 : sentence.index("*")]:
        value ^= ord(character)
    return f"{value:02X}"
