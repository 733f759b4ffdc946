"""The reference pages say what the models say, and their commands run as written."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.web.factory import create_app
from ispstatus.web.insight import params
from ispstatus.web.insight.description import endpoints
from ispstatus.web.server import WebServer
from tests.test_docs import DOCS, REFERENCE
from tests.web.box import Box
from tests.web.insight.pages import FOLDER, PAGES, page_of, written

INDEX = (REFERENCE / "insight.md").read_text(encoding="utf-8")
TEXTS = [page_of(name).read_text(encoding="utf-8") for name in PAGES]
TEXTS.append((DOCS / "how-to" / "insight-key.md").read_text(encoding="utf-8"))
COMMANDS = [command for text in TEXTS for command in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_every_field_of_its_answers(name: str) -> None:
    assert page_of(name).read_text(encoding="utf-8") == written(name, PAGES[name]), (
        "run python -m tests.web.insight.pages"
    )


def test_every_endpoint_has_a_page_and_every_page_is_filled() -> None:
    told = {path for paths in PAGES.values() for path in paths}

    assert told | {"/api/v2/ci"} == {endpoint.path for endpoint in endpoints()}
    assert {path.stem for path in FOLDER.glob("*.md")} == PAGES.keys()


def test_every_parameter_is_in_its_row() -> None:
    rows = dict(re.findall(r"^\| `GET (/[^`]*)` \| (.*) \|$", INDEX, re.MULTILINE))
    known = {endpoint.path: endpoint.query for endpoint in endpoints()}
    names = [(path, name) for path, query in known.items() if query for name in query.model_fields]

    assert [(path, name) for path, name in names if f"?{name}=`" not in rows[path]] == []


def test_the_words_of_what_is_missing_are_told() -> None:
    assert [words for words in params.REQUIRED.values() if f'{{"error": "{words}"}}' not in INDEX] == []


@pytest.fixture
def port(box: Box) -> Iterator[int]:
    """The port on which the real server answers on 127.0.0.1 for the box."""
    is_ready = threading.Event()
    server = WebServer(create_app(box.deps()), ["127.0.0.1:0"], SYSTEM, on_ready=lambda _: is_ready.set())
    server.start()
    assert is_ready.wait(5)
    yield int(server.addresses[0].rpartition(":")[2])
    assert server.stop()


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.split())[-60:])
def test_every_command_runs_as_written(command: str, port: int, secret: str) -> None:
    text = command.replace("HOST:PORT", f"127.0.0.1:{port}").replace(": KEY", f": {secret}")
    done = subprocess.run(["sh", "-ec", text], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout[:1] in {"{", "["}
    assert '"error"' not in done.stdout[:10]
