"""What no single value can tell: keys and entries of one file that do not go together."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ispstatus.config.explain import Problem
from ispstatus.config.schema import ConfigFile, Http, Ping, Resolve, UplinkEntry


def contradictions(file: ConfigFile) -> list[Problem]:
    """Return every pair of settings that cannot both be meant, in the file's order."""
    found: list[Problem] = []
    for rule in _RULES:
        found += rule(file)
    return found


def _names_are_unique(file: ConfigFile) -> Iterator[Problem]:
    owner: dict[str, int] = {}
    for number, uplink in enumerate(file.uplink):
        for key, names in (("name", [uplink.name]), ("was", uplink.was)):
            for name in names:
                if name in owner:
                    words = f"is already a name of uplink {owner[name] + 1}; each needs its own"
                    yield ("uplink", number, key), name, words
                owner.setdefault(name, number)


def _bindings_differ(file: ConfigFile) -> Iterator[Problem]:
    owner: dict[tuple[str, str | None, int], str] = {}
    for number, uplink in enumerate(file.uplink):
        binding = (uplink.interface, uplink.source, uplink.mark)
        if binding in owner:
            words = (
                f'has the same interface, source and mark as uplink "{owner[binding]}": their probes would leave by '
                "the same way; give each its own source or mark"
            )
            yield ("uplink", number, "interface"), uplink.interface, words
        owner.setdefault(binding, uplink.name)


def _gateways_make_sense(file: ConfigFile) -> Iterator[Problem]:
    for number, uplink in enumerate(file.uplink):
        place = ("uplink", number)
        if uplink.gateway_required and uplink.gateway == "none":
            yield (*place, "gateway_required"), True, 'needs a gateway, but gateway is "none"; set one of the two'
        if uplink.gateway_required and uplink.nat:
            yield (*place, "gateway_required"), True, "cannot be with nat = true: a gateway behind NAT is never asked"
        if _families_differ(uplink):
            words = f"and source {uplink.source} must be of the same address family"
            yield (*place, "gateway"), uplink.gateway, words


def _families_differ(uplink: UplinkEntry) -> bool:
    if uplink.source is None or uplink.gateway in (None, "none"):
        return False
    return (":" in uplink.source) != (":" in str(uplink.gateway))


def _something_is_probed(file: ConfigFile) -> Iterator[Problem]:
    words = "and http are both empty: nothing could ever tell whether the uplink works; name at least one target"
    if not file.probe.ping and not file.probe.http:
        yield ("probe", "ping"), [], words
    for number, uplink in enumerate(file.uplink):
        ping = file.probe.ping if uplink.ping is None else uplink.ping
        http = file.probe.http if uplink.http is None else uplink.http
        says_so_itself = uplink.ping is not None or uplink.http is not None
        if says_so_itself and not ping and not http:
            yield ("uplink", number, "ping"), [], words


def _targets_are_unique(file: ConfigFile) -> Iterator[Problem]:
    places: list[tuple[tuple[str | int, ...], Any]] = [(("probe",), file.probe)]
    places += [(("uplink", number), uplink) for number, uplink in enumerate(file.uplink)]
    for place, section in places:
        yield from _repeated((*place, "ping"), section.ping or (), _address)
        yield from _repeated((*place, "http"), section.http or (), _url)
        yield from _repeated((*place, "resolve"), section.resolve or (), _name)


def _repeated(
    place: tuple[str | int, ...], targets: Sequence[Any], identity: Callable[[Any], str]
) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, target in enumerate(targets):
        if identity(target) in seen:
            yield (*place, number), identity(target), "stands there more than once; each target may stand there once"
        seen.add(identity(target))


def _address(target: Ping) -> str:
    return target.address


def _url(target: Http) -> str:
    return target.url


def _name(target: Resolve) -> str:
    return target.name


def _uplinks_exist(file: ConfigFile) -> Iterator[Problem]:
    """Names are checked only when the file has uplinks: detected ones are not known yet."""
    if not file.uplink:
        return
    current = [uplink.name for uplink in file.uplink]
    former = [name for uplink in file.uplink for name in uplink.was]
    words = f"is no uplink of this file; known: {', '.join(current)}"
    for number, entry in enumerate(file.maintenance):
        if entry.uplink not in (*current, *former):
            yield ("maintenance", number, "uplink"), entry.uplink, words
    for number, name in enumerate(file.web.allow_via_uplinks):
        if name not in current:
            yield ("web", "allow_via_uplinks", number), name, words


def _downloads_are_allowed(file: ConfigFile) -> Iterator[Problem]:
    """Downloads are a part of what is allowed, so a wider list would promise what the guard refuses before."""
    for number, wanted in enumerate(file.web.downloads_allow):
        if not any(wanted.version == net.version and wanted.subnet_of(net) for net in file.web.allow):
            words = "lies outside of allow, so its clients are refused before; add it to allow too, or narrow it"
            yield ("web", "downloads_allow", number), str(wanted), words


def _tests_have_a_far_end(file: ConfigFile) -> Iterator[Problem]:
    has_reflector = file.reflector is not None or any(uplink.reflector for uplink in file.uplink)
    if file.throughput.iperf_server == "reflector" and not has_reflector:
        words = "needs a [reflector]; name its host there, or a server here"
        yield ("throughput", "iperf_server"), "reflector", words
    if file.position.gpsd == "reflector":
        yield ("position", "gpsd"), "reflector", 'must be "HOST:PORT", e.g. "127.0.0.1:2947"'


_RULES: tuple[Callable[[ConfigFile], Iterator[Problem]], ...] = (
    _names_are_unique,
    _bindings_differ,
    _gateways_make_sense,
    _something_is_probed,
    _targets_are_unique,
    _uplinks_exist,
    _downloads_are_allowed,
    _tests_have_a_far_end,
)
