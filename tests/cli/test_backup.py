"""``ispstatus backup`` and ``ispstatus restore``."""

from pathlib import Path

import pytest

from ispstatus.store.db import open_reader, open_writer
from ispstatus.store.lock import WriterLock
from ispstatus.store.uplinks import stored
from tests.cli.conftest import Run
from tests.store.kit import a_database


def names(path: Path) -> list[str]:
    db = open_reader(path)
    try:
        return [one.name for one in stored(db)]
    finally:
        db.close()


def test_a_backup_says_what_it_made(run: Run, state: Path, tmp_path: Path) -> None:
    said = run("backup", tmp_path / "copy.db")

    assert (said.code, said.err) == (0, "")
    assert said.out == f"{tmp_path / 'copy.db'}: 0.2 MB, verified\n"
    assert names(tmp_path / "copy.db") == ["fibre", "line2"]


def test_a_backup_works_while_ispstatus_runs(run: Run, state: Path, tmp_path: Path) -> None:
    running = WriterLock(state / "ispstatus.db")
    running.take()

    assert run("backup", tmp_path / "copy.db").code == 0
    running.release()


def test_a_backup_overwrites_nothing(run: Run, state: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")

    said = run("backup", tmp_path / "copy.db")

    assert (said.code, said.out) == (1, "")
    assert said.err == f"ispstatus: {tmp_path / 'copy.db'} exists: choose another name\n"


def test_there_is_no_backup_of_nothing(run: Run, tmp_path: Path) -> None:
    said = run("backup", tmp_path / "copy.db")

    assert said.code == 1
    assert said.err.startswith(f"ispstatus: {tmp_path / 'state' / 'ispstatus.db'}: ")
    assert not (tmp_path / "copy.db").exists()


def test_a_restore_says_where_the_other_database_went(run: Run, state: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy.db")
    (state / "ispstatus.db").unlink()
    a_database(state, uplinks=1).close()

    said = run("restore", tmp_path / "copy.db")

    assert (said.code, said.err) == (0, "")
    first, second = said.out.splitlines()
    assert first == f"{state / 'ispstatus.db'}: restored from {tmp_path / 'copy.db'}"
    assert second.startswith(f"the database that was there is kept as {state / 'quarantine' / 'ispstatus-replaced-'}")
    assert names(state / "ispstatus.db") == ["fibre", "line2"]
    assert names(Path(second.split(" kept as ")[1])) == ["fibre"]


def test_a_restore_is_refused_while_ispstatus_runs(run: Run, state: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy.db")
    running = WriterLock(state / "ispstatus.db")
    running.take()

    said = run("restore", tmp_path / "copy.db")
    running.release()

    assert (said.code, said.out) == (1, "")
    assert said.err == f"ispstatus: {state} is in use by another running ispstatus: stop it first\n"
    assert not (state / "quarantine").exists()


@pytest.mark.parametrize("content", [b"", b"hello" * 5000])
def test_a_restore_of_what_is_no_backup_is_refused(run: Run, state: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy.db").write_bytes(content)

    said = run("restore", tmp_path / "copy.db")

    assert said.code == 1
    assert said.err.startswith(f"ispstatus: {tmp_path / 'copy.db'}")
    assert names(state / "ispstatus.db") == ["fibre", "line2"]


def test_a_restore_of_a_newer_schema_is_refused(run: Run, state: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy.db")
    db = open_writer(tmp_path / "copy.db")
    db.run("PRAGMA user_version = 99")
    db.close()

    said = run("restore", tmp_path / "copy.db")

    assert said.code == 1
    assert "has schema 99, this version of ispstatus knows 1 to" in said.err
