"""From the file's models to the settings the program uses: defaults joined, names and twins filled in."""

import platform
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ispstatus.config import builtin
from ispstatus.config.schema import (
    ConfigFile,
    Http,
    Limit,
    MaintenanceEntry,
    Ping,
    Resolve,
    UplinkEntry,
    Web,
)
from ispstatus.config.schema import Reflector as ReflectorSection
from ispstatus.config.schema import ReflectorServer as ReflectorServerSection
from ispstatus.model.settings import (
    InsightSettings,
    Maintenance,
    PositionSettings,
    ReflectorCaps,
    ReflectorPorts,
    ReflectorServer,
    Settings,
    SiteSettings,
    ThroughputSettings,
    WebSettings,
)
from ispstatus.model.state import Fault
from ispstatus.model.uplink import (
    Contract,
    HttpTarget,
    PingTarget,
    ProbePlan,
    QualityLimits,
    Reflector,
    ResolveTarget,
    Sampling,
    Threshold,
    Uplink,
)


def build(file: ConfigFile, state_dir: Path, config_file: Path | None) -> Settings:
    """Return the settings a checked file means; uplinks carry ``id=0``, in the file's order."""
    plan, limits, reflector = _plan(file.probe), _limits(file.quality), _reflector(file.reflector)
    sampling = Sampling(
        **file.insight.every_s.model_dump(),
        on_metered=file.insight.on_metered,
        twamp_responder=file.insight.twamp_responder,
    )
    present = {old: uplink.name for uplink in file.uplink for old in uplink.was}
    return Settings(
        site=SiteSettings(file.site.name or platform.node() or "ispstatus", file.site.customer_id, file.site.timezone),
        web=_web(file.web),
        unknown_as=file.status.unknown_as,
        gap_window_h=file.health.gap_window_h,
        uplinks=tuple(replace(_uplink(entry, plan, limits, reflector), sampling=sampling) for entry in file.uplink),
        plan=plan,
        limits=limits,
        maintenance=tuple(_maintenance(entry, present.get(entry.uplink, entry.uplink)) for entry in file.maintenance),
        state_dir=state_dir,
        config_file=config_file,
        reflector=reflector,
        reflector_server=_reflector_server(file.reflector_server),
        insight=InsightSettings(file.insight.timezone, sampling),
        throughput=ThroughputSettings(**file.throughput.model_dump()),
        position=PositionSettings(**file.position.model_dump()),
    )


def ping_targets(targets: Iterable[Ping]) -> tuple[PingTarget, ...]:
    """Return targets with their networks, and the IPv6 twins of those we know (of the same network) behind them."""
    named = [PingTarget(t.address, t.network or builtin.NETWORK_OF_ADDRESS.get(t.address, t.address)) for t in targets]
    listed = {target.address for target in named}
    return (*named, *(twin for twin in _twins(named) if twin.address not in listed))


def _twins(targets: Iterable[PingTarget]) -> Iterator[PingTarget]:
    for target in targets:
        if target.address in builtin.IPV6_TWIN:
            yield PingTarget(builtin.IPV6_TWIN[target.address], target.network)


def _plan(section: Any) -> ProbePlan:
    return ProbePlan(
        ping=ping_targets(section.ping),
        http=tuple(_http(target) for target in section.http),
        resolvers=tuple(section.resolvers) if section.resolvers else None,
        resolve=tuple(_resolve(target) for target in section.resolve),
    )


def _http(target: Http) -> HttpTarget:
    host = urlsplit(target.url).hostname or target.url
    network = target.network or builtin.NETWORK_OF_HOST.get(host, builtin.NETWORK_OF_ADDRESS.get(host, host))
    return HttpTarget(
        url=target.url,
        network=network,
        status=target.status,
        body=target.body,
        nonce=target.nonce,
        own=target.own,
        private_ok=target.private_ok,
    )


def _resolve(target: Resolve) -> ResolveTarget:
    return ResolveTarget(target.name, tuple(target.expect))


def _limits(section: Any) -> QualityLimits:
    loss = Threshold(section.loss_pct.degraded_above, section.loss_pct.clear_below)
    return QualityLimits(loss, _threshold(section.latency_ms), _threshold(section.jitter_ms))


