"""The frozen contract: names and types never vanish or change, the document says them, its commands run as written."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.box import BACKUP, FIBRE, LTE
from tests.web.contract_shape import FROZEN, shape, tables

DOCUMENT = (Path(__file__).parents[2] / "docs" / "reference" / "contract.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
PUBLISHED = (
    "curl -s http://HOST:PORT/api/status | jq '.uplinks[] | {name,state}'\n",
    "curl -s http://HOST:PORT/api/status | jq '\n.uplinks[] |\n{\n  name,\n  state,\n  state_reason,\n  iface_state,\n"
    "  gw_ping_ok: (.gw_ping.ok // null),\n  ping_ok: ([.ping[]|select(.ok==true)]|length),\n"
    "  ping_total: (.ping|length),\n  http_ok: ([.http[]|select(.ok==true)]|length),\n  http_total: (.http|length)\n"
    "}'\n",
    "curl -s http://HOST:PORT/api/health | jq '{ok, history_freshness}'\n",
    'curl -sG \\\n  --data-urlencode "range=24h" \\\n  --data-urlencode "name=Liquid (BGP01)" \\\n'
    "  http://HOST:PORT/api/history | jq '{range,name,summary}'\n",
    'curl -sG \\\n  --data-urlencode "range=24h" \\\n  --data-urlencode "name=Liquid (BGP01)" \\\n'
    "  http://HOST:PORT/api/history.csv -o history.csv\n",
)
"""The commands of version 1.0.0, to the letter."""
needs_jq = pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq")


def test_no_name_is_lost_and_no_type_is_changed() -> None:
    frozen, present = json.loads(FROZEN.read_text(encoding="utf-8")), shape()
    lost = [f"{path} {name}" for path, fields in frozen["answers"].items() for name in fields
            if name not in present["answers"].get(path, {})]  # fmt: skip
    changed = [f"{path} {name}: {kind}" for path, fields in frozen["answers"].items() for name, kind in fields.items()
               if present["answers"].get(path, {}).get(name, kind) != kind]  # fmt: skip
    assert (lost, changed) == ([], [])


def test_csv_columns_keep_their_place() -> None:
    frozen, present = json.loads(FROZEN.read_text(encoding="utf-8"))["csv"], shape()["csv"]
    assert {path: present[path][: len(columns)] for path, columns in frozen.items()} == frozen


def test_what_was_added_is_frozen_too() -> None:
    assert shape() == json.loads(FROZEN.read_text(encoding="utf-8")), "run python -m tests.web.contract_shape"


def test_the_document_has_every_field_and_column() -> None:
    assert tables() in DOCUMENT, "run python -m tests.web.contract_shape tables"


def test_the_document_keeps_the_published_commands() -> None:
    assert set(PUBLISHED) <= set(COMMANDS)


def run(command: str, port: int, folder: Path) -> Any:
    """Run one command of the document as a reader would; return the JSON values it prints."""
    text = command.replace("HOST:PORT", f"127.0.0.1:{port}")
    done = subprocess.run(["sh", "-ec", text], cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    decoder, values, rest = json.JSONDecoder(), [], done.stdout.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        values.append(value)
        rest = rest[end:].strip()
    return values


@needs_jq
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.split())[:60])
def test_every_command_of_the_document_runs(command: str, port: int, tmp_path: Path) -> None:
    values = run(command, port, tmp_path)
    assert values or (tmp_path / "history.csv").stat().st_size > 10_000


@needs_jq
def test_the_published_commands_give_sensible_output(port: int, tmp_path: Path) -> None:
    states, evidence, health, history, nothing = (run(command, port, tmp_path) for command in PUBLISHED)
    assert states == [{"name": FIBRE, "state": 2}, {"name": LTE, "state": 1}, {"name": BACKUP, "state": 0}]
    assert [(one["gw_ping_ok"], one["ping_ok"], one["ping_total"], one["http_ok"]) for one in evidence] == [
        (True, 3, 3, 3),
        (None, 3, 3, 0),
        (None, 0, 3, 0),
    ]
    assert health[0]["history_freshness"]["max_age_seconds"] == 120
    assert (history[0]["range"], history[0]["name"]) == ("24h", FIBRE)
    assert 0 < history[0]["summary"]["availability_pct"] <= 100
    assert nothing == []
    assert len((tmp_path / "history.csv").read_bytes().split(b"\r\n")) == 1 + 288 + 1


def test_the_version_is_told(client: FlaskClient) -> None:
    assert client.get("/api/status").get_json()["contract"] == "1.1.0"
    assert DOCUMENT.startswith("# The isp-status contract, version 1.1.0\n")
