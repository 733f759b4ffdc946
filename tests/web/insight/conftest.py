"""One database for all tests of the Insight family; a box and a client with a key over it for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.box import Box
from tests.web.insight.world import fill_insight, make_box, with_key


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The database and a key. Read only: tests that write make their own."""
    return fill_insight(tmp_path_factory.mktemp("insight"))


@pytest.fixture
def secret(filled: tuple[Path, str]) -> str:
    return filled[1]


@pytest.fixture
def box(filled: tuple[Path, str]) -> Iterator[Box]:
    made = make_box(filled[0])
    yield made
    made.reader.close()


@pytest.fixture
def client(box: Box, secret: str) -> FlaskClient:
    """A client that shows its key. Change the box before the first request."""
    return with_key(box, secret)
