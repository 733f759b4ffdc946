from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.store.db import Db
from tests.store.kit import HandClock, Room, a_database


@pytest.fixture
def hands() -> HandClock:
    return HandClock()


@pytest.fixture
def db(tmp_path: Path, hands: HandClock) -> Iterator[Db]:
    opened = a_database(tmp_path, hands)
    yield opened
    opened.close()


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def replaced() -> list[str]:
    return []
