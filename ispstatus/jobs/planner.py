"""From what is known of an uplink to the plan of its next cycle."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ispstatus.decide.cadence import STANDS_MIN, Round, event_round, minute_round
from ispstatus.decide.gateway import is_asked
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.plan import CyclePlan, Resolver
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import Path, PathProof
from ispstatus.model.sample import HttpSample, Outcome
from ispstatus.model.uplink import HttpTarget, PingTarget, Uplink

PUBLIC_RESOLVERS = ("1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2001:4860:4860::8888")
"""Asked beside the link's own where ``resolvers`` is "auto"."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan takes from outside the uplink."""

    link_resolvers: tuple[str, ...]
    other_path: Path | None
    other_proof: PathProof | None
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


def targets_to_prove(uplink: Uplink, path: Path, resolvers: Sequence[Resolver]) -> list[str]:
    """Return every address whose way out must be proven: echo targets and resolvers."""
    return list(dict.fromkeys([*(t.address for t in pings_of(uplink, path)), *(r.address for r in resolvers)]))


def round_of(live: LiveUplink, path: Path, trigger: Trigger, minute_ts: int) -> Round:
    """Return what a cycle with this trigger runs."""
    if trigger is Trigger.START:
        return Round(family=path.family)
    if trigger is Trigger.MINUTE:
        return minute_round(live.uplink, minute_ts, path.family)
    return event_round(path.family, is_metered=live.uplink.is_metered)


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
    chosen = round_of(live, path, trigger, around.minute_ts)
    if any(sample.outcome is not Outcome.OK for sample, _ in live.https.values()):
        chosen = replace(chosen, refresh_names=True)  # perhaps the address moved
    running = tuple(target for target in uplink.plan.http if _runs(target, chosen))
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
        addresses=dict(live.addresses),
        standing_https=_standing(live, running, now_boot_s),
        standing_dns=tuple(live.dns) if now_boot_s - live.dns_boot_s <= STANDS_MIN * 60 else (),
        echoes_before=dict(silence.echoes) if silence is not None and trigger is Trigger.SILENCE else {},
        other_path=around.other_path if chosen.other_family and around.other_proof is not None else None,
        other_pings=() if around.other_path is None else pings_of(uplink, around.other_path),
        first_bad_boot_s=silence.first_bad_boot_s if silence is not None else None,
        first_good_boot_s=live.first_good_boot_s,
        since_boot_s=live.last_cycle_boot_s,
        clock_is_synchronised=around.clock_is_synchronised,
    )


def _runs(target: HttpTarget, chosen: Round) -> bool:
    """Plain checks run with every round, TLS checks in a rhythm of their own."""
    return chosen.http and (chosen.tls or not target.is_tls)


def _standing(live: LiveUplink, running: Sequence[HttpTarget], now_boot_s: float) -> tuple[HttpSample, ...]:
    urls = {target.url for target in running}
    stands_s = STANDS_MIN * 60
    return tuple(
        _aged(sample, now_boot_s - taken_boot_s)
        for url, (sample, taken_boot_s) in live.https.items()
        if url not in urls and now_boot_s - taken_boot_s <= stands_s
    )


def _aged(sample: HttpSample, age_s: float) -> HttpSample:
    return replace(sample, age_s=round(age_s, 1))
