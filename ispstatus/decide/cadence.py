"""What a minute's cycle runs, and what probing costs in bytes: a metered uplink's month must fit its budget.

Bytes are estimates of both directions, IP headers included. Minutes are counted from the epoch, shifted by the uplink's
id, so that uplinks do not run their expensive checks in the same minute.
"""

from dataclasses import dataclass, replace

from ispstatus.decide.sampling import bytes_per_s, stretch_for
from ispstatus.model.evidence import Trigger
from ispstatus.model.uplink import Family, Uplink

MINUTE = 60
MONTH_S = 31 * 86400
MB = 1_000_000
ECHO_PAYLOAD_BYTES = 56
GATEWAY_PAYLOAD_BYTES = 8
"""A gateway is asked whether it is there, not how well it carries: docs/adr/0012."""
ECHO_BYTES: dict[Family, int] = {4: 2 * (20 + 8 + ECHO_PAYLOAD_BYTES), 6: 2 * (40 + 8 + ECHO_PAYLOAD_BYTES)}
GATEWAY_BYTES: dict[Family, int] = {4: 2 * (20 + 8 + GATEWAY_PAYLOAD_BYTES), 6: 2 * (40 + 8 + GATEWAY_PAYLOAD_BYTES)}
DNS_BYTES: dict[Family, int] = {4: 250, 6: 290}
HTTP_BYTES: dict[Family, int] = {4: 1500, 6: 1800}
HTTPS_BYTES: dict[Family, int] = {4: 8000, 6: 8600}

ECHOES = 3
"""Echoes to each target in a full cycle at most, 0.5 s apart: an answer ends them."""
STREAM_EVERY_S = 1.0
GATEWAY_TURNS = 5
"""The stream asks the gateway beside every fifth echo."""
TLS_EVERY_MIN = 5
NAMES_EVERY_MIN = 15
"""How often the hosts of web checks are resolved afresh."""
CHECKS_EVERY_MIN = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 240, 480, 1440)
"""Choices for a metered uplink's web checks and names."""
ROUND_BYTES = 20_000
"""More than one round of an uplink costs: nobody may start one that does not fit."""
STREAM_SLOWEST_S = 120.0
RESERVE = 0.10
"""Share of the budget kept to confirm DOWN and UP."""
STREAM_SHARE = 0.20
"""Share of the rest that web checks and names leave to the stream."""
SAMPLE_SHARE = 0.50
"""Share of what is left after the reserve and the minutes' echoes that samples towards own far ends may take."""
CLIENT_LEAD = 0.03
"""Share of a month's bytes by which clients may run ahead of the calendar: a day of them."""
STANDS_MIN = TLS_EVERY_MIN + 1


@dataclass(frozen=True, slots=True)
class Round:
    """What one cycle runs."""

    echoes: int = ECHOES
    """To each target."""
    http: bool = True
    tls: bool = True
    """With ``http``: the https checks too."""
    dns: bool = True
    refresh_names: bool = False
    """Resolve the hosts of web checks afresh."""
    other_family: bool = True
    family: Family = 4


@dataclass(frozen=True, slots=True)
class Metering:
    """How a metered uplink's month is spent."""

    checks_every_min: int
    """Web checks and names run every so many minutes; their results stand twice as long."""
    stream_every_s: float | None
    """Seconds between stream echoes; None when nothing is left for a stream."""
    echo_bytes: int
    """What one minute's echoes cost: they go on even when the budget is spent."""
    fits: bool
    """Whether the month's echoes alone fit the budget."""
    sample_stretch: float | None = None
    """By how much the intervals of samples towards own far ends are stretched; None: they are not sampled."""

    @property
    def stands_s(self) -> int:
        """How long the last result of a web check or a question stands."""
        return 2 * self.checks_every_min * MINUTE


