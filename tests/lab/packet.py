"""Just enough of an IP packet to count and to drop by."""

import socket
from typing import NamedTuple

_ICMP, _TCP, _UDP, _ICMP6 = 1, 6, 17, 58
_ECHO = {_ICMP: 8, _ICMP6: 128}


class Packet(NamedTuple):
    """What the wire wants to know: a kind (``echo``, ``syn``, ``port53``, ``udp862``, ``other``) and where it goes."""

    kind: str
    destination: str


def read_packet(data: bytes) -> Packet:
    """Read an IPv4 or IPv6 packet; anything odd is ``other``."""
    try:
        if data[0] >> 4 == 6:
            return Packet(_kind(data[6], data[40:]), socket.inet_ntop(socket.AF_INET6, data[24:40]))
        return Packet(_kind(data[9], data[(data[0] & 15) * 4 :]), socket.inet_ntoa(data[16:20]))
    except (IndexError, ValueError, OSError):
        return Packet("other", "")


def _kind(protocol: int, payload: bytes) -> str:
    if protocol in _ECHO and payload[0] == _ECHO[protocol]:
        return "echo"
    if protocol in (_TCP, _UDP) and 53 in (payload[2] << 8 | payload[3], payload[0] << 8 | payload[1]):
        return "port53"
    if protocol == _UDP:
        return f"udp{min(payload[0] << 8 | payload[1], payload[2] << 8 | payload[3])}"  # the service's, both ways
    if protocol == _TCP and payload[13] & 0x12 == 0x02:
        return "syn"
    return "other"
