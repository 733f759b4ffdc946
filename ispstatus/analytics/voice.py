"""How a call would sound: the E-model (ITU-T G.107), its mean opinion score, and the insight family's experience.

One formula from round trip, jitter and loss, for G.711 with packet loss concealment (NOTES A3):

* ``d = RTT / 2 + 2 * jitter + 20`` ms: one way, a de-jitter buffer of twice the jitter, and coding
* ``Id = 0.024 d + 0.11 (d - 177.3)``, the second term only above 177.3 ms
* ``Ieff = 95 * loss / (loss + 25.1)``: ``Ie + (95 - Ie) * Ppl / (Ppl / BurstR + Bpl)`` with the Ie = 0 and Bpl = 25.1
  of that codec (G.113 appendix I) and losses that come singly, BurstR = 1
* ``R = 93.2 - Id - Ieff``, at least 0
"""

from dataclasses import dataclass

BEST_R = 93.2
CODING_MS = 20.0
NOTICED_MS = 177.3
ROBUSTNESS = 25.1


@dataclass(frozen=True, slots=True)
class Experience:
    """What a call over the uplink would be like."""

    r_factor: float
    """0 to 93.2."""
    qoe: float
    """0 to 5: ``5 * R / 93.2``. Not a MOS, which cannot reach 5."""
    mos: float
    """1 to 4.41, ITU-T G.107 annex B."""


NO_CALL = Experience(r_factor=0.0, qoe=0.0, mos=1.0)
"""Nothing gets through."""


def r_factor(rtt_ms: float, jitter_ms: float, loss_pct: float) -> float:
    """Return the transmission rating, 0 to 93.2."""
    delay_ms = rtt_ms / 2 + 2 * jitter_ms + CODING_MS
    delay = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - NOTICED_MS)
    equipment = 95 * loss_pct / (loss_pct + ROBUSTNESS)
    return max(0.0, BEST_R - delay - equipment)


def mos(rating: float) -> float:
    """Return the mean opinion score of a rating from 0 to 100, 1 to 4.5.

    ``1 + 0.035 R + 7e-6 R (R - 60) (100 - R)``, not below 1.
    """
    return max(1.0, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating))


def experience_of(rtt_ms: float, jitter_ms: float, loss_pct: float) -> Experience:
    """Return the experience that latency, jitter and loss give."""
    rating = r_factor(rtt_ms, jitter_ms, loss_pct)
    return Experience(rating, 5 * rating / BEST_R, mos(rating))
