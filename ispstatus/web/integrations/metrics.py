"""``/metrics``: the last verdicts for Prometheus."""

from collections.abc import Callable, Iterable

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from typing_extensions import override

from ispstatus import __version__
from ispstatus.model.report import UplinkReport
from ispstatus.model.state import State
from ispstatus.web.shared.deps import deps

bp = Blueprint("metrics", __name__)

ValueOf = Callable[[UplinkReport], float | None]


@bp.get("/metrics")
def get_metrics() -> ResponseReturnValue:
    """Tell the last verdicts in Prometheus' or OpenMetrics' text format."""
    registry = CollectorRegistry()
    registry.register(_Snapshot(deps().last_reports()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


class _Snapshot(Collector):
    def __init__(self, reports: tuple[UplinkReport, ...]) -> None:
        self._reports = reports

    @override
    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield every family; unmeasured values are left out."""
        info = GaugeMetricFamily("ispstatus_build_info", "Version of ispstatus.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield self._gauge("uplink_state", "2 up, 1 degraded, 0 down; absent while unknown.", _state)
        yield self._gauge("uplink_up", "1 while the uplink is usable (up or degraded), else 0.", _is_up)
        yield self._gauge("uplink_rtt_seconds", "Median round trip of the stream.", _rtt)
        yield self._gauge("uplink_loss_ratio", "Loss of the stream.", _loss)
        yield self._gauge("uplink_jitter_seconds", "Jitter of the stream.", _jitter)
        yield self._gauge("uplink_verdict_age_seconds", "Age of the last verdict.", lambda r: r.age_ms / 1000)

    def _gauge(self, name: str, text: str, value_of: ValueOf) -> GaugeMetricFamily:
        family = GaugeMetricFamily(f"ispstatus_{name}", text, labels=["uplink"])
        for report in self._reports:
            value = value_of(report)
            if value is not None:
                family.add_metric([report.uplink.name], value)
        return family


def _state(report: UplinkReport) -> float | None:
    return report.decision.state.code


def _is_up(report: UplinkReport) -> float | None:
    return None if report.decision.state is State.UNKNOWN else float(report.decision.state is not State.DOWN)


def _rtt(report: UplinkReport) -> float | None:
    quality = report.quality
    return None if quality is None or quality.latency_ms is None else quality.latency_ms / 1000


def _loss(report: UplinkReport) -> float | None:
    quality = report.quality
    return None if quality is None or quality.loss_pct is None else quality.loss_pct / 100


def _jitter(report: UplinkReport) -> float | None:
    quality = report.quality
    return None if quality is None or quality.jitter_ms is None else quality.jitter_ms / 1000
