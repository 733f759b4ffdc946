"""One database of invented history for all tests of this folder; a box and a client over it for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ispstatus.web.factory import create_app
from tests.web.box import Box, Hands, fill


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of history. Read only: tests that write make their own."""
    return fill(tmp_path_factory.mktemp("state"), Hands().clock())


@pytest.fixture
def box(store: Path) -> Iterator[Box]:
    made = Box(store)
    yield made
    made.reader.close()


@pytest.fixture
def client(box: Box) -> FlaskClient:
    """A client on the box itself. Change the box before the first request."""
    return create_app(box.deps()).test_client()
