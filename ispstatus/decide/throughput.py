"""What throughput tests cost in bytes, both directions together."""

from ispstatus.model.settings import ThroughputSettings
from ispstatus.model.throughput import Method
from ispstatus.model.uplink import Contract

MBIT_BYTES = 1_000_000 / 8


def test_bytes(
    method: Method, contract: Contract, settings: ThroughputSettings, *, train_bytes: int, web_bytes: int
) -> float | None:
    """Return what one test moves at most; None when that is as much as the line carries and nobody said how much it is.

    ``train_bytes``: the packet trains of a test; ``web_bytes``: the most one transfer over HTTP moves.
    """
    down, up = contract.down_mbps, contract.up_mbps
    match method:
        case Method.TRAIN:
            return train_bytes
        case Method.IPERF_UDP:
            rates = (down or settings.iperf_udp_mbps) + (up or settings.iperf_udp_mbps)
            return rates * MBIT_BYTES * settings.iperf_seconds
        case Method.IPERF_TCP:
            return None if down is None or up is None else (down + up) * MBIT_BYTES * settings.iperf_seconds
        case Method.WEB:
            rates_of = ((settings.web_download, down), (settings.web_upload, up))
            asked = [rate for url, rate in rates_of if url is not None]
            return sum(web_bytes if rate is None else min(web_bytes, _moved(rate, settings)) for rate in asked)


def _moved(mbps: float, settings: ThroughputSettings) -> float:
    return mbps * MBIT_BYTES * settings.web_seconds
