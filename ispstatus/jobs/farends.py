"""Why far ends of an uplink's own are not sampled, or not heard: a sentence each, for whoever misses their numbers."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from ispstatus.jobs.tasks import address_of, is_literal, wanted_of
from ispstatus.model.net import Path
from ispstatus.model.series import Protocol, Sample
from ispstatus.model.uplink import Family, Uplink
from ispstatus.net.prove import Prover

SILENT_AFTER = 3
"""Samples of a protocol in a row without an answer after which a far end is called silent."""


def unproven(prover: Prover, path: Path, addresses: Iterable[str], generation: int) -> dict[str, str]:
    """Return the addresses that the kernel would send to by another way than ``path``, and how it would."""
    proofs = {address: prover.prove(path, [address], generation) for address in addresses}
    return {address: " ".join(proof.problems) for address, proof in proofs.items() if not proof.is_proven}


def not_afforded(uplink: Uplink) -> tuple[str, ...]:
    """Return the sentence for a metered uplink that is to be sampled and has no bytes for it."""
    hosts = dict.fromkeys(task.address for task in wanted_of(uplink))
    if not hosts or not uplink.sampling.on_metered:
        return ()
    return (f"{uplink.name}: the far end {', '.join(hosts)} is not sampled: the byte budget does not pay for it",)


def not_sampled(
    uplink: Uplink, family: Family, addresses: Mapping[str, str], unproven: Mapping[str, str]
) -> dict[str, str]:
    """Return a sentence for each far end that cannot be sampled, by its host.

    ``addresses`` are those of host names, ``unproven`` says of an address why the kernel would not send to it by the
    uplink.
    """
    hosts = dict.fromkeys(task.address for task in wanted_of(uplink))
    reasons = {host: _why_not(host, family, address_of(host, family, addresses), unproven) for host in hosts}
    return {
        host: f"{uplink.name}: the far end {host} is not sampled: {reason}"
        for host, reason in reasons.items()
        if reason is not None
    }


def not_heard(uplink: Uplink, samples: Sequence[Sample]) -> dict[str, str]:
    """Return a sentence for each far end that left the last samples of a protocol unanswered, by its host."""
    last: dict[Protocol, deque[float | None]] = {protocol: deque(maxlen=SILENT_AFTER) for protocol in Protocol}
    for sample in samples:
        if sample.is_own:
            last[sample.protocol].append(sample.rtt_ms)
    protocols: dict[str, list[str]] = {}
    silent: dict[str, list[str]] = {}
    for task in wanted_of(uplink):
        protocols.setdefault(task.address, []).append(task.protocol.value)
        if last[task.protocol].count(None) == SILENT_AFTER:
            silent.setdefault(task.address, []).append(task.protocol.value)
    return {host: _silence(uplink, host, said, is_whole=said == protocols[host]) for host, said in silent.items()}


def _why_not(host: str, family: Family, address: str | None, unproven: Mapping[str, str]) -> str | None:
    if address is not None:
        return unproven.get(address)
    if is_literal(host):
        return f"the uplink is measured by IPv{family}, and that is no IPv{family} address"
    return f"no resolver gave an IPv{family} address for its name through the uplink"


def _silence(uplink: Uplink, host: str, protocols: Sequence[str], *, is_whole: bool) -> str:
    if is_whole:
        return f"{uplink.name}: the far end {host} answers nothing: is it running, does it allow this line's address?"
    return (
        f"{uplink.name}: the far end {host} does not answer {', '.join(protocols)}: is that served, is its port open?"
    )
