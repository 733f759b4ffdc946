"""The verdict in words: what was seen, and since when. ``advice`` says what to do about it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from ispstatus.decide import thresholds
from ispstatus.decide.advice import next_check
from ispstatus.decide.case import Case, is_session_link
from ispstatus.model.decision import Decision, Peer
from ispstatus.model.sample import EchoSample, HttpSample, Outcome
from ispstatus.model.state import Note, Reason
from ispstatus.model.uplink import Threshold

__all__ = ["explain", "next_check", "state_text"]


def state_text(decision: Decision, since_at: datetime, now_at: datetime, zone: tzinfo) -> str:
    """Return the whole sentence: "DOWN since 14:03:12 +02:00, 7 min: carrier present, gateway silent, ...".

    The time is local to ``zone``; the date is told when it is not today's there.
    """
    since, now = since_at.astimezone(zone), now_at.astimezone(zone)
    day = "" if since.date() == now.date() else f"{since:%Y-%m-%d} "
    lasted = duration_text(now_at - since_at)
    return f"{decision.state.name} since {day}{since:%H:%M:%S} {_offset(since)}, {lasted}: {decision.explanation}"


def duration_text(lasted: timedelta) -> str:
    """Return a length as people say it, at most two units, cut not rounded: "45 s", "7 min", "2 h 5 min", "3 d 4 h"."""
    seconds = max(0, int(lasted.total_seconds()))
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:  # noqa: PLR2004
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def explain(case: Case, reason: Reason, notes: Sequence[Note], peers: Sequence[Peer]) -> str:
    """Return what was seen: facts joined by commas, then notes and the other uplinks after semicolons."""
    facts = ", ".join(_FACTS[reason](case))
    return "; ".join([facts, *_asides(case, reason, notes, peers)])


# -------------------------------------------------------------------- facts, reason by reason
Facts = Callable[[Case], Iterator[str]]


def _missing(case: Case) -> Iterator[str]:
    device = case.evidence.path.device
    if is_session_link(device):
        yield f"no session: {device} is gone"
    else:
        yield f"interface {device} does not exist"


def _admin_down(case: Case) -> Iterator[str]:
    yield f"interface {case.evidence.path.device} is switched off on this box"


def _no_carrier(case: Case) -> Iterator[str]:
    yield f"no carrier on {case.evidence.path.device}"


def _no_address(case: Case) -> Iterator[str]:
    evidence = case.evidence
    configured = evidence.uplink.source
    missing = f"address {configured}" if configured else f"IPv{evidence.path.family} address"
    yield "carrier present"
    yield f"{evidence.path.device} has no {missing}"


def _no_route(case: Case) -> Iterator[str]:
    path = case.evidence.path
    yield "carrier present"
    yield f"address {path.source}"
    yield f"no default route leaves by {path.device}"


def _unproven(case: Case) -> Iterator[str]:
    evidence = case.evidence
    yield "carrier present"
    problems = evidence.proof.problems if evidence.proof is not None else ()
    if not evidence.path.has_default:
        yield f"no default route leaves by {evidence.path.device}, and none ever did: nothing was probed"
    elif problems:
        yield f"cannot prove that probes leave by {evidence.path.device}: {problems[0]}"
    else:
        yield f"cannot prove that probes leave by {evidence.path.device}"


def _unmeasured(case: Case) -> Iterator[str]:
    evidence = case.evidence
    if evidence.budget_is_spent:
        yield "not measured: the month's probe budget is spent"
        return
    samples: tuple[EchoSample | HttpSample, ...] = (*evidence.pings, *evidence.https)
    errors = (s.error for s in samples if s.outcome is Outcome.UNMEASURED and s.error)
    yield f"could not measure: {next(errors, 'too few checks came to a result we can vouch for')}"


def _late(_case: Case) -> Iterator[str]:
    yield "could not measure: this box stood still while the checks ran"


def _portal(case: Case) -> Iterator[str]:
    sample = next(s for s in case.evidence.https if s.outcome is Outcome.INTERCEPTED)
    yield f"somebody else answers for {sample.url}{_because(sample)}"
    yield from _pings(case)


def _outside_is_gone(case: Case) -> Iterator[str]:
    yield "carrier present"
    yield from _gateway(case)
    if case.pings.measured:
        yield from _pings(case)
    else:
        yield from _web(case)


def _names(case: Case) -> Iterator[str]:
    if case.dns.answering:
        yield "the provider's resolver fails, public ones answer"
    else:
        is_lying = any(sample.outcome is Outcome.INTERCEPTED for sample in case.evidence.dns)
        yield _count(0, case.dns.asked, "resolver") + (" with the addresses expected" if is_lying else "")
    yield from _pings(case)


def _web_is_gone(case: Case) -> Iterator[str]:
    yield from _pings(case)
    yield from _web(case)


def _gateway_only(case: Case) -> Iterator[str]:
    yield "gateway silent, outside fine"
    yield from _web_is_gone(case)


def _partial_pings(case: Case) -> Iterator[str]:
    if not case.pings.is_partial:
        was_asked = any(sample.sent for sample in case.evidence.other_family)
        yield "IPv6 is required and silent" if was_asked else "IPv6 is required and not there"
    yield from _web_is_gone(case)


def _loss(case: Case) -> Iterator[str]:
    limit = case.evidence.uplink.limits.loss_pct
    loss = thresholds.loss_of(case.quality) if case.quality is not None else None
    if loss is None:
        yield "loss was over its limit and has not cleared"
    elif thresholds.is_over_short(loss, limit):
        yield f"{loss.recent_lost} of the last {loss.recent_sent} echoes are lost"
    elif thresholds.is_over_long(loss, limit):
        yield f"{loss.lost} of the last {loss.sent} echoes are lost, limit {limit.degraded_above:g} %"
    else:
        yield f"{loss.recent_lost} of the last {loss.recent_sent} echoes are lost, clear at {limit.clear_below:g} %"


def _latency(case: Case) -> Iterator[str]:
    evidence = case.evidence
    limit = thresholds.latency_limit(evidence.uplink.limits, case.memory, evidence.ended_at)
    yield _over_limit("latency", case.quality.latency_ms if case.quality else None, limit)


def _jitter(case: Case) -> Iterator[str]:
    evidence = case.evidence
    limit = thresholds.jitter_limit(evidence.uplink.limits, case.memory, evidence.ended_at)
    yield _over_limit("jitter", case.quality.jitter_ms if case.quality else None, limit)


def _fine(case: Case) -> Iterator[str]:
    yield from _pings(case)
    yield from _web(case)
    if case.gateway_answers:
        yield "gateway answers"


_FACTS: Final[dict[Reason, Facts]] = {
    Reason.IFACE_MISSING: _missing,
    Reason.IFACE_ADMIN_DOWN: _admin_down,
    Reason.NO_CARRIER: _no_carrier,
    Reason.NO_ADDRESS: _no_address,
    Reason.NO_ROUTE: _no_route,
    Reason.PATH_UNPROVEN: _unproven,
    Reason.CANNOT_MEASURE: _unmeasured,
    Reason.LATE: _late,
    Reason.CAPTIVE_PORTAL: _portal,
    Reason.GATEWAY_UNREACHABLE: _outside_is_gone,
    Reason.NO_EXTERNAL: _outside_is_gone,
    Reason.DNS_FAILED: _names,
    Reason.HTTP_FAILED_PING_OK: _web_is_gone,
    Reason.PING_FAILED_HTTP_OK: _web_is_gone,
    Reason.PING_PARTIAL: _partial_pings,
    Reason.HTTP_PARTIAL: _web_is_gone,
    Reason.GATEWAY_SILENT: _gateway_only,
    Reason.HIGH_LOSS: _loss,
    Reason.HIGH_LATENCY: _latency,
    Reason.HIGH_JITTER: _jitter,
    Reason.OK: _fine,
}


# -------------------------------------------------------------------- pieces
def _gateway(case: Case) -> Iterator[str]:
    if case.gateway_answers:
        yield "gateway answers"
    elif case.gateway_is_silent and case.gateway_is_required:
        # One that never answered echoes says nothing by staying silent.
        yield "gateway silent"


def _pings(case: Case) -> Iterator[str]:
    if case.pings.measured:
        yield _count(len(case.pings.answering), case.pings.measured, "network")


def _web(case: Case) -> Iterator[str]:
    if not case.https.measured:
        return
    good = len(case.https.answering)
    why = "" if good else _first_error(case.evidence.https)
    yield f"{good} of {case.https.measured} web checks ok{why}"


def _count(good: int, total: int, what: str) -> str:
    plural = "" if total == 1 else "s"
    return f"{good} of {total} {what}{plural} answer{'s' if good == 1 else ''}"


def _first_error(samples: Sequence[HttpSample]) -> str:
    return next((f" ({s.error})" for s in samples if s.outcome.is_measured and s.error), "")


def _because(sample: HttpSample) -> str:
    return f" ({sample.error})" if sample.error else ""


def _over_limit(name: str, figure_ms: float | None, limit: Threshold | None) -> str:
    if figure_ms is None or limit is None:
        return f"{name} was over its limit and has not cleared"
    if figure_ms > limit.degraded_above:
        return f"{name} {figure_ms:.0f} ms, limit {limit.degraded_above:.0f} ms"
    return f"{name} still {figure_ms:.0f} ms, clear at {limit.clear_below:.0f} ms"


# -------------------------------------------------------------------- asides
def _asides(case: Case, reason: Reason, notes: Sequence[Note], peers: Sequence[Peer]) -> Iterator[str]:
    for note in notes:
        if note is Note.OTHERS_FINE:
            yield "the other uplink is fine" if len(peers) == 1 else "the other uplinks are fine"
        elif not _is_said(case, reason, note):
            yield _ASIDES[note](case)


def _is_said(case: Case, reason: Reason, note: Note) -> bool:
    """Whether the facts of this reason tell the note already."""
    return (
        (note is Note.BUDGET_SPENT and reason is Reason.CANNOT_MEASURE)
        or (note is Note.PROVIDER_DNS_SILENT and reason is Reason.DNS_FAILED)
        or (note is Note.IPV6_BROKEN and reason is Reason.PING_PARTIAL and not case.pings.is_partial)
    )


def _silent_targets(case: Case) -> str:
    names = [s.target for s in case.evidence.pings if _is_silent(s) and s.network in case.pings.failing]
    names += [t.target for t in case.targets if t.is_muted and t.target not in names]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} silent"


def _is_silent(sample: EchoSample) -> bool:
    return sample.outcome.is_measured and sample.outcome is not Outcome.OK


_ASIDES: Final[dict[Note, Callable[[Case], str]]] = {
    Note.TARGET_SILENT: _silent_targets,
    Note.PROVIDER_DNS_SILENT: lambda _: "the provider's resolver is silent",
    Note.LOADED: lambda _: "slow because its own traffic fills it",
    Note.BUDGET_SPENT: lambda _: "the month's probe budget is spent",
    Note.IPV6_BROKEN: lambda _: "IPv6 does not work",
    Note.IPV4_BROKEN: lambda _: "IPv4 does not work",
    Note.CLOCK_UNSYNCHRONISED: lambda _: "certificate dates not judged: this box's clock is not synchronised",
    Note.ALL_AT_ONCE: lambda _: "all uplinks went at once: power, cabling or a shared provider",
}


def _offset(local: datetime) -> str:
    text = f"{local:%z}"
    return f"{text[:3]}:{text[3:5]}"
