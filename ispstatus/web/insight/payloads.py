"""The JSON shapes of what was measured of one agent: the contract's names, and its digits (milliseconds, Mbit/s and
percentages two, raw round trips and experience three)."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ispstatus import __version__
from ispstatus.analytics.forecast import Forecast
from ispstatus.analytics.kpis import QUALITY_S, Connectivity
from ispstatus.analytics.latest import KEPT_S, Latest
from ispstatus.model.radio import Position, PositionFix, RadioReading
from ispstatus.model.series import Protocol
from ispstatus.model.throughput import Flow, Throughput
from ispstatus.queries.insight.agents import Agent, Metadata
from ispstatus.queries.insight.throughput import Iperf, Trains
from ispstatus.web.shared.times import utc

Body = dict[str, Any]

NOTES = {
    "comment": f"Results from the ConnectivityInsight API of ispstatus {__version__}",
    "documentation": "Refer to /docs/reference/insight on this server for API details and data structure",
}


_GENERATION = re.compile(r"\b(5G|4G|LTE|3G|2G)\b", re.IGNORECASE)


def rounded(figure: float | None, digits: int = 2) -> float | None:
    """Return a figure as it is printed, never as -0.0; what was not measured stays None."""
    return None if figure is None else round(figure, digits) + 0.0


def at(ts: float | None) -> str | None:
    """Return an epoch second as it is written on the wire."""
    return None if ts is None else utc(datetime.fromtimestamp(ts, UTC))


def newest_at(latest: Latest, usual_s: float) -> str | None:
    """Return when the newest sample was sent that figures with windows of ``usual_s`` are made from; None without."""
    ages = ((latest.now_boot_s - one.sent_boot_s, one) for one in latest.samples)
    sent = [one.sent_boot_s for age_s, one in ages if age_s < latest.window_s(one.protocol, usual_s)]
    return at(latest.ts_of(max(sent))) if sent else None


# ---------------------------------------------------------------- agents
def listed_agent(agent: Agent, about: Metadata) -> Body:
    """Return one agent of the list with what is known of it."""
    profile = about.profile
    return {
        "id": str(agent.id),
        "name": agent.name,
        "networkName": profile.network_name,
        "networkType": profile.network_type,
        "hardware": profile.hardware,
        "details": profile.details,
        "gpsPosition": _gps(about.position),
    }


def _gps(where: Position | None) -> str:
    return "" if where is None else f"{_text(where.latitude)},{_text(where.longitude)}"


# ---------------------------------------------------------------- connectivity
def ci(agent: Agent, about: Metadata, figures: Connectivity, latest: Latest, newest: Throughput | None) -> Body:
    """Return the connectivity of an agent, what is expected of it, and who it is."""
    profile = about.profile
    return {
        "AgentID": str(agent.id),
        "KPIs": _kpis(figures, newest) | _judged(figures),
        "Attributes": {
            "time": newest_at(latest, QUALITY_S),
            "agentName": agent.name,
            "hardware": profile.hardware,
            "networkName": profile.network_name,
            "networkType": profile.network_type,
            "gpsPos": _gps(about.position),
            "details": profile.details,
        },
        "APInotes": NOTES,
        "windowSeconds": _windows(latest),
    }


def ci_v2(agent: Agent, figures: Connectivity, latest: Latest, newest: Throughput | None) -> Body:
    """Return the connectivity of an agent alone."""
    return {
        "AgentID": str(agent.id),
        "time": newest_at(latest, QUALITY_S),
        "KPIs": _kpis(figures, newest),
        "windowSeconds": _windows(latest),
    }


def _kpis(figures: Connectivity, newest: Throughput | None) -> Body:
    """Return the figures that ci and v2/ci have in common."""
    experience = figures.experience
    return {
        **{f"{protocol}Ms": rounded(figures.latency_ms[protocol]) for protocol in Protocol},
        "downloadThroughputMbps": _mbps(newest.down) if newest else None,
        "uploadThroughputMbps": _mbps(newest.up) if newest else None,
        "throughputSource": newest.method.value if newest else None,
        "throughputTime": at(newest.ended_ts) if newest else None,
        "networkLatencyMs": rounded(figures.network_latency_ms),
        "applicationLatencyMs": rounded(figures.application_latency_ms),
        "packetLossRatePercent": rounded(figures.packet_loss_pct),
        "jitterMs": rounded(figures.jitter_ms),
        "qualityOfExperience": rounded(experience.qoe, 3) if experience else None,
        "mos": rounded(experience.mos, 3) if experience else None,
    }


def _judged(figures: Connectivity) -> Body:
    """Return the figures that only ci has: steadiness, and what is expected."""
    return {
        "volatilityPercent": rounded(figures.volatility_pct),
        "coefficientOfVariationPercent": rounded(figures.variation_pct),
        "networkStabilityPercent": rounded(figures.stability_pct),
        "connectivityHealth": figures.health.value,
        "expectedLatencyMS": figures.expected.latency_ms,
        "expectedStabilityPercent": figures.expected.stability_pct,
        "expectedPacketLossPercent": figures.expected.loss_pct,
    }


def _windows(latest: Latest) -> dict[str, float]:
    """Return how long the window of each protocol's latency is, seconds."""
    return {protocol.value: latest.window_s(protocol) for protocol in Protocol}


