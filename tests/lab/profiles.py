"""Lines as they really are: what a healthy DSL, LTE, LEO or GEO line does to packets."""

from typing import Any

from tests.lab.topology import WanLab

UP, DOWN = 0, 1
DSL_UP_KBIT, DSL_DOWN_KBIT = 1000, 16_000
PROFILES: dict[str, dict[int | None, dict[str, Any]]] = {
    "fibre": {None: {"delay_ms": 4.0, "jitter_ms": 0.5}},
    "dsl": {
        UP: {"delay_ms": 8.0, "rate_kbit": DSL_UP_KBIT, "queue_ms": 2000.0},
        DOWN: {"delay_ms": 8.0, "rate_kbit": DSL_DOWN_KBIT, "queue_ms": 200.0},
    },
    # 80 +/- 40 ms and 1 % of round trips lost.
    "lte": {None: {"delay_ms": 40.0, "jitter_ms": 20.0, "loss": 0.005}},
    # A satellite handover every fifteen seconds costs one second.
    "leo": {None: {"delay_ms": 20.0, "jitter_ms": 8.0, "gap_every_s": 15.0, "gap_s": 1.0}},
    "geo": {None: {"delay_ms": 300.0, "jitter_ms": 5.0}},
    "one_target_filtered": {UP: {"delay_ms": 4.0, "drop": ["echo 9.9.9.9"]}, DOWN: {"delay_ms": 4.0}},
}


def apply(lab: WanLab, profile: str, uplink: str) -> None:
    """Make an uplink's wire behave like ``profile``; ``faults.heal`` makes it perfect again."""
    for direction, settings in PROFILES[profile].items():
        lab.control("wire", name=uplink, direction=direction, **settings)
