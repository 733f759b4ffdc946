"""Remember what modems said, and where agents were."""

from collections.abc import Iterable

from ispstatus.model.radio import PositionFix, RadioReading
from ispstatus.store import positions, radio
from ispstatus.store.db import Db


def record_radio(db: Db, readings: Iterable[RadioReading], fixes: Iterable[PositionFix]) -> None:
    """Store readings and positions."""
    radio.put(db, readings)
    positions.put(db, fixes)
