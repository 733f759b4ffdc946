"""A GPS receiver that is not there: gpsfake feeds the real gpsd with what one would say."""

import shutil
from pathlib import Path

from ispstatus.model.radio import Position

HERE = Position(45.4961001, -73.5619866, 39.1)
WHY_NOT = None if shutil.which("gpsfake") else "gpsfake is not installed (Debian package gpsd-clients)"

_SENTENCES = (
    "$GPRMC,120000.00,A,4529.766006,N,07333.719196,W,0.0,0.0,211126,,,A*",
    "$GPGGA,120000.00,4529.766006,N,07333.719196,W,1,08,1.0,39.1,M,-32.0,M,,*",
)


def gpsfake(folder: Path, port: int) -> list[str]:
    """Return the command that runs a gpsd on 127.0.0.1 with a receiver which is HERE, over and over."""
    log = folder / "here.nmea"
    log.write_text("".join(f"{sentence}{_sum(sentence)}\r\n" for sentence in _SENTENCES) * 50)
    return ["gpsfake", "-q", "-c", "0.05", "-P", str(port), str(log)]


def _sum(sentence: str) -> str:
    value = 0
    for character in sentence[1 : sentence.index("*")]:
        value ^= ord(character)
    return f"{value:02X}"
