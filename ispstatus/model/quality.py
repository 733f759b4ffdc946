"""How well an uplink answers, from the stream's samples."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TargetQuality:
    """One target's figures; milliseconds and percent, None where there is too little to say."""

    target: str
    network: str
    sent: int
    """Of the last 60."""
    lost: int
    """Of the last 60."""
    recent_sent: int
    """Of the last 20."""
    recent_lost: int
    """Of the last 20."""
    latency_ms: float | None
    """Median of the last 20 answered."""
    jitter_ms: float | None
    """Mean absolute difference of consecutive replies among the last 20."""
    p99_ms: float | None = None
    is_muted: bool = False
    """Silent while other networks answer: out of quality, noted."""


@dataclass(frozen=True, slots=True)
class Quality:
    """One uplink's figures: medians over its answering targets."""

    targets: tuple[TargetQuality, ...] = ()
    loss_pct: float | None = None
    latency_ms: float | None = None
    jitter_ms: float | None = None
    is_loaded: bool = False
    """The interface carries at least 80 % of the contract's bandwidth."""
