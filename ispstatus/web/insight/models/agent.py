"""What was measured of one agent."""
# ruff: noqa: N815  the contract's own names

from typing import Annotated, Literal

from pydantic import Field, RootModel

from ispstatus.web.insight.models.words import Mbps, OfAgent, ProtocolName, Signed, Text, Timed
from ispstatus.web.shared.models import Answer, Milliseconds, Moment, Percent


class CiV2Kpis(Answer):
    """Connectivity figures."""

    tcpMs: Milliseconds | None
    """Mean time of a TCP connect, last 10 s."""
    udpMs: Milliseconds | None
    """Mean round trip of a datagram, last 10 s."""
    httpMs: Milliseconds | None
    """Mean time of a request on a warm connection, last 10 s."""
    httpsMs: Milliseconds | None
    """Mean time of a resumed TLS session and a request, last 10 s."""
    icmpMs: Milliseconds | None
    """Mean round trip of an echo, last 10 s."""
    twampMs: Milliseconds | None
    """Mean round trip without the reflector's own time, last 10 s."""
    downloadThroughputMbps: Mbps | None
    """Newest test of the last 12 h."""
    uploadThroughputMbps: Mbps | None
    """Newest test of the last 12 h."""
    throughputSource: str | None
    """How it was tested: train, iperf_tcp, web."""
    throughputTime: Moment | None
    """When it was tested."""
    networkLatencyMs: Milliseconds | None
    """Mean of icmp and twamp."""
    applicationLatencyMs: Milliseconds | None
    """Mean of tcp, udp, http, https."""
    packetLossRatePercent: Percent | None
    """Lost of sent, last 5 min; 100 while the uplink is down."""
    jitterMs: Milliseconds | None
    """Mean difference of consecutive round trips, last 5 min."""
    qualityOfExperience: Annotated[float, Field(ge=0, le=5)] | None
    """0 to 5, last 30 s; 0 while the uplink is down."""
    mos: Annotated[float, Field(ge=1, le=4.5)] | None
    """Mean opinion score of a call, ITU-T G.107, last 30 s."""


class CiKpis(CiV2Kpis):
    """Connectivity figures and what is expected of them."""

    volatilityPercent: Percent | None
    """100 x (max - min) / max, last 5 min."""
    coefficientOfVariationPercent: Annotated[float, Field(ge=0)] | None
    """100 x standard deviation / mean, last 5 min."""
    networkStabilityPercent: Percent | None
    """100 less variation, loss and events, last 5 min; 0 while the uplink is down."""
    connectivityHealth: Literal["Good", "Warning", "Need Attention"]
    """How that compares with what is expected."""
    expectedLatencyMS: Milliseconds
    """As configured, else 30."""
    expectedStabilityPercent: Percent
    """As configured, else 95."""
    expectedPacketLossPercent: Percent
    """As configured, else 0.1."""


class CiAttributes(Answer):
    """Who the agent is."""

    time: Moment | None
    """Of the newest sample used."""
    agentName: str
    """The uplink's name."""
    hardware: str
    """As reported; empty when unknown."""
    networkName: str
    """The provider."""
    networkType: str
    """As configured or reported."""
    gpsPos: str
    """`latitude,longitude`; empty when unknown."""
    details: str
    """As configured or reported."""


class ApiNotes(Answer):
    """What answered."""

    comment: str
    """Product and version."""
    documentation: str
    """Where to read on."""


class CiAnswer(OfAgent):
    """/api/v1/ci."""

    AgentID: str
    """The same as `agentID`: some clients look for this one."""
    KPIs: CiKpis
    """The figures."""
    Attributes: CiAttributes
    """Who the agent is."""
    APInotes: ApiNotes
    """What answered."""
    windowSeconds: dict[ProtocolName, float]
    """The window of each protocol's latency: 10 s, or long enough for two samples where they are taken more slowly."""


class CiV2Answer(Timed):
    """/v2/ci: without what is expected and what is judged by it."""

    AgentID: str
    """The same as `agentID`."""
    KPIs: CiV2Kpis
    """The figures."""
    windowSeconds: dict[ProtocolName, float]
    """The window of each protocol's latency."""


