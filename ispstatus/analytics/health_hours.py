"""How many minutes of an hour were Good: what the ranking by health is made of."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ispstatus.analytics.kpis import Expected, Health, health_of, stability_pct
from ispstatus.analytics.latency import application_ms, packet_loss_pct
from ispstatus.model.series import Aggregate, Events, HalfMinute, Protocol

MINUTE = 60


@dataclass(frozen=True, slots=True)
class GoodMinutes:
    """The judged minutes of a stretch, and how many of them were Good. Neighbours add up."""

    judged: int
    good: int


def good_minutes(
    halves: Mapping[Protocol, Iterable[tuple[int, HalfMinute]]], down: Collection[int], expected: Expected
) -> GoodMinutes:
    """Judge every minute of which there is a half minute of the far end that speaks for a protocol, ``(ts, half)``.

    The minutes that start at ``down`` were DOWN: judged, and not Good.
    """
    minutes: dict[int, dict[Protocol, list[HalfMinute]]] = {}
    for protocol, of_protocol in halves.items():
        for ts, half in of_protocol:
            minutes.setdefault(ts - ts % MINUTE, {}).setdefault(protocol, []).append(half)
    good = sum(_is_good(minute, expected) for ts, minute in minutes.items() if ts not in down)
    return GoodMinutes(len(minutes.keys() | set(down)), good)


def _is_good(minute: Mapping[Protocol, list[HalfMinute]], expected: Expected) -> bool:
    sums = {protocol: _together(halves) for protocol, halves in minute.items()}
    events = {
        protocol: Events(len(halves), anomalous=sum([half.is_flagged for half in halves]))
        for protocol, halves in minute.items()
    }
    health = health_of(application_ms(sums), stability_pct(sums, events), packet_loss_pct(sums), expected)
    return health is Health.GOOD


def _together(halves: list[HalfMinute]) -> Aggregate:
    if len(halves) == 1:
        return halves[0].sums
    one, two = halves[0].sums, halves[1].sums
    return Aggregate(
        sent=one.sent + two.sent,
        lost=one.lost + two.lost,
        sum_us=one.sum_us + two.sum_us,
        squares_us2=one.squares_us2 + two.squares_us2,
    )
