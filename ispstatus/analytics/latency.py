"""Which protocols speak for an agent, and the latency and loss they give together. Milliseconds and percent.

A protocol that is silent while another answers says something about its far end, not about the uplink: it is left out,
as a muted target is. A mean leaves out members that were not measured, and is None when none was.
"""

from collections.abc import Collection, Iterable, Mapping
from statistics import fmean

from ispstatus.analytics.aggregates import mean_ms
from ispstatus.model.series import APPLICATION, NETWORK, Aggregate, Protocol

Sums = Mapping[Protocol, Aggregate]
"""What the samples of one window add up to, by protocol."""

CARRIERS = (NETWORK, (Protocol.UDP, Protocol.TCP))
"""Who speaks for the line: the first of these of which a member answers."""
COUNTED = ((Protocol.TWAMP, Protocol.UDP), (Protocol.ICMP,), (Protocol.UDP,))
"""Whose losses are counted: the first of these whose first member answers. Without a responder udp is a question to a
resolver now and then, too coarse to speak for the line while there are pings."""


def mean_of(figures: Iterable[float | None]) -> float | None:
    """Return the mean of the figures there are."""
    known = [figure for figure in figures if figure is not None]
    return fmean(known) if known else None


def answering(sums: Sums, among: Collection[Protocol] = tuple(Protocol)) -> dict[Protocol, Aggregate]:
    """Return the sums of those protocols ``among`` which at least one sample was answered."""
    return {protocol: sums[protocol] for protocol in among if protocol in sums and sums[protocol].received}


def carriers(sums: Sums) -> dict[Protocol, Aggregate]:
    """Return the sums of the protocols that speak for the line: icmp and twamp, or udp and tcp if neither answers."""
    return next((found for group in CARRIERS if (found := answering(sums, group))), {})


def network_ms(sums: Sums) -> float | None:
    """Return network latency: the mean of the means of icmp and twamp (9.20 and 9.45 give 9.325)."""
    return mean_of(mean_ms(one) for one in answering(sums, NETWORK).values())


def application_ms(sums: Sums) -> float | None:
    """Return application latency: the mean of the means of tcp, udp, http, https (8.94, 9.53, 9.09, 18 give 11.39)."""
    return mean_of(mean_ms(one) for one in answering(sums, APPLICATION).values())


def line_ms(sums: Sums) -> float | None:
    """Return the latency trends, rankings and calls are judged by: network latency, or the mean of udp and tcp on a
    line where neither icmp nor twamp answers."""
    return mean_of(mean_ms(one) for one in carriers(sums).values())


def packet_loss_pct(sums: Sums) -> float | None:
    """Return the loss, round trip (RFC 6673): lost of sent over twamp and udp together, else over icmp, else over udp.

    100 when something was sent and nothing at all answers; None when what answers is no flow of packets.
    """
    answered = answering(sums)
    if not answered:
        return 100.0 if any(one.sent for one in sums.values()) else None
    for first, *others in COUNTED:
        if first in answered:
            counted = answering(answered, (first, *others)).values()
            return 100 * sum(one.lost for one in counted) / sum(one.sent for one in counted)
    return None
