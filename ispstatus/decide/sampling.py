"""Which protocols of an uplink are sampled towards far ends of its own, how often, and what that costs in bytes.

Bytes are estimates of both directions, IP headers included, as in ``decide.cadence``.
"""

from collections.abc import Mapping

from ispstatus.model.series import Protocol
from ispstatus.model.uplink import REFLECTOR, Family, Uplink

SAMPLE_BYTES: Mapping[Protocol, Mapping[Family, int]] = {
    Protocol.ICMP: {4: 168, 6: 208},
    Protocol.UDP: {4: 168, 6: 208},
    Protocol.TWAMP: {4: 144, 6: 184},
    Protocol.TCP: {4: 340, 6: 460},
    Protocol.HTTP: {4: 500, 6: 560},
    Protocol.HTTPS: {4: 2400, 6: 2700},
}
SLOWEST_S = 60.0
"""A metered uplink whose samples would have to be further apart than this is not sampled: they would say nothing."""


def paces_of(uplink: Uplink) -> dict[Protocol, int]:
    """Return the protocols that are sampled towards far ends of the uplink's own, with their seconds."""
    return {protocol: every for protocol in far_protocols(uplink) if (every := uplink.sampling.every_s(protocol))}


def far_protocols(uplink: Uplink) -> tuple[Protocol, ...]:
    """Return the protocols for which there is a far end of the uplink's own."""
    if uplink.reflector is not None:
        return tuple(Protocol)
    own = [target for target in uplink.plan.http if target.own]
    web = dict.fromkeys(Protocol.HTTPS if target.is_tls else Protocol.HTTP for target in own)
    twamp = () if uplink.sampling.twamp_responder == REFLECTOR else (Protocol.TWAMP,)
    return (Protocol.TCP, *web, *twamp) if web else twamp


def bytes_per_s(uplink: Uplink, family: Family) -> float:
    """Return what sampling costs at the configured intervals."""
    return sum(SAMPLE_BYTES[protocol][family] / every for protocol, every in paces_of(uplink).items())


def stretch_for(uplink: Uplink, family: Family, affordable_bytes_per_s: float) -> float | None:
    """Return by how much a metered uplink's intervals are stretched (1 or more) so that they cost no more than that.

    None: it is not to be sampled, or that would have to be too rarely.
    """
    wanted = bytes_per_s(uplink, family)
    if not uplink.sampling.on_metered or not wanted or affordable_bytes_per_s <= 0:
        return None
    stretch = max(1.0, wanted / affordable_bytes_per_s)
    return stretch if stretch * max(paces_of(uplink).values()) <= SLOWEST_S else None
