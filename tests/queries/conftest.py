from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from tests.queries.kit import reading
from tests.store.kit import HandClock, a_database


@pytest.fixture
def hands() -> HandClock:
    return HandClock()


@pytest.fixture
def db(tmp_path: Path, hands: HandClock) -> Iterator[Db]:
    opened = a_database(tmp_path, hands)
    yield opened
    opened.close()


@pytest.fixture
def reader(db: Db, tmp_path: Path) -> Iterator[Reader]:
    with reading(tmp_path) as opened:
        yield opened
