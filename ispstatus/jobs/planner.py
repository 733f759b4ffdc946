"""From what is known of an uplink to the plan of its next cycle."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ispstatus.decide.cadence import STANDS_MIN, STREAM_EVERY_S, Round, choose_round
from ispstatus.decide.gateway import is_asked
from ispstatus.decide.suspicion import is_pingless
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.plan import CyclePlan, Resolver
from ispstatus.jobs.tasks import far_hosts
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import Path, PathProof
from ispstatus.model.sample import EchoSample, HttpSample, Outcome
from ispstatus.model.uplink import Family, HttpTarget, PingTarget, Uplink

PUBLIC_RESOLVERS = ("1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2001:4860:4860::8888")
"""Asked beside the link's own where ``resolvers`` is "auto"."""
OTHER_STANDS_S = 120.0
"""The other family is asked once a minute; cycles between two minutes go by what it said."""
IPV6: Family = 6
NO_IPV6 = "IPv6 has no address or no default route by this uplink"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan takes from outside the uplink."""

    link_resolvers: tuple[str, ...]
    other_path: Path | None
    """By the other address family; None while the kernel has not been read."""
    other_proof: PathProof | None
    """None when that path cannot be used."""
    clock_is_synchronised: bool
    minute_ts: int


def pings_of(uplink: Uplink, path: Path) -> tuple[PingTarget, ...]:
    """Return the echo targets of the path's family."""
    return tuple(target for target in uplink.plan.ping if target.family == path.family)


def resolvers_of(uplink: Uplink, path: Path, link_resolvers: Sequence[str]) -> tuple[Resolver, ...]:
    """Return whom to ask for names: as configured, else the link's own and then the public ones of the family."""
    wanted = uplink.plan.resolvers
    if wanted is not None:
        return tuple(Resolver(address, is_provider=False) for address in wanted)
    own = [address for address in link_resolvers if address not in PUBLIC_RESOLVERS]
    public = [address for address in PUBLIC_RESOLVERS if (6 if ":" in address else 4) == path.family]
    return (
        *(Resolver(address, is_provider=True) for address in own if (6 if ":" in address else 4) == path.family),
        *(Resolver(address, is_provider=False) for address in public),
    )


def stream_every_s(live: LiveUplink) -> float | None:
    """Return the seconds between stream echoes; None for no stream: the budget is spent, or not known yet."""
    if not live.is_metered:
        return STREAM_EVERY_S
    return None if live.allowance is None else live.allowance.stream_every_s


def sample_stretch(live: LiveUplink) -> float | None:
    """Return by how much the intervals of samples towards own far ends are stretched; None for no samples."""
    if not live.is_metered:
        return 1.0
    return None if live.allowance is None else live.allowance.sample_stretch


def paces(live: LiveUplink) -> tuple[float | None, float | None]:
    """Return what decides how often the stream and the sampler send."""
    return stream_every_s(live), sample_stretch(live)


def plan_cycle(
    live: LiveUplink,
    cycle_id: int,
    path: Path,
    proof: PathProof,
    trigger: Trigger,
    around: Surroundings,
    now_boot_s: float,
) -> CyclePlan:
    """Return the plan of the uplink's next cycle."""
    uplink, silence = live.uplink, live.silence
    chosen = choose_round(uplink, trigger, around.minute_ts, path.family, live.allowance)
    if any(sample.outcome is not Outcome.OK for sample, _ in live.https.values()):
        chosen = replace(chosen, refresh_names=True)  # perhaps the address moved
    running = tuple(target for target in uplink.plan.http if _runs(target, chosen))
    is_other_asked = chosen.other_family and around.other_proof is not None and around.other_proof.is_proven
    return CyclePlan(
        cycle_id=cycle_id,
        uplink=uplink,
        path=path,
        proof=proof,
        trigger=trigger,
        memory=live.memory,
        round=chosen,
        pings=pings_of(uplink, path),
        gateway=path.gateway if is_asked(uplink, path) else None,
        resolvers=resolvers_of(uplink, path, around.link_resolvers),
        names=uplink.plan.resolve,
        https=running,
        far_hosts=far_hosts(uplink),
        addresses=dict(live.addresses),
        standing_https=_standing(live, running, now_boot_s),
        standing_dns=tuple(live.dns) if now_boot_s - live.dns_boot_s <= _stands_s(live) else (),
        vouches_by_standing=live.allowance is not None and is_pingless(live.evidence),
        echoes_before=dict(silence.echoes) if silence is not None and trigger is Trigger.SILENCE else {},
        other_path=around.other_path if is_other_asked else None,
        other_pings=() if around.other_path is None else pings_of(uplink, around.other_path),
        other_known=_known_of_other(live, around, now_boot_s),
        first_bad_boot_s=silence.first_bad_boot_s if silence is not None else None,
        first_good_boot_s=live.first_good_boot_s,
        since_boot_s=live.last_cycle_boot_s,
        clock_is_synchronised=around.clock_is_synchronised,
        budget_is_spent=not live.may_check,
    )


def _runs(target: HttpTarget, chosen: Round) -> bool:
    """Plain checks run with every round, TLS checks in a rhythm of their own."""
    return chosen.http and (chosen.tls or not target.is_tls)


def _standing(live: LiveUplink, running: Sequence[HttpTarget], now_boot_s: float) -> tuple[HttpSample, ...]:
    resting = {target.url for target in live.uplink.plan.http} - {target.url for target in running}
    stands_s = _stands_s(live)
    return tuple(
        _aged(sample, now_boot_s - taken_boot_s)
        for url, (sample, taken_boot_s) in live.https.items()
        if url in resting and now_boot_s - taken_boot_s <= stands_s
    )


def _stands_s(live: LiveUplink) -> float:
    """Return how long the result of a check that does not run each minute stands."""
    return STANDS_MIN * 60 if live.allowance is None else live.allowance.metering.stands_s


def _known_of_other(live: LiveUplink, around: Surroundings, now_boot_s: float) -> tuple[EchoSample, ...]:
    """Return what is known of the other family without asking: the last cycle's echoes, or that there is no way out."""
    uplink, other = live.uplink, around.other_path
    if other is not None and not other.is_usable:
        missing = pings_of(uplink, other) if uplink.require_ipv6 and other.family == IPV6 else ()
        return tuple(EchoSample(t.address, t.network, Outcome.FAILED, 0, 0, error=NO_IPV6) for t in missing)
    stands_s = OTHER_STANDS_S if live.allowance is None else live.allowance.metering.stands_s
    return live.other_family if now_boot_s - live.other_family_boot_s <= stands_s else ()


def _aged(sample: HttpSample, age_s: float) -> HttpSample:
    return replace(sample, age_s=round(age_s, 1))
