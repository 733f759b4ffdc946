"""What is sampled through one uplink towards far ends of its own: one far end for each protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from ispstatus.decide.cadence import MINUTE, STREAM_EVERY_S, TLS_EVERY_MIN, Allowance
from ispstatus.decide.sampling import paces_of
from ispstatus.model.series import Protocol
from ispstatus.model.uplink import REFLECTOR, Family, HttpTarget, Reflector, Sampling, Uplink

NO_CONTENT = 204
_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Task:
    """One protocol to one far end."""

    protocol: Protocol
    target: str
    """What its series is called."""
    address: str
    every_s: float
    port: int = 0
    url: str = ""
    status: int | None = None
    """Of a web answer; None: any 2xx."""
    is_verified: bool = False
    """Whether the far end must show a certificate for its name."""


def far_hosts(uplink: Uplink) -> tuple[str, ...]:
    """Return the names that must be resolved before the uplink can be sampled."""
    far = () if uplink.reflector is None else (uplink.reflector.host,)
    responder = [task.address for task in _responder_task(uplink.sampling)]
    return tuple(dict.fromkeys(host for host in (*far, *responder) if not is_literal(host)))


def wanted_of(uplink: Uplink) -> tuple[Task, ...]:
    """Return what is to be sampled, as configured: addresses are hosts, intervals are not stretched.

    A protocol has one far end: the reflector (twamp: the responder that is named), else the first own target.
    """
    found: dict[Protocol, Task] = {}
    for task in (*_responder_task(uplink.sampling), *_reflector_tasks(uplink.reflector), *_own_tasks(uplink)):
        found.setdefault(task.protocol, task)
    return tuple(replace(found[protocol], every_s=every_s) for protocol, every_s in paces_of(uplink).items())


def tasks_of(uplink: Uplink, family: Family, addresses: Mapping[str, str], stretch: float | None) -> tuple[Task, ...]:
    """Return what to sample, every interval ``stretch`` times as long; None: nothing.

    ``addresses`` are those of host names, learnt through the uplink. Far ends without an address of the family are left
    out.
    """
    if stretch is None:
        return ()
    return tuple(
        replace(task, address=address, every_s=task.every_s * stretch)
        for task in wanted_of(uplink)
        if (address := address_of(task.address, family, addresses)) is not None
    )


def every_s(uplink: Uplink, tasks: tuple[Task, ...], allowance: Allowance | None) -> dict[Protocol, float]:
    """Return how often each protocol is measured by whatever measures it: tasks, else the stream and the cycles."""
    checks_s = float(MINUTE if allowance is None else allowance.metering.checks_every_min * MINUTE)
    echo_s = STREAM_EVERY_S if allowance is None else allowance.stream_every_s or MINUTE
    return {
        Protocol.ICMP: echo_s * max(1, len(uplink.plan.ping)),
        Protocol.TCP: checks_s,
        Protocol.UDP: checks_s,
        Protocol.HTTP: checks_s,
        Protocol.HTTPS: max(checks_s, TLS_EVERY_MIN * MINUTE) if allowance is None else checks_s,
    } | {task.protocol: task.every_s for task in tasks}


def is_literal(host: str) -> bool:
    """Whether a host is an address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _reflector_tasks(reflector: Reflector | None) -> tuple[Task, ...]:
    if reflector is None:
        return ()
    host = f"[{reflector.host}]" if ":" in reflector.host else reflector.host

    def task(protocol: Protocol, port: int) -> Task:
        return Task(protocol, f"{host}:{port}", reflector.host, 0.0, port)

    def web(protocol: Protocol, port: int) -> Task:
        url = f"{protocol.value}://{host}:{port}/204"
        return Task(protocol, url, reflector.host, 0.0, port, url, NO_CONTENT)

    return (
        Task(Protocol.ICMP, reflector.host, reflector.host, 0.0),
        task(Protocol.TCP, reflector.tcp_port),
        task(Protocol.UDP, reflector.udp_port),
        task(Protocol.TWAMP, reflector.twamp_port),
        web(Protocol.HTTP, reflector.http_port),
        web(Protocol.HTTPS, reflector.https_port),
    )


def _responder_task(sampling: Sampling) -> tuple[Task, ...]:
    if sampling.twamp_responder == REFLECTOR:
        return ()
    parts = urlsplit(f"//{sampling.twamp_responder}")
    return (Task(Protocol.TWAMP, sampling.twamp_responder, parts.hostname or "", 0.0, parts.port or 0),)


def _own_tasks(uplink: Uplink) -> list[Task]:
    tasks = []
    for target in uplink.plan.http:
        if target.own:
            protocol = Protocol.HTTPS if target.is_tls else Protocol.HTTP
            host, port = endpoint_of(target)
            tasks.append(Task(Protocol.TCP, f"{host}:{port}", host, 0.0, port))
            tasks.append(Task(protocol, target.url, host, 0.0, port, target.url, target.status, is_verified=True))
    return tasks


def endpoint_of(target: HttpTarget) -> tuple[str, int]:
    """Return the host and the port a web check connects to."""
    parts = urlsplit(target.url)
    return parts.hostname or "", parts.port or _DEFAULT_PORT[parts.scheme]


def address_of(host: str, family: Family, addresses: Mapping[str, str]) -> str | None:
    """Return a host's address of the family, by itself or as learnt; None without one."""
    address = host if is_literal(host) else addresses.get(host)
    return address if address is not None and (6 if ":" in address else 4) == family else None
