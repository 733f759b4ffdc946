"""What a throughput test moves, by hand."""

import pytest

from ispstatus.decide.throughput import test_bytes as bytes_of
from ispstatus.model.settings import ThroughputSettings
from ispstatus.model.throughput import Method
from ispstatus.model.uplink import Contract

TOLD = Contract(down_mbps=100.0, up_mbps=20.0)
URL = "http://far.example/garbage"


def cost(method: Method, contract: Contract, **settings: object) -> float | None:
    changed = ThroughputSettings(iperf_seconds=10, web_seconds=4, **settings)  # type: ignore[arg-type]
    return bytes_of(method, contract, changed, train_bytes=5_000, web_bytes=100_000_000)


@pytest.mark.parametrize(
    ("method", "contract", "moved"),
    [
        (Method.TRAIN, TOLD, 5_000),
        (Method.IPERF_TCP, TOLD, 150_000_000),
        (Method.IPERF_TCP, Contract(), None),
        (Method.IPERF_TCP, Contract(down_mbps=100.0), None),
        (Method.IPERF_UDP, TOLD, 150_000_000),
        (Method.IPERF_UDP, Contract(), 25_000_000),
        (Method.IPERF_UDP, Contract(up_mbps=2.0), 15_000_000),
    ],
)
def test_a_test_moves_what_the_line_carries_while_it_lasts(
    method: Method, contract: Contract, moved: float | None
) -> None:
    assert cost(method, contract) == moved


@pytest.mark.parametrize(
    ("contract", "urls", "moved"),
    [
        (TOLD, {"web_download": URL}, 50_000_000),
        (TOLD, {"web_download": URL, "web_upload": URL}, 60_000_000),
        (Contract(), {"web_upload": URL}, 100_000_000),
        (Contract(down_mbps=1000.0), {"web_download": URL}, 100_000_000),
    ],
)
def test_a_transfer_over_http_ends_with_the_object(contract: Contract, urls: dict[str, str], moved: float) -> None:
    assert cost(Method.WEB, contract, **urls) == moved