def _threshold(limit: Limit | None) -> Threshold | None:
    return Threshold(limit.degraded_above, limit.clear_below) if limit else None


def _web(section: Web) -> WebSettings:
    return WebSettings(
        listen=tuple(section.listen),
        allow=tuple(section.allow),
        allow_via_uplinks=tuple(section.allow_via_uplinks),
        downloads_allow=tuple(section.downloads_allow),
        trusted_proxies=tuple(section.trusted_proxies),
        hosts=tuple(section.hosts),
    )


def _maintenance(entry: MaintenanceEntry, uplink: str) -> Maintenance:
    return Maintenance(uplink, entry.start, entry.end, entry.reason, entry.reference)


def _reflector(section: ReflectorSection | None) -> Reflector | None:
    if section is None:
        return None
    return Reflector(section.host, **{f"{name}_port": port for name, port in section.ports.model_dump().items()})


def _reflector_server(section: ReflectorServerSection | None) -> ReflectorServer | None:
    if section is None:
        return None
    return ReflectorServer(
        listen=tuple(section.listen),
        allow=tuple(section.allow),
        ports=ReflectorPorts(**section.ports.model_dump()),
        caps=ReflectorCaps(**section.caps.model_dump()),
        certificate=section.certificate,
        key=section.key,
        is_stateful=section.sequence == "stateful",
    )


def _uplink(entry: UplinkEntry, plan: ProbePlan, limits: QualityLimits, reflector: Reflector | None) -> Uplink:
    return Uplink(
        id=0,
        name=entry.name,
        interface=entry.interface,
        plan=_own_plan(entry, plan),
        limits=_own_limits(entry, limits),
        contract=_contract(entry),
        source=entry.source,
        gateway=entry.gateway,
        table=entry.table,
        mark=entry.mark,
        gateway_required=entry.gateway_required,
        nat=entry.nat,
        metered=entry.metered,
        budget_mb_month=entry.probe_budget_mb_month,
        carrier_fault=Fault(entry.carrier_fault),
        dns_required=entry.dns_required,
        require_ipv6=entry.require_ipv6,
        was=tuple(entry.was),
        reflector=_reflector(entry.reflector) or reflector,
    )


def _own_plan(entry: UplinkEntry, plan: ProbePlan) -> ProbePlan:
    """Join the uplink's own probe keys with the defaults; ``resolvers = "auto"`` undoes a list, so presence counts."""
    resolvers = tuple(entry.resolvers) if entry.resolvers else None
    return ProbePlan(
        ping=plan.ping if entry.ping is None else ping_targets(entry.ping),
        http=plan.http if entry.http is None else tuple(_http(target) for target in entry.http),
        resolvers=resolvers if "resolvers" in entry.model_fields_set else plan.resolvers,
        resolve=plan.resolve if entry.resolve is None else tuple(_resolve(target) for target in entry.resolve),
    )


def _own_limits(entry: UplinkEntry, limits: QualityLimits) -> QualityLimits:
    given = entry.model_fields_set
    loss = entry.loss_pct
    return QualityLimits(
        loss_pct=Threshold(loss.degraded_above, loss.clear_below) if loss else limits.loss_pct,
        latency_ms=_threshold(entry.latency_ms) if "latency_ms" in given else limits.latency_ms,
        jitter_ms=_threshold(entry.jitter_ms) if "jitter_ms" in given else limits.jitter_ms,
    )


def _contract(entry: UplinkEntry) -> Contract:
    return Contract(
        isp=entry.isp,
        circuit_id=entry.circuit_id,
        network_type=entry.network_type,
        hardware=entry.hardware,
        details=entry.details,
        down_mbps=entry.bandwidth_mbps.down,
        up_mbps=entry.bandwidth_mbps.up,
        expected_latency_ms=entry.expected.latency_ms,
        expected_stability_pct=entry.expected.stability_pct,
        expected_loss_pct=entry.expected.loss_pct,
        sla_target_pct=entry.sla.target_pct,
    )
