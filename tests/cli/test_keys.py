"""``ispstatus keys``: also beside a running daemon."""

from pathlib import Path

import pytest

from ispstatus.actions.keys import create_first_key
from ispstatus.model.key import INSIGHT
from ispstatus.queries.keys import find_key
from ispstatus.queries.reader import Reader
from ispstatus.store.db import open_writer
from ispstatus.store.lock import WriterLock
from tests.cli.conftest import Run
from tests.helpers.make import NOON


def opens(state: Path, secret: str) -> bool:
    reader = Reader(state / "ispstatus.db")
    try:
        return find_key(reader, INSIGHT, secret) is not None
    finally:
        reader.close()


def test_a_key_is_printed_once_and_opens_until_it_is_revoked(run: Run, state: Path) -> None:
    said = run("keys", "create", "the noc", "--scope", "read", "--scope", "ingest")
    secret = said.out.strip()
    assert (said.code, said.err, opens(state, secret)) == (0, "", True)

    listed = run("keys", "list").out
    assert listed.startswith("1\tthe noc\tinsight\tread,ingest\t")
    assert listed.endswith("\tnever used\tusable\n")
    assert secret not in listed

    assert run("keys", "revoke", "1").out == "key 1 is revoked\n"
    assert not opens(state, secret)
    assert "\trevoked 2" in run("keys", "list").out


def test_it_works_while_ispstatus_runs(run: Run, state: Path) -> None:
    running, daemon = WriterLock(state / "ispstatus.db"), open_writer(state / "ispstatus.db")
    running.take()
    try:
        assert opens(state, run("keys", "create", "noc").out.strip())
    finally:
        daemon.close()
        running.release()


def test_the_first_key_can_be_read_again(run: Run, state: Path) -> None:
    assert run("keys", "show-first").code == 1
    db = open_writer(state / "ispstatus.db")
    with db.transaction():
        secret = create_first_key(db, INSIGHT, NOON)
    db.close()

    assert run("keys", "show-first").out == f"{secret}\n"
    run("keys", "revoke", "1")
    gone = run("keys", "show-first")
    assert (gone.code, gone.out) == (1, "")
    assert "ispstatus keys create NAME" in gone.err


def test_revoking_a_stranger_fails(run: Run, state: Path) -> None:
    said = run("keys", "revoke", "7")

    assert (said.code, said.out, said.err) == (1, "", "ispstatus: there is no key 7 that is not revoked\n")


@pytest.mark.parametrize(
    "words", [("keys",), ("keys", "create"), ("keys", "revoke", "x"), ("keys", "create", "a", "--scope", "all")]
)
def test_wrong_usage_ends_with_two(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).code == 2


def test_nothing_is_made_where_nothing_is(run: Run, tmp_path: Path) -> None:
    assert run("keys", "create", "noc").code == 1
    assert not (tmp_path / "state").exists()
