"""Number uplinks for ever, keep their order, let them go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ispstatus.model.errors import NotFound
from ispstatus.model.uplink import Uplink
from ispstatus.store import uplinks
from ispstatus.store.db import Db
from ispstatus.store.uplinks import StoredUplink


def register_uplinks(db: Db, wished: Sequence[Uplink]) -> tuple[Uplink, ...]:
    """Number the wished uplinks and return those to be watched, in order.

    A name keeps its number for ever; an uplink removed and added again continues. ``was`` hands number and history of
    an earlier name over, once; a detected uplink is known by its hardware address when its interface was renamed.

    Configured uplinks come in the order given, and whatever is not among them is removed. Detected ones come in the
    order they were first seen, with those whose route is gone: they stay until ``forget_uplink``.
    """
    stored = uplinks.stored(db)
    numbered = _numbered(db, wished, stored)
    is_configured = any(uplink.is_configured for uplink in wished)
    watched = numbered if is_configured else _detected(numbered, stored)
    _rename(db, watched, stored)
    for position, uplink in enumerate(watched):
        uplinks.change(db, uplink, position)
    watched_ids = {uplink.id for uplink in watched}
    for old in stored:
        if old.id not in watched_ids:
            uplinks.remove(db, old.id)
    return tuple(watched)


def put_back_uplinks(db: Db, watched: Sequence[Uplink]) -> None:
    """Give the uplinks that are watched now their rows again, where a replaced database has lost them."""
    for position, uplink in enumerate(watched):
        uplinks.put_back(db, uplink, position)


def forget_uplink(db: Db, name: str) -> None:
    """Stop watching an uplink; its history stays readable. NotFound (with the known names) if there is none."""
    present = [stored for stored in uplinks.stored(db) if not stored.is_removed]
    for stored in present:
        if stored.name == name:
            uplinks.remove(db, stored.id)
            return
    raise NotFound(f"there is no uplink {name!r}", known=tuple(stored.name for stored in present))


def spend_bytes(db: Db, month: str, spent: Mapping[int, int]) -> None:
    """Add to what each uplink spent on probing in a month of the site ("YYYY-MM")."""
    uplinks.add_bytes(db, month, spent)


def _numbered(db: Db, wished: Iterable[Uplink], stored: Sequence[StoredUplink]) -> list[Uplink]:
    """Give every wished uplink its row: by name, else by an earlier name, else by hardware address, else a new one."""
    listed = list(wished)
    free = {old.name: old for old in stored}
    found = {uplink.name: free.pop(uplink.name) for uplink in listed if uplink.name in free}
    for uplink in listed:
        if uplink.name not in found and (old := _earlier(uplink, free)):
            found[uplink.name] = free.pop(old.name)
    return [_as_stored(db, uplink, found.get(uplink.name)) for uplink in listed]


def _earlier(uplink: Uplink, free: dict[str, StoredUplink]) -> StoredUplink | None:
    for name in uplink.was:
        if name in free:
            return free[name]
    if uplink.is_configured or uplink.mac is None:
        return None
    same = [old for old in free.values() if old.mac == uplink.mac and not old.is_configured]
    return same[0] if len(same) == 1 else None


def _as_stored(db: Db, uplink: Uplink, old: StoredUplink | None) -> Uplink:
    if old is None:
        return replace(uplink, id=uplinks.add(db, uplink), is_removed=False)
    name = uplink.name if uplink.is_configured else old.name
    return replace(uplink, id=old.id, name=name, is_removed=False)


def _detected(numbered: Sequence[Uplink], stored: Sequence[StoredUplink]) -> list[Uplink]:
    """Return detected uplinks in the order they were first seen, present or not."""
    present = {uplink.id: uplink for uplink in numbered}
    known = [old for old in stored if old.id in present or not (old.is_configured or old.is_removed)]
    kept = [present.pop(old.id, None) or old.read() for old in known]
    return [*(uplink for uplink in kept if uplink is not None), *present.values()]


def _rename(db: Db, watched: Iterable[Uplink], stored: Iterable[StoredUplink]) -> None:
    """Free the names that change hands before they are given away."""
    names = {old.id: old.name for old in stored}
    for uplink in watched:
        if names.get(uplink.id, uplink.name) != uplink.name:
            uplinks.change(db, replace(uplink, name=f"\x00{uplink.id}"), 0)
