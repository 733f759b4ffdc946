"""The commands as an operator types them, on a state directory of the test's own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ispstatus.cli import main
from tests.store.kit import a_database


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with two uplinks in its database."""
    a_database(tmp_path / "state", uplinks=2).close()
    return tmp_path / "state"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command; its last argument pair is ``--state-dir`` unless there is one."""
    for variable in ("ISPSTATUS_CONFIG", "STATE_DIRECTORY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("ispstatus.cli.options.SYSTEM_CONFIG", tmp_path / "none.toml")

    def run_command(*words: object) -> Said:
        given = [str(word) for word in words]
        if "--state-dir" not in given:
            given += ["--state-dir", str(tmp_path / "state")]
        try:
            code = main(given)
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run_command
