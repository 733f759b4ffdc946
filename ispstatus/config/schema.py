"""The configuration file as models: every section, key, type, default and what it means.

``docs/reference/settings.md`` lists the same, for people; a test compares the two.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ispstatus.config import builtin
from ispstatus.config.values import (
    Address,
    AutoOrAddress,
    AutoOrBool,
    Endpoint,
    FarEndpoint,
    FilePath,
    Gateway,
    HostName,
    HostOrAddress,
    InterfaceName,
    Mark,
    MinutesOrOff,
    Moment,
    NetworkValue,
    Once,
    OneOrMore,
    OrAuto,
    Pace,
    Percentage,
    Port,
    PortOrOff,
    Table,
    TargetAddress,
    UnknownAs,
    UplinkName,
    Url,
    Zone,
    network,
)
from ispstatus.model.uplink import REFLECTOR

NetworkName = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=200)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=100)]
Networks = Annotated[list[NetworkValue], Once]
AtLeastOne = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A table of the file: strict types, no key we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Site(Section):
    """Who this box is."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    customer_id: Annotated[str, Field(min_length=1, max_length=64)] = "0"
    timezone: Zone = "UTC"


class Web(Section):
    """Where and to whom we answer."""

    listen: Annotated[list[Endpoint], Field(min_length=1), Once] = list(builtin.LISTEN)
    allow: Networks = Field(default_factory=lambda: [network(n) for n in builtin.ALLOW])
    allow_via_uplinks: Annotated[list[UplinkName], Once] = []
    downloads_allow: Networks = []
    trusted_proxies: Networks = []
    hosts: Annotated[list[HostOrAddress], Once] = []


class Status(Section):
    """How ``/api/status`` speaks."""

    unknown_as: UnknownAs = None


class Health(Section):
    """What ``/api/health`` looks at."""

    gap_window_h: Annotated[int, Field(ge=1, le=24 * 31)] = 1


class Paces(Section):
    """Seconds between the samples of each protocol towards far ends of our own; -1 is off."""

    icmp: Pace = 5
    tcp: Pace = 5
    udp: Pace = 5
    http: Pace = 5
    https: Pace = 5
    twamp: Pace = 5


class Insight(Section):
    """How the Insight API reads what it is asked, and what is sampled for it."""

    timezone: Zone = "UTC"
    every_s: Paces = Field(default_factory=Paces)
    on_metered: bool = False
    twamp_responder: FarEndpoint = REFLECTOR


class Ping(Section):
    """Somebody who should answer an echo; a text stands for its address alone."""

    address: TargetAddress
    network: NetworkName | None = None

    @model_validator(mode="before")
    @classmethod
    def from_text(cls, value: Any) -> Any:
        """Let a text stand for the table."""
        return {"address": value} if isinstance(value, str) else value