@dataclass(frozen=True, slots=True)
class Purse:
    """A metered uplink's budget as of now."""

    budget_bytes: int
    spent_bytes: int
    left_s: float
    """Of the calendar month."""
    month_s: float = MONTH_S
    """Of the whole of it."""

    @property
    def plannable_bytes(self) -> float:
        """What is left to plan with: the reserve is not, nor the one round that may just be under way."""
        return self.budget_bytes * (1 - RESERVE) - self.spent_bytes - ROUND_BYTES

    def may_check(self, metering: Metering) -> bool:
        """Whether scheduled web checks, names and stream may run.

        They may not touch the reserve, nor what the month's remaining minute echoes will need.
        """
        return self._committed(metering) <= self.budget_bytes * (1 - RESERVE)

    @property
    def may_serve(self) -> bool:
        """Whether a client may cause a cycle: only what the schedule leaves over, or polling would eat up the checks.

        The plan spends the month's bytes evenly; clients may bring that forward by a day of them, no further.
        """
        due = 1 - (1 - CLIENT_LEAD) * self.left_s / self.month_s
        return self.spent_bytes + ROUND_BYTES <= self.budget_bytes * (1 - RESERVE) * due

    def may_confirm(self, metering: Metering) -> bool:
        """Whether a cycle may confirm a DOWN or an UP: the reserve is for that."""
        return self._committed(metering) <= self.budget_bytes

    def _committed(self, metering: Metering) -> float:
        return self.spent_bytes + ROUND_BYTES + metering.echo_bytes * self.left_s / MINUTE


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a metered uplink may spend now."""

    metering: Metering
    purse: Purse

    @property
    def may_check(self) -> bool:
        """Whether web checks, names and stream may run; else the budget is spent."""
        return self.purse.may_check(self.metering)

    @property
    def may_serve(self) -> bool:
        """Whether a client may cause a cycle."""
        return self.may_check and self.purse.may_serve

    @property
    def may_confirm(self) -> bool:
        """Whether a DOWN or an UP may be confirmed."""
        return self.purse.may_confirm(self.metering)

    @property
    def stream_every_s(self) -> float | None:
        """Seconds between stream echoes; None for no stream."""
        return self.metering.stream_every_s if self.may_check else None

    @property
    def sample_stretch(self) -> float | None:
        """By how much sampling intervals are stretched; None for no sampling."""
        return self.metering.sample_stretch if self.may_check else None


@dataclass(frozen=True, slots=True)
class Cost:
    """What probing one uplink costs in a month of 31 days, bytes."""

    quiet_bytes: int
    polled_bytes: int
    """With one client poll a minute."""
    sampling_bytes: int
    """Of both: samples towards far ends of the uplink's own."""
    metering: Metering | None
    """None on an unmetered uplink."""


def bytes_of(
    family: Family,
    *,
    echoes: float = 0,
    gateway_echoes: float = 0,
    dns: float = 0,
    http: float = 0,
    https: float = 0,
) -> int:
    """Return the estimated bytes of so many probes, both directions."""
    return round(
        echoes * ECHO_BYTES[family]
        + gateway_echoes * GATEWAY_BYTES[family]
        + dns * DNS_BYTES[family]
        + http * HTTP_BYTES[family]
        + https * HTTPS_BYTES[family]
    )


def minute_round(uplink: Uplink, minute_ts: int, family: Family, metering: Metering | None = None) -> Round:
    """Return what the cycle of the minute that starts at ``minute_ts`` runs; ``metering`` is None when unmetered."""
    number = minute_ts // MINUTE + uplink.id
    if metering is None:
        return Round(tls=number % TLS_EVERY_MIN == 0, refresh_names=number % NAMES_EVERY_MIN == 0, family=family)
    is_due = number % metering.checks_every_min == 0
    return Round(
        echoes=1,
        http=is_due,
        tls=is_due,
        dns=is_due,
        refresh_names=is_due and number % MINUTE < metering.checks_every_min,
        other_family=is_due and uplink.require_ipv6,
        family=family,
    )


def event_round(family: Family) -> Round:
    """Return what an event's or a client's cycle runs: all but TLS and the other family."""
    return Round(tls=False, other_family=False, family=family)


def echo_round(family: Family) -> Round:
    """Return the least a cycle of a metered uplink runs: one echo to each target; web results and names stand."""
    return Round(echoes=1, http=False, tls=False, dns=False, other_family=False, family=family)


def choose_round(
    uplink: Uplink, trigger: Trigger, minute_ts: int, family: Family, allowance: Allowance | None
) -> Round:
    """Return what a cycle runs; ``allowance`` is None on an unmetered uplink.

    On a metered one, start and minute run what is due as long as the budget lasts, events are confirmed as long as the
    reserve does, and a client gets echoes.
    """
    is_scheduled = trigger in (Trigger.START, Trigger.MINUTE)
    if allowance is None:
        if trigger is Trigger.START:
            return Round(family=family)
        return minute_round(uplink, minute_ts, family) if is_scheduled else event_round(family)
    if is_scheduled and allowance.may_check:
        if trigger is Trigger.START:
            return Round(echoes=1, other_family=uplink.require_ipv6, family=family)
        return minute_round(uplink, minute_ts, family, allowance.metering)
    if is_scheduled or trigger is Trigger.CLIENT or not allowance.may_confirm:
        return echo_round(family)
    return event_round(family)


