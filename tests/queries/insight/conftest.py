from collections.abc import Iterator

import pytest

from ispstatus.queries.reader import Reader
from tests.queries.insight.story import Story, told
from tests.queries.kit import reading
from tests.store.kit import a_database


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Story, Reader]]:
    """The story as it was told and as it can be read; nobody writes into it."""
    folder = tmp_path_factory.mktemp("insight")
    db = a_database(folder, uplinks=4)
    story = told(db)
    db.close()
    with reading(folder) as reader:
        yield story, reader


@pytest.fixture
def story(library: tuple[Story, Reader]) -> Story:
    return library[0]


@pytest.fixture
def reading_it(library: tuple[Story, Reader]) -> Reader:
    return library[1]
