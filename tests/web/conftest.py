"""One database of invented history for all tests of this folder; a box and a client over it for each."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from typing_extensions import override
from werkzeug.test import TestResponse

from ispstatus.clock import SYSTEM
from ispstatus.web.factory import create_app
from ispstatus.web.server import WebServer
from tests.web.box import Box, Hands, fill


class _Closing(FlaskClient):
    """Closes an answer once it is read, as a server does: some come from files."""

    @override
    def open(self, *args: Any, buffered: bool = True, **options: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **options)


@pytest.fixture(autouse=True)
def close_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every client of these tests close what it was sent."""
    monkeypatch.setattr(Flask, "test_client_class", _Closing)


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


@pytest.fixture
def port(box: Box) -> Iterator[int]:
    """The port on which the real server answers on 127.0.0.1 for the box."""
    is_ready = threading.Event()
    server = WebServer(create_app(box.deps()), ["127.0.0.1:0"], SYSTEM, on_ready=lambda _: is_ready.set())
    server.start()
    assert is_ready.wait(5)
    yield int(server.addresses[0].rpartition(":")[2])
    assert server.stop()