def meter(uplink: Uplink, family: Family, *, resolvers: int, has_gateway: bool, purse: Purse) -> Metering:
    """Return how to spend what the purse holds in what is left of the month.

    The minute's echoes come first, then samples towards own far ends where they are wanted, half of what is left at
    most. Web checks and names run as often as leaves the stream a fifth of what is left after the reserve; the stream
    takes what remains. What is too little for a stream goes to the checks.
    """
    minutes = purse.left_s / MINUTE
    usable = purse.plannable_bytes
    echo_bytes = _echoes_bytes(uplink, family, has_gateway=has_gateway)
    fits = usable >= echo_bytes * minutes
    stretch = stretch_for(uplink, family, (usable - echo_bytes * minutes) * SAMPLE_SHARE / max(1.0, purse.left_s))
    usable -= _samples_bytes_per_s(uplink, family, stretch) * purse.left_s

    def checks(every_min: int) -> float:
        return _checks_bytes(uplink, family, resolvers, every_min) * minutes / every_min

    def often(spendable: float) -> int:
        return next((choice for choice in CHECKS_EVERY_MIN if checks(choice) <= spendable), CHECKS_EVERY_MIN[-1])

    def spend(share: float) -> Metering:
        every_min = often(usable * share - echo_bytes * minutes)
        rest = usable - echo_bytes * minutes - checks(every_min)
        stream_s = _stream_every(family, rest, purse.left_s, has_gateway=has_gateway)
        return Metering(every_min, stream_s, echo_bytes, fits, stretch)

    shared = spend(1 - STREAM_SHARE)
    return shared if shared.stream_every_s is not None else replace(spend(1.0), stream_every_s=None)


def month_cost(uplink: Uplink, family: Family, *, resolvers: int, has_gateway: bool, has_other_family: bool) -> Cost:
    """Return what one month of probing costs at this configuration."""
    minutes = MONTH_S / MINUTE
    if uplink.is_metered:
        budget = uplink.budget_mb_month * MB
        purse = Purse(budget, spent_bytes=0, left_s=MONTH_S)
        metering = meter(uplink, family, resolvers=resolvers, has_gateway=has_gateway, purse=purse)
        checks = _checks_bytes(uplink, family, resolvers, metering.checks_every_min) / metering.checks_every_min
        quiet = (metering.echo_bytes + checks) * minutes
        if metering.stream_every_s is not None:
            quiet += MONTH_S / metering.stream_every_s * _stream_echo_bytes(family, has_gateway=has_gateway)
        samples = _samples_bytes_per_s(uplink, family, metering.sample_stretch) * MONTH_S
        quiet += samples
        polled = max(quiet, min(quiet + metering.echo_bytes * minutes, budget * (1 - RESERVE)))
        return Cost(round(quiet), round(polled), round(samples), metering)
    quiet = MONTH_S / STREAM_EVERY_S * _stream_echo_bytes(family, has_gateway=has_gateway)
    cycle = _cycle_bytes(uplink, family, resolvers, has_gateway=has_gateway)
    plain, tls = _web(uplink)
    tls_bytes = bytes_of(family, https=tls) / TLS_EVERY_MIN
    names_bytes = bytes_of(family, dns=resolvers * (plain + tls)) / NAMES_EVERY_MIN
    other: Family = 6 if family == 4 else 4  # noqa: PLR2004
    other_bytes = _echoes_bytes(uplink, other, has_gateway=False) if has_other_family else 0
    samples = bytes_per_s(uplink, family) * MONTH_S
    quiet += (cycle + tls_bytes + names_bytes + other_bytes) * minutes + samples
    return Cost(round(quiet), round(quiet + cycle * minutes), round(samples), None)


def _web(uplink: Uplink) -> tuple[int, int]:
    tls = sum(target.is_tls for target in uplink.plan.http)
    return len(uplink.plan.http) - tls, tls


def _echoes_bytes(uplink: Uplink, family: Family, *, has_gateway: bool) -> int:
    """Return what it costs that every target, and the gateway, answers one echo."""
    targets = sum(target.family == family for target in uplink.plan.ping)
    return bytes_of(family, echoes=targets, gateway_echoes=has_gateway)


def _cycle_bytes(uplink: Uplink, family: Family, resolvers: int, *, has_gateway: bool) -> int:
    """Return what a cycle costs while all answer: then each target's first echo ends its series."""
    checks = bytes_of(family, dns=resolvers * len(uplink.plan.resolve), http=_web(uplink)[0])
    return _echoes_bytes(uplink, family, has_gateway=has_gateway) + checks


def _checks_bytes(uplink: Uplink, family: Family, resolvers: int, every_min: int) -> float:
    """Return what one metered round of web checks and names costs, its share of the hourly host look-up included."""
    plain, tls = _web(uplink)
    rounds_an_hour = max(1, MINUTE // every_min)
    names = len(uplink.plan.resolve) + (plain + tls) / rounds_an_hour
    return bytes_of(family, dns=resolvers * names, http=plain, https=tls)


def _stream_echo_bytes(family: Family, *, has_gateway: bool) -> float:
    return ECHO_BYTES[family] + GATEWAY_BYTES[family] * has_gateway / GATEWAY_TURNS


def _samples_bytes_per_s(uplink: Uplink, family: Family, stretch: float | None) -> float:
    return 0.0 if stretch is None else bytes_per_s(uplink, family) / stretch


def _stream_every(family: Family, rest_bytes: float, left_s: float, *, has_gateway: bool) -> float | None:
    if rest_bytes <= 0:
        return None
    every_s = left_s * _stream_echo_bytes(family, has_gateway=has_gateway) / rest_bytes
    return max(STREAM_EVERY_S, every_s) if every_s <= STREAM_SLOWEST_S else None
