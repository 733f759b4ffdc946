"""Whether a file is a sound database of ours."""

from ispstatus.clock import Clock
from ispstatus.model.errors import StorageError
from ispstatus.store.db import Db, ProgressCheck
from ispstatus.store.errors import CorruptFile

CHECK_S = 5.0
"""A check that takes longer ends here and passes: on slow media probing must not wait for it."""
_TABLES = {"meta", "uplink", "standing", "minute", "bucket", "day_chunk", "transition", "outage", "engine_event"}


def refuse_damaged(db: Db, clock: Clock, limit_s: float = CHECK_S) -> None:
    """Raise CorruptFile if pages are damaged or tables of ours are missing."""
    timer = ProgressCheck(clock, limit_s)
    db.interrupt_after(timer)
    try:
        verdicts = [row[0] for row in db.rows("PRAGMA quick_check(1)")]
    except StorageError as error:
        if timer.was_over and not isinstance(error, CorruptFile):
            verdicts = ["ok"]
        else:
            raise
    finally:
        db.interrupt_after(None)
    if verdicts != ["ok"]:
        raise CorruptFile(f"{db.path}: {verdicts[0]}")
    tables = {row[0] for row in db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    missing = _TABLES - tables
    if missing and (tables or db.value("PRAGMA user_version")):
        raise CorruptFile(f"{db.path} lacks the table {min(missing)}")
