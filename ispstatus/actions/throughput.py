"""Remember what throughput tests found."""

from collections.abc import Iterable

from ispstatus.model.throughput import Throughput
from ispstatus.store import throughput
from ispstatus.store.db import Db


def record_throughput(db: Db, tests: Iterable[Throughput]) -> None:
    """Store tests."""
    throughput.put(db, tests)