class Http(Section):
    """An HTTP(S) object that should be fetched; a text stands for its URL alone."""

    url: Url
    network: NetworkName | None = None
    status: Annotated[int, Field(ge=100, le=599)] | None = None
    body: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    nonce: bool = False
    own: bool = False
    private_ok: bool = False

    @model_validator(mode="before")
    @classmethod
    def from_text(cls, value: Any) -> Any:
        """Let a text stand for the table."""
        return {"url": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _nonce_is_for_own(self) -> Self:
        if self.nonce and not self.own:
            raise ValueError("has nonce = true without own = true: caches of others are not ours to bypass")
        return self


class Resolve(Section):
    """A name every resolver should know; a text stands for the name alone."""

    name: HostName
    expect: Annotated[list[Address], Once] = []

    @model_validator(mode="before")
    @classmethod
    def from_text(cls, value: Any) -> Any:
        """Let a text stand for the table."""
        return {"name": value} if isinstance(value, str) else value


class Probe(Section):
    """What is probed through every uplink that does not say otherwise."""

    ping: list[Ping] = Field(default_factory=lambda: [Ping(address=a) for a in builtin.PING])
    http: list[Http] = Field(default_factory=lambda: [Http.model_validate(t) for t in builtin.HTTP])
    resolvers: Annotated[Annotated[list[Address], Field(min_length=1), Once] | None, OrAuto] = None
    resolve: list[Resolve] = Field(default_factory=lambda: [Resolve(name=n) for n in builtin.RESOLVE])


class Limit(Section):
    """Where a figure becomes DEGRADED, and where it is clear again."""

    degraded_above: NotNegative
    clear_below: NotNegative

    @model_validator(mode="after")
    def _clear_lies_below(self) -> Self:
        if self.clear_below > self.degraded_above:
            raise ValueError("has clear_below over degraded_above: it must be the lower one, or the same")
        return self


class LossLimit(Limit):
    """The same for loss, in per cent."""

    degraded_above: Share
    clear_below: Share


class Quality(Section):
    """When an uplink that works counts as DEGRADED."""

    loss_pct: LossLimit = LossLimit(degraded_above=5, clear_below=2)
    latency_ms: Annotated[Limit | None, OrAuto] = None
    jitter_ms: Annotated[Limit | None, OrAuto] = None


class ReflectorPorts(Section):
    """Ports of our reflector."""

    http: Port = 12080
    https: Port = 12443
    tcp: Port = 12023
    udp: Port = 12024
    twamp: Port = 862
    throughput: Port = 12550
    iperf: Port = 12501


class Reflector(Section):
    """The far end we probe."""

    host: HostOrAddress
    ports: ReflectorPorts = Field(default_factory=ReflectorPorts)


class Throughput(Section):
    """How often, and against what, the uplinks' throughput is measured."""

    trains_every_min: MinutesOrOff = 60
    iperf_server: FarEndpoint | None = None
    iperf_every_min: Annotated[int, Field(ge=5)] = 120
    iperf_seconds: Annotated[int, Field(ge=1, le=60)] = 10
    iperf_udp_mbps: Positive = 10
    web_download: Url | None = None
    web_upload: Url | None = None
    web_every_min: Annotated[int, Field(ge=5)] = 120
    web_seconds: Annotated[int, Field(ge=1, le=60)] = 8
    metered_mb_month: Annotated[int, Field(ge=0)] = 0


class Position(Section):
    """Where this box is: fixed, or as gpsd says."""

    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    altitude_m: Annotated[float, Field(allow_inf_nan=False)] | None = None
    gpsd: FarEndpoint | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("has only one of latitude and longitude: give both, or none")
        if self.altitude_m is not None and self.latitude is None:
            raise ValueError("has an altitude_m without latitude and longitude")
        return self


class ReflectorServerPorts(Section):
    """Where each service of ``ispstatus reflector`` listens."""

    http: PortOrOff = 12080
    https: PortOrOff = 12443
    tcp: PortOrOff = 12023
    udp: PortOrOff = 12024
    twamp: PortOrOff = 862
    throughput: PortOrOff = 12550


class ReflectorServerCaps(Section):
    """How much ``ispstatus reflector`` does at most."""

    packets_per_s: AtLeastOne = 5000
    source_packets_per_s: AtLeastOne = 500
    connections: AtLeastOne = 512
    source_connections: AtLeastOne = 64
    mb_per_hour: AtLeastOne = 20_000
    source_mb_per_hour: AtLeastOne = 2000


class ReflectorServer(Section):
    """What ``ispstatus reflector`` listens on and answers."""

    listen: Annotated[list[Address], Field(min_length=1), Once, OneOrMore] = ["0.0.0.0"]  # noqa: S104 - ``allow`` guards
    allow: Annotated[Networks, Field(min_length=1)]
    ports: ReflectorServerPorts = Field(default_factory=ReflectorServerPorts)
    caps: ReflectorServerCaps = Field(default_factory=ReflectorServerCaps)
    certificate: FilePath | None = None
    key: FilePath | None = None
    sequence: Literal["stateful", "stateless"] = "stateful"

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("has only one of certificate and key: give both, or none for one signed by itself")
        return self


class MaintenanceEntry(Section):
    """One planned piece of work, excluded from the SLA of one uplink."""

    uplink: UplinkName
    start: Moment
    end: Moment
    reason: Text = ""
    reference: Text = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("ends before it starts: end must be later than start")
        return self


class Bandwidth(Section):
    """What the line carries by contract."""

    down: Positive | None = None
    up: Positive | None = None


class Expected(Section):
    """What the provider promised; printed on reports."""

    latency_ms: Positive | None = None
    stability_pct: Share | None = None
    loss_pct: Share | None = None


class Sla(Section):
    """The availability the uplink is held to."""

    target_pct: Percentage | None = None


class UplinkEntry(Section):
    """One way out of the box. Keys of [probe] and [quality] may stand here too and replace those."""

    name: UplinkName
    interface: InterfaceName
    was: Annotated[list[UplinkName], Once] = []
    source: AutoOrAddress = None
    gateway: Gateway = None
    gateway_required: AutoOrBool = None
    table: Table = None
    mark: Mark = 0
    nat: AutoOrBool = None
    metered: AutoOrBool = None
    probe_budget_mb_month: Annotated[int, Field(ge=1)] = 200
    carrier_fault: Literal["access", "local"] = "access"
    dns_required: bool = False
    require_ipv6: bool = False
    isp: Text | None = None
    circuit_id: Text | None = None
    network_type: Text | None = None
    hardware: Text | None = None
    details: Text | None = None
    bandwidth_mbps: Bandwidth = Field(default_factory=Bandwidth)
    expected: Expected = Field(default_factory=Expected)
    sla: Sla = Field(default_factory=Sla)
    ping: list[Ping] | None = None
    http: list[Http] | None = None
    resolvers: Annotated[Annotated[list[Address], Field(min_length=1), Once] | None, OrAuto] = None
    resolve: list[Resolve] | None = None
    loss_pct: LossLimit | None = None
    latency_ms: Annotated[Limit | None, OrAuto] = None
    jitter_ms: Annotated[Limit | None, OrAuto] = None
    reflector: Reflector | None = None


class ConfigFile(Section):
    """The whole file."""

    site: Site = Field(default_factory=Site)
    web: Web = Field(default_factory=Web)
    status: Status = Field(default_factory=Status)
    health: Health = Field(default_factory=Health)
    insight: Insight = Field(default_factory=Insight)
    probe: Probe = Field(default_factory=Probe)
    quality: Quality = Field(default_factory=Quality)
    reflector: Reflector | None = None
    reflector_server: ReflectorServer | None = None
    throughput: Throughput = Field(default_factory=Throughput)
    position: Position = Field(default_factory=Position)
    maintenance: list[MaintenanceEntry] = []
    uplink: list[UplinkEntry] = []
