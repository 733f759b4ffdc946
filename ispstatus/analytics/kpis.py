"""The connectivity figures of one agent: what /ci shows, each from the window that the contract gives it.

Definitions are those of NOTES A3. What was not measured is None. An uplink of which nothing answers is dead: loss 100,
stability 0, experience 0. Jitter, volatility and stability are taken per protocol and averaged over the protocols that
speak for the line (``latency.carriers``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ispstatus.analytics.aggregates import jitter_ms, loss_pct, mean_ms, variation_pct, volatility_pct
from ispstatus.analytics.anomalies import event_pct
from ispstatus.analytics.latency import (
    Sums,
    answering,
    application_ms,
    carriers,
    line_ms,
    mean_of,
    network_ms,
    packet_loss_pct,
)
from ispstatus.analytics.voice import NO_CALL, Experience, experience_of
from ispstatus.model.series import Aggregate, Events, Protocol
from ispstatus.model.uplink import Contract

LATENCY_S = 10
EXPERIENCE_S = 30
QUALITY_S = 300
UNUSABLE_LOSS_PCT = 20.0


class Health(StrEnum):
    """The three levels; two of them are matched literally by known clients."""

    GOOD = "Good"
    WARNING = "Warning"
    NEED_ATTENTION = "Need Attention"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the operator expects of an uplink; the defaults are the vendor's (loss: of the contract's sample)."""

    latency_ms: float = 30.0
    stability_pct: float = 95.0
    loss_pct: float = 0.1


@dataclass(frozen=True, slots=True)
class Recent:
    """What one agent's samples add up to in the three windows; longer for slow protocols (``window_s``)."""

    latency: Sums = field(default_factory=dict)
    """The last 10 s."""
    experience: Sums = field(default_factory=dict)
    """The last 30 s."""
    quality: Sums = field(default_factory=dict)
    """The last five minutes."""
    events: Mapping[Protocol, Events] = field(default_factory=dict)
    """The closed half minutes of the last five minutes."""


@dataclass(frozen=True, slots=True)
class Connectivity:
    """The figures, unrounded."""

    latency_ms: Mapping[Protocol, float | None]
    """Mean round trip over 10 s; every protocol is in it."""
    network_latency_ms: float | None
    application_latency_ms: float | None
    packet_loss_pct: float | None
    jitter_ms: float | None
    volatility_pct: float | None
    variation_pct: float | None
    """Coefficient of variation."""
    stability_pct: float | None
    experience: Experience | None
    health: Health
    expected: Expected


def window_s(usual_s: float, every_s: float) -> float:
    """Return the length of a window for a protocol sampled every so many seconds: long enough to hold two samples."""
    return max(usual_s, 2 * every_s)


def expected_of(contract: Contract) -> Expected:
    """Return what was configured, the defaults for the rest."""
    told = {
        "latency_ms": contract.expected_latency_ms,
        "stability_pct": contract.expected_stability_pct,
        "loss_pct": contract.expected_loss_pct,
    }
    return Expected(**{name: value for name, value in told.items() if value is not None})


def connectivity(recent: Recent, expected: Expected, *, is_down: bool) -> Connectivity:
    """Return the figures of an agent; ``is_down``: its uplink's state is DOWN, whatever the windows still hold."""
    if is_down:
        return _dead(expected)
    application, loss = application_ms(recent.latency), packet_loss_pct(recent.quality)
    stability = stability_pct(recent.quality, recent.events)
    return Connectivity(
        latency_ms={protocol: mean_ms(recent.latency.get(protocol, Aggregate())) for protocol in Protocol},
        network_latency_ms=network_ms(recent.latency),
        application_latency_ms=application,
        packet_loss_pct=loss,
        jitter_ms=_over_carriers(jitter_ms, recent.quality),
        volatility_pct=_over_carriers(volatility_pct, recent.quality),
        variation_pct=_over_carriers(variation_pct, recent.quality),
        stability_pct=stability,
        experience=experience(recent.experience),
        health=health_of(application, stability, loss, expected),
        expected=expected,
    )


def stability_pct(quality: Sums, events: Mapping[Protocol, Events]) -> float | None:
    """Return ``100 - coefficient of variation - loss % - event %`` within 0 to 100; 0 when nothing answers.

    The event rate is that of half minutes flagged anomalous; until the first has closed nothing is taken off for it.
    """
    if not answering(quality):
        return 0.0 if any(one.sent for one in quality.values()) else None
    return mean_of(_stability(one, events.get(protocol, Events())) for protocol, one in carriers(quality).items())


def experience(sums: Sums) -> Experience | None:
    """Return how a call would sound, from the latency, jitter and loss of ``sums`` (30 s).

    None when nothing was sent, or when what answers tells neither latency nor loss of the line.
    Jitter that cannot be told (no two answers in a row) adds nothing: the loss that hid it does.
    """
    if not answering(sums):
        return NO_CALL if any(one.sent for one in sums.values()) else None
    latency, loss = line_ms(sums), packet_loss_pct(sums)
    if latency is None or loss is None:
        return None
    return experience_of(latency, _over_carriers(jitter_ms, sums) or 0.0, loss)


def health_of(
    application_latency_ms: float | None, stability: float | None, loss: float | None, expected: Expected
) -> Health:
    """Return the level: ``Good`` when everything that was measured is as expected.

    ``Need Attention`` when nothing was measured, when a fifth of the packets or more is lost, or when both latency and
    stability miss what is expected; ``Warning`` in between.
    """
    is_slow = application_latency_ms is not None and application_latency_ms > expected.latency_ms
    is_shaky = stability is not None and stability < expected.stability_pct
    is_lossy = loss is not None and loss > expected.loss_pct
    is_unusable = loss is not None and loss >= UNUSABLE_LOSS_PCT
    is_blind = application_latency_ms is None and stability is None and loss is None
    if is_blind or is_unusable or (is_slow and is_shaky):
        return Health.NEED_ATTENTION
    return Health.WARNING if is_slow or is_shaky or is_lossy else Health.GOOD


def _dead(expected: Expected) -> Connectivity:
    return Connectivity(
        latency_ms=dict.fromkeys(Protocol),
        network_latency_ms=None,
        application_latency_ms=None,
        packet_loss_pct=100.0,
        jitter_ms=None,
        volatility_pct=None,
        variation_pct=None,
        stability_pct=0.0,
        experience=NO_CALL,
        health=Health.NEED_ATTENTION,
        expected=expected,
    )


def _over_carriers(figure: Callable[[Aggregate], float | None], sums: Sums) -> float | None:
    return mean_of(figure(one) for one in carriers(sums).values())


def _stability(sums: Aggregate, events: Events) -> float:
    taken_off = (variation_pct(sums), loss_pct(sums), event_pct(events))
    return max(0.0, 100 - sum(pct for pct in taken_off if pct is not None))
