"""The database of tests/store, and a reader of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from tests.queries.kit import reading
from tests.store.conftest import db as db
from tests.store.conftest import hands as hands


@pytest.fixture
def reader(db: Db, tmp_path: Path) -> Iterator[Reader]:
    with reading(tmp_path) as opened:
        yield opened