class LifbeAnswer(Timed):
    """/api/v1/lifbe."""

    lifbeDownload: Mbps | None
    """Estimate of the newest packet train of the last 2 h, Mbit/s."""
    lifbeUpload: Mbps | None
    """The same, up."""
    jitterDownload: Milliseconds | None
    """Of the train, RFC 3550."""
    jitterUpload: Milliseconds | None
    """The same, up."""
    packetLossDownload: Percent | None
    """Of the newest train of the last 12 h."""
    packetLossUpload: Percent | None
    """The same, up."""
    networkInterface: Literal["ETHERNET", "WIFI", "MOBILE"]
    """What kind of interface the agent uses."""
    networkType: str
    """Like MOBILE_5G; FIXED for a line."""


class LatencyRow(OfAgent):
    """One sample."""

    time: Moment
    """When it was taken."""
    measurement: Literal["tcp_result", "udp_result", "http_result", "https_result", "icmp_result", "twamp_result"]
    """Its protocol."""
    value: Milliseconds
    """Milliseconds."""


class LatencyPivot(OfAgent):
    """Five seconds, or as many as `X-Bucket-Seconds` says."""

    time: Moment
    """Their start."""
    tcp: Milliseconds | None
    """Mean of the answers in them; null without one."""
    udp: Milliseconds | None
    """The same."""
    http: Milliseconds | None
    """The same."""
    https: Milliseconds | None
    """The same."""
    twamp: Milliseconds | None
    """The same."""
    icmp: Milliseconds | None
    """The same."""


class LatencyRows(RootModel[list[LatencyRow]]):
    """/api/v1/latency with `protocol`, oldest first. Lost samples are absent."""


class LatencyTable(RootModel[list[LatencyPivot]]):
    """/api/v1/latency without `protocol`, oldest first."""


class GeolocAnswer(Timed):
    """/api/v1/geoloc."""

    altitude: Text | None
    """Metres above sea level, as text."""
    latitude: Text | None
    """Degrees north, as text."""
    longitude: Text | None
    """Degrees east, as text."""
    applicationLatency: Milliseconds | None
    """Mean of tcp, udp, http, https at that time."""


class GeolocHistory(RootModel[list[GeolocAnswer]]):
    """/api/v1/geoloc with `time_range`, oldest first."""


class TwampAnswer(Timed):
    """/api/v1/twamp: the newest sample of the last 5 minutes."""

    TwampFwdDeltaMs: Signed | None
    """T2 - T1, from our clock to the reflector's."""
    TwampRevDeltaMs: Signed | None
    """T4 - T3, from the reflector's clock to ours."""
    TwampProcDeltaMs: Signed | None
    """T3 - T2, within the reflector."""
    TWAMPfwdDelta: Signed | None
    """The same as `TwampFwdDeltaMs`: some clients look for this one."""
    TWAMPRevDelta: Signed | None
    """The same as `TwampRevDeltaMs`."""
    TWAMPProcDelta: Signed | None
    """The same as `TwampProcDeltaMs`."""
    clockSynchronized: bool | None
    """Whether both sides claimed a synchronised clock."""


class ForecastAnswer(Timed):
    """/api/v1/forecast."""

    projectedLatencyMs: Milliseconds | None
    """Expected of the next minute."""
    forecastingIntervalMs: Milliseconds | None
    """Half the width of a 95 % interval."""
    confidenceLevel: Percent | None
    """Percent."""


class RadioAnswer(Timed):
    """/api/v1/radio: numbers are text."""

    networkName: str | None
    """The operator."""
    networkType: str | None
    """Like 5G, 4G LTE."""
    cellID: Text | None
    """Cell id, decimal."""
    SINR_dB: Text | None
    """Signal to noise and interference."""
    RSSI_dBm: Text | None
    """Received signal strength."""
    RSRP_dBm: Text | None
    """Reference signal received power."""
    RSRQ_dB: Text | None
    """Reference signal received quality."""
    ECIO_dB: Text | None
    """Signal to interference of 3G."""
    PCI: Text | None
    """Physical cell id."""


class RadioHistory(RootModel[list[RadioAnswer]]):
    """/api/v1/radio with a time, oldest first."""


class IperfRates(Answer):
    """One kind of test."""

    downloadThroughputMbps: Mbps | None
    """What the receiver got."""
    uploadThroughputMbps: Mbps | None
    """The same, up."""


class IperfAnswer(Timed):
    """/api/v1/iperf: the newest tests of the last 12 h."""

    tcp: IperfRates | None
    """null without a test."""
    udp: IperfRates | None
    """null without a test."""
