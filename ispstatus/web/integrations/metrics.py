"""``/metrics``: the last verdicts for Prometheus. Units are base units; what was not measured is absent, never 0."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from ispstatus import __version__
from ispstatus.model.errors import StorageError
from ispstatus.model.quality import TargetQuality
from ispstatus.model.report import UplinkReport
from ispstatus.model.sample import Outcome
from ispstatus.model.state import State
from ispstatus.queries.history import availability_30d
from ispstatus.web.shared.deps import Deps, deps
from ispstatus.web.shared.figures import present_quality
from ispstatus.web.shared.health import judge_health, look
from ispstatus.web.shared.machine import rss_bytes

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

bp = Blueprint("metrics", __name__)

Value = tuple[dict[str, str], float | None]
Family = tuple[str, str, Iterable[Value]]
"""Name without prefix, help, values by label."""


@bp.get("/metrics")
def get_metrics() -> ResponseReturnValue:
    """Tell the last verdicts in Prometheus' or OpenMetrics' text format."""
    from prometheus_client import CollectorRegistry  # only a box that is scraped pays for it
    from prometheus_client.exposition import choose_encoder

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(deps()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type, headers={"Cache-Control": "no-store"})


class _Snapshot:
    """A collector over what is known at this moment."""

    def __init__(self, known: Deps) -> None:
        self._deps = known

    def describe(self) -> "list[Metric]":
        """Promise nothing: labels depend on the uplinks."""
        return []

    def collect(self) -> "Iterator[Metric]":
        """Yield every family that has a value."""
        from prometheus_client.core import GaugeMetricFamily

        for name, text, values in _families(self._deps, self._deps.last_reports()):
            family: GaugeMetricFamily | None = None
            for labels, value in values:
                family = family or GaugeMetricFamily(f"ispstatus_{name}", text, labels=list(labels))
                if value is not None:
                    family.add_metric(list(labels.values()), value)
            if family is not None:
                yield family


def _families(known: Deps, reports: tuple[UplinkReport, ...]) -> Iterator[Family]:
    yield "build_info", "Version of ispstatus.", [({"version": __version__}, 1)]
    yield from _engine(known)
    for name, text, value_of in _PER_UPLINK:
        yield name, text, [({"uplink": report.uplink.name}, value_of(report)) for report in reports]
    yield "uplink_availability_ratio", "Usable of measured seconds.", _availability(known, reports)
    yield "probe_success", "1 if the check of the last cycle was ok, 0 if not; absent if unmeasured.", _success(reports)
    yield "probe_rtt_seconds", "Median round trip of the stream to a target.", _target_rtts(reports)
    yield "probe_loss_ratio", "Loss of the stream to a target, of its last 60 echoes.", _target_losses(reports)


def _engine(known: Deps) -> Iterator[Family]:
    health = judge_health(look(known))
    yield "engine_ok", "1 while /api/health says ok; about the monitor, not the network.", [({}, float(health.ok))]
    rss = rss_bytes()
    yield "process_resident_memory_bytes", "Resident memory of the daemon.", [({}, rss)]


def _availability(known: Deps, reports: tuple[UplinkReport, ...]) -> Iterator[Value]:
    with suppress(StorageError):
        for report in reports:
            pct = availability_30d(known.reader, report.uplink, known.now())
            yield {"uplink": report.uplink.name, "window": "30d"}, _ratio(pct)


def _success(reports: tuple[UplinkReport, ...]) -> Iterator[Value]:
    for report in reports:
        if report.evidence is None:
            continue
        checks = [("ping", sample.target, sample.outcome) for sample in report.evidence.pings]
        checks += [("http", sample.url, sample.outcome) for sample in report.evidence.https]
        checks += [("dns", sample.resolver, sample.outcome) for sample in report.evidence.dns]
        for kind, target, outcome in dict.fromkeys(checks):
            value = float(outcome is Outcome.OK) if outcome.is_measured else None
            yield {"uplink": report.uplink.name, "kind": kind, "target": target}, value


def _target_rtts(reports: tuple[UplinkReport, ...]) -> Iterator[Value]:
    for labels, figures in _targets(reports):
        yield labels, _seconds(figures.latency_ms)


def _target_losses(reports: tuple[UplinkReport, ...]) -> Iterator[Value]:
    for labels, figures in _targets(reports):
        yield labels, figures.lost / figures.sent if figures.sent else None


def _targets(reports: tuple[UplinkReport, ...]) -> Iterator[tuple[dict[str, str], TargetQuality]]:
    for report in reports:
        quality = present_quality(report)
        for figures in quality.targets if quality else ():
            yield {"uplink": report.uplink.name, "kind": "ping", "target": figures.target}, figures


def _state(report: UplinkReport) -> float | None:
    return report.decision.state.code


def _is_up(report: UplinkReport) -> float | None:
    return None if report.decision.state is State.UNKNOWN else float(report.decision.state is not State.DOWN)


def _rtt(report: UplinkReport) -> float | None:
    quality = present_quality(report)
    return _seconds(quality.latency_ms) if quality else None


def _loss(report: UplinkReport) -> float | None:
    quality = present_quality(report)
    return _ratio(quality.loss_pct) if quality else None


def _jitter(report: UplinkReport) -> float | None:
    quality = present_quality(report)
    return _seconds(quality.jitter_ms) if quality else None


def _measured(report: UplinkReport) -> float | None:
    return None if report.measured_at is None else report.measured_at.timestamp()


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else round(ms / 1000, 9)


def _ratio(pct: float | None) -> float | None:
    return None if pct is None else round(pct / 100, 6)


_PER_UPLINK: tuple[tuple[str, str, Callable[[UplinkReport], float | None]], ...] = (
    ("uplink_state", "2 up, 1 degraded, 0 down; absent while unknown.", _state),
    ("uplink_up", "1 while the uplink is usable (up or degraded), 0 while down; absent while unknown.", _is_up),
    ("uplink_state_since_timestamp_seconds", "When the present state began.", lambda r: r.since_at.timestamp()),
    ("uplink_rtt_seconds", "Median round trip, median over the answering targets.", _rtt),
    ("uplink_loss_ratio", "Loss, median over the answering targets.", _loss),
    ("uplink_jitter_seconds", "Jitter, median over the answering targets.", _jitter),
    ("uplink_verdict_age_seconds", "Age of the last verdict.", lambda r: r.age_ms / 1000),
    ("last_cycle_timestamp_seconds", "When the evidence of the last verdict was complete.", _measured),
)
