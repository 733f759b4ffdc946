"""What a modem says of its radio, and where something is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Radio:
    """One reading of a modem; None is what it did not tell."""

    network_name: str | None = None
    network_type: str | None = None
    """``5G``, ``4G LTE``, ``3G``, ``2G``."""
    cell_id: str | None = None
    """Decimal."""
    pci: str | None = None
    """Physical cell id, decimal."""
    sinr_db: float | None = None
    rssi_dbm: float | None = None
    rsrp_dbm: float | None = None
    rsrq_db: float | None = None
    ecio_db: float | None = None


@dataclass(frozen=True, slots=True)
class RadioReading:
    """A reading and when it was taken."""

    agent_id: int
    ts: int
    """Epoch seconds."""
    radio: Radio


@dataclass(frozen=True, slots=True)
class Position:
    """Somewhere on Earth (WGS 84)."""

    latitude: float
    """Degrees north, -90 to 90."""
    longitude: float
    """Degrees east, -180 to 180."""
    altitude_m: float | None = None
    """Above mean sea level, as far as the receiver knows it."""


@dataclass(frozen=True, slots=True)
class PositionFix:
    """A position and when an agent was there."""

    agent_id: int
    ts: int
    """Epoch seconds."""
    position: Position
