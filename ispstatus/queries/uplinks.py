"""Uplinks, present and past, and what they stand at."""

from datetime import UTC, datetime

from ispstatus.model.decision import Memory, Standing
from ispstatus.model.errors import NotFound
from ispstatus.model.uplink import Uplink
from ispstatus.queries.reader import Reader
from ispstatus.store import uplinks


def all_uplinks(reader: Reader) -> tuple[Uplink, ...]:
    """Return every uplink there ever was: the present ones in their order, then the removed (``is_removed``)."""
    found = (stored.read() for stored in uplinks.stored(reader.db()))
    return tuple(uplink for uplink in found if uplink is not None)


def find_uplink(reader: Reader, name: str) -> Uplink:
    """Return the uplink of a name, removed or not; NotFound with the known names."""
    known = all_uplinks(reader)
    for uplink in known:
        if uplink.name == name:
            return uplink
    raise NotFound(f"there is no uplink {name!r}", known=tuple(uplink.name for uplink in known))


def standings(reader: Reader) -> dict[int, tuple[Standing, Memory]]:
    """Return the last stored verdict and memory of each uplink that has one."""
    return uplinks.standings(reader.db())


def bytes_spent(reader: Reader, month: str) -> dict[int, int]:
    """Return what each uplink spent on probing in a month of the site ("YYYY-MM")."""
    return uplinks.bytes_spent(reader.db(), month)


def first_minutes(reader: Reader) -> dict[int, datetime]:
    """Return when each uplink's memory begins; uplinks without a minute are absent."""
    found = uplinks.first_minutes(reader.db())
    return {uplink_id: datetime.fromtimestamp(ts, UTC) for uplink_id, ts in found.items()}
