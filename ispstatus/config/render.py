"""Settings back to TOML: what is in force, every default spelled out, loadable as it stands."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ispstatus.config.values import OFF_PACE
from ispstatus.model.series import Protocol
from ispstatus.model.settings import (
    InsightSettings,
    Maintenance,
    Network,
    PositionSettings,
    ReflectorServer,
    Settings,
)
from ispstatus.model.uplink import HttpTarget, ProbePlan, QualityLimits, Reflector, ResolveTarget, Threshold, Uplink

AUTO = "auto"
_MOST_LINE_CHARS = 110


def render(settings: Settings, *, uplinks: Sequence[Uplink] | None = None) -> str:
    """Return the effective configuration as the text of a file.

    ``uplinks`` replaces the configured ones, e.g. by those detected. Loading the text gives equal settings.
    A key an uplink shares with [probe], [quality] or [reflector] is written there only.
    """
    sections = [
        _section("site", asdict(settings.site)),
        _section("web", _web(settings)),
        _section("status", {"unknown_as": "null" if settings.unknown_as is None else settings.unknown_as}),
        _section("health", {"gap_window_h": settings.gap_window_h}),
        _section("insight", _insight(settings.insight)),
        _section("probe", _plan(settings.plan)),
        _section("quality", _limits(settings.limits)),
        *_reflectors(settings),
        _section("throughput", _throughput(settings)),
        *([_section("position", asdict(settings.position))] if settings.position != PositionSettings() else []),
        *(_section("[maintenance]", _maintenance(entry)) for entry in settings.maintenance),
        *(
            _section("[uplink]", dict(_uplink(uplink, settings)))
            for uplink in (settings.uplinks if uplinks is None else uplinks)
        ),
    ]
    return "\n".join(sections)


def _section(name: str, values: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in values.items() if value is not None]
    return "\n".join([f"[{name}]", *lines, ""])


def _web(settings: Settings) -> dict[str, Any]:
    web = settings.web
    return {
        "listen": web.listen,
        "allow": _networks(web.allow),
        "allow_via_uplinks": web.allow_via_uplinks,
        "downloads_allow": _networks(web.downloads_allow),
        "trusted_proxies": _networks(web.trusted_proxies),
        "hosts": web.hosts,
    }


def _insight(insight: InsightSettings) -> dict[str, Any]:
    sampling = insight.sampling
    every_s = {protocol.value: sampling.every_s(protocol) or OFF_PACE for protocol in Protocol}
    return {
        "timezone": insight.timezone,
        "every_s": every_s,
        "on_metered": sampling.on_metered,
        "twamp_responder": sampling.twamp_responder,
    }


def _networks(networks: Sequence[Network]) -> list[str]:
    return [str(network) for network in networks]


def _plan(plan: ProbePlan) -> dict[str, Any]:
    return {
        "ping": [{"address": target.address, "network": target.network} for target in plan.ping],
        "http": [_http(target) for target in plan.http],
        "resolvers": AUTO if plan.resolvers is None else plan.resolvers,
        "resolve": [_resolve(target) for target in plan.resolve],
    }


def _http(target: HttpTarget) -> dict[str, Any]:
    shown = {"url": target.url, "network": target.network, "status": target.status, "body": target.body}
    flags = {"nonce": target.nonce, "own": target.own, "private_ok": target.private_ok}
    return shown | {key: True for key, is_set in flags.items() if is_set}


def _resolve(target: ResolveTarget) -> str | dict[str, Any]:
    return {"name": target.name, "expect": target.expect} if target.expect else target.name


def _limits(limits: QualityLimits) -> dict[str, Any]:
    return {
        "loss_pct": _threshold(limits.loss_pct),
        "latency_ms": _threshold(limits.latency_ms),
        "jitter_ms": _threshold(limits.jitter_ms),
    }


def _threshold(threshold: Threshold | None) -> Any:
    return AUTO if threshold is None else asdict(threshold)


def _reflectors(settings: Settings) -> Iterator[str]:
    if settings.reflector is not None:
        yield _section("reflector", _reflector(settings.reflector))
    if settings.reflector_server is not None:
        yield _section("reflector_server", _reflector_server(settings.reflector_server))


def _reflector(reflector: Reflector) -> dict[str, Any]:
    ports = asdict(reflector)
    host = ports.pop("host")
    return {"host": host, "ports": {name.removesuffix("_port"): port for name, port in ports.items()}}


def _throughput(settings: Settings) -> dict[str, Any]:
    values = asdict(settings.throughput)
    return values | {"trains_every_min": "off" if values["trains_every_min"] is None else values["trains_every_min"]}


def _reflector_server(server: ReflectorServer) -> dict[str, Any]:
    return {
        "listen": server.listen,
        "allow": _networks(server.allow),
        "ports": {name: "off" if port is None else port for name, port in asdict(server.ports).items()},
        "caps": asdict(server.caps),
        "certificate": server.certificate and str(server.certificate),
        "key": server.key and str(server.key),
        "sequence": "stateful" if server.is_stateful else "stateless",
    }


def _maintenance(entry: Maintenance) -> dict[str, Any]:
    return {
        "uplink": entry.uplink,
        "start": entry.start_at,
        "end": entry.end_at,
        "reason": entry.reason,
        "reference": entry.reference,
    }


def _uplink(uplink: Uplink, settings: Settings) -> Iterator[tuple[str, Any]]:
    yield "name", uplink.name
    yield "interface", uplink.interface
    yield "was", uplink.was or None
    yield "source", uplink.source or AUTO
    yield "gateway", uplink.gateway or AUTO
    yield "gateway_required", _auto(uplink.gateway_required)
    yield "table", _auto(uplink.table)
    yield "mark", uplink.mark
    yield "nat", _auto(uplink.nat)
    yield "metered", _auto(uplink.metered)
    yield "probe_budget_mb_month", uplink.budget_mb_month
    yield "carrier_fault", uplink.carrier_fault.value
    yield "dns_required", uplink.dns_required
    yield "require_ipv6", uplink.require_ipv6
    yield from _contract(uplink)
    yield from _differing(_plan(uplink.plan), _plan(settings.plan))
    yield from _differing(_limits(uplink.limits), _limits(settings.limits))
    if uplink.reflector is not None and uplink.reflector != settings.reflector:
        yield "reflector", _reflector(uplink.reflector)


def _contract(uplink: Uplink) -> Iterator[tuple[str, Any]]:
    contract = uplink.contract
    yield "isp", contract.isp
    yield "circuit_id", contract.circuit_id
    yield "network_type", contract.network_type
    yield "hardware", contract.hardware
    yield "details", contract.details
    yield "bandwidth_mbps", _given(down=contract.down_mbps, up=contract.up_mbps)
    yield (
        "expected",
        _given(
            latency_ms=contract.expected_latency_ms,
            stability_pct=contract.expected_stability_pct,
            loss_pct=contract.expected_loss_pct,
        ),
    )
    yield "sla", _given(target_pct=contract.sla_target_pct)


def _given(**values: Any) -> dict[str, Any] | None:
    return {key: value for key, value in values.items() if value is not None} or None


def _differing(own: Mapping[str, Any], shared: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in own.items():
        if value != shared[key]:
            yield key, value


def _auto(value: Any) -> Any:
    return AUTO if value is None else value


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _table(value)
    return _list([_value(item) for item in value]) if isinstance(value, list | tuple) else str(value)


def _table(values: Mapping[str, Any]) -> str:
    pairs = [f"{key} = {_value(value)}" for key, value in values.items() if value is not None]
    return f"{{ {', '.join(pairs)} }}" if pairs else "{}"


def _list(items: Sequence[str]) -> str:
    """Write a list on one line, or an item a line where it would be long."""
    line = f"[{', '.join(items)}]"
    return line if len(line) <= _MOST_LINE_CHARS else "\n".join(["[", *(f"  {item}," for item in items), "]"])