# ---------------------------------------------------------------- latency
PIVOT_ORDER = (Protocol.TCP, Protocol.UDP, Protocol.HTTP, Protocol.HTTPS, Protocol.TWAMP, Protocol.ICMP)


def latency_rows(head: Body, protocol: Protocol, rows: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Yield the JSON of each answer, ``(epoch milliseconds, microseconds)``.

    Straight as text, as of tens of thousands: a whole microsecond is the third digit of a millisecond as it is.
    """
    start, middle = f'{_json(head)[:-1]},"time":"', f'","measurement":"{protocol}_result","value":'
    return (f"{start}{_moment(at_ms)}{middle}{us / 1000}}}" for at_ms, us in rows)


def latency_pivot(head: Body, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the JSON of each bucket, ``(epoch second, microseconds of each protocol in PIVOT_ORDER)``, likewise."""
    start = f'{_json(head)[:-1]},"time":"'
    columns = "".join(f',"{protocol}":%s' for protocol in PIVOT_ORDER)
    for ts, *means_us in rows:
        figures = tuple("null" if us is None else us / 1000 for us in means_us)
        yield f'{start}{_moment(ts * 1000)}"{columns % figures}}}'


def _json(body: Body) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _moment(at_ms: int) -> str:
    """Return epoch milliseconds as ``at`` writes them."""
    minute, within_ms = divmod(at_ms, 60_000)
    return f"{_minute(minute)}{within_ms // 1000:02d}.{within_ms % 1000:03d}Z"


@lru_cache(maxsize=64)
def _minute(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%M:}"


def twamp(latest: Latest) -> Body:
    """Return the three deltas under the names of the document and under those a known client reads."""
    deltas = latest.deltas
    forward, reverse, processing = (
        (None, None, None)
        if deltas is None
        else (rounded(deltas.forward_ms), rounded(deltas.reverse_ms), rounded(deltas.processing_ms))
    )
    return {
        "time": None if deltas is None else at(latest.ts_of(deltas.sent_boot_s)),
        "TwampFwdDeltaMs": forward,
        "TwampRevDeltaMs": reverse,
        "TwampProcDeltaMs": processing,
        "TWAMPfwdDelta": forward,
        "TWAMPRevDelta": reverse,
        "TWAMPProcDelta": processing,
        "clockSynchronized": None if deltas is None else deltas.is_clock_synchronised,
    }


def forecast(latest: Latest, found: Forecast) -> Body:
    """Return the forecast."""
    return {
        "time": newest_at(latest, KEPT_S),
        "projectedLatencyMs": rounded(found.projected_ms),
        "forecastingIntervalMs": rounded(found.interval_ms),
        "confidenceLevel": rounded(found.confidence_pct),
    }


# ---------------------------------------------------------------- throughput
def lifbe(agent: Agent, about: Metadata, found: Trains) -> Body:
    """Return what packet trains tell, and what kind of network that was."""
    newest, losses = found.rate, found.loss
    down, up = (newest.down, newest.up) if newest else (Flow(), Flow())
    lost_down, lost_up = (losses.down, losses.up) if losses else (Flow(), Flow())
    return {
        "time": at(newest.ended_ts) if newest else None,
        "lifbeDownload": _mbps(down),
        "lifbeUpload": _mbps(up),
        "jitterDownload": _ms(down.jitter_us),
        "jitterUpload": _ms(up.jitter_us),
        "packetLossDownload": _loss_pct(lost_down),
        "packetLossUpload": _loss_pct(lost_up),
        **_network(agent, about.profile.network_type),
    }


def _network(agent: Agent, network_type: str) -> Body:
    """Return what kind of interface and network an agent uses, as far as its device or its network tells."""
    device, generation = agent.uplink.interface if agent.uplink else "", _GENERATION.search(network_type)
    if device.startswith("wwan") or generation:
        return {
            "networkInterface": "MOBILE",
            "networkType": f"MOBILE_{generation[0].upper()}" if generation else "MOBILE",
        }
    is_wifi = device.startswith("wl") or "wifi" in network_type.lower().replace("-", "")
    return {"networkInterface": "WIFI" if is_wifi else "ETHERNET", "networkType": "FIXED"}


def iperf(found: Iperf) -> Body:
    """Return the newest test of each kind."""
    ended = [test.ended_ts for test in (found.tcp, found.udp) if test is not None]
    return {"time": at(max(ended, default=None)), "tcp": _rates(found.tcp), "udp": _rates(found.udp)}


def _rates(test: Throughput | None) -> Body | None:
    if test is None:
        return None
    return {"downloadThroughputMbps": _mbps(test.down), "uploadThroughputMbps": _mbps(test.up)}


def _mbps(flow: Flow) -> float | None:
    return None if flow.bps is None else rounded(flow.bps / 1e6)


def _ms(us: float | None) -> float | None:
    return None if us is None else rounded(us / 1000)


def _loss_pct(flow: Flow) -> float | None:
    return rounded(100 * flow.lost / flow.sent) if flow.sent and flow.lost is not None else None


# ---------------------------------------------------------------- radio and place
def radio(reading: RadioReading | None) -> Body:
    """Return a modem's reading; its numbers are text, and what it did not tell is null."""
    said = reading.radio if reading else None
    return {
        "time": at(reading.ts) if reading else None,
        "networkName": said and said.network_name,
        "networkType": said and said.network_type,
        "cellID": said and said.cell_id,
        "SINR_dB": said and _text(said.sinr_db),
        "RSSI_dBm": said and _text(said.rssi_dbm),
        "RSRP_dBm": said and _text(said.rsrp_dbm),
        "RSRQ_dB": said and _text(said.rsrq_db),
        "ECIO_dB": said and _text(said.ecio_db),
        "PCI": said and said.pci,
    }


def place(fix: PositionFix | None, application_ms: float | None) -> Body:
    """Return where an agent was, its numbers as text, and its latency there."""
    where = fix.position if fix else None
    return {
        "time": at(fix.ts) if fix else None,
        "altitude": where and _text(where.altitude_m),
        "latitude": where and _text(where.latitude),
        "longitude": where and _text(where.longitude),
        "applicationLatency": rounded(application_ms, 3),
    }


def _text(number: float | None) -> str | None:
    """Return a number as digits alone, seven of them behind the point at most: of a degree that is a centimetre."""
    return None if number is None else f"{round(number, 7) + 0.0:.7f}".rstrip("0").rstrip(".")
