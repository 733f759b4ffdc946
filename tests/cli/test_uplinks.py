"""``ispstatus uplink list`` and ``ispstatus uplink forget``."""

from pathlib import Path

import pytest

from ispstatus.store.lock import WriterLock
from tests.cli.conftest import Run


def test_the_list_tells_number_name_interface_and_origin(run: Run, state: Path) -> None:
    said = run("uplink", "list")

    assert (said.code, said.err) == (0, "")
    assert said.out == "1\tfibre\teth1\tconfigured\n2\tline2\teth2\tconfigured\n"


def test_what_is_forgotten_is_listed_last_as_removed(run: Run, state: Path) -> None:
    said = run("uplink", "forget", "fibre")
    assert (said.code, said.out, said.err) == (0, "fibre is forgotten; its history stays readable\n", "")

    assert run("uplink", "list").out == "2\tline2\teth2\tconfigured\n1\tfibre\teth1\tremoved\n"


def test_forgetting_a_stranger_names_those_who_are_there(run: Run, state: Path) -> None:
    said = run("uplink", "forget", "wireless")

    assert (said.code, said.out) == (1, "")
    assert "there is no uplink 'wireless'" in said.err


def test_nothing_is_forgotten_while_ispstatus_runs(run: Run, state: Path) -> None:
    running = WriterLock(state / "ispstatus.db")
    running.take()

    said = run("uplink", "forget", "fibre")

    assert (said.code, said.err) == (1, f"ispstatus: {state} is in use by another running ispstatus: stop it first\n")
    assert "fibre\teth1\tconfigured" in run("uplink", "list").out, "the list works beside it"
    running.release()


def test_nothing_is_made_where_nothing_is(run: Run, tmp_path: Path) -> None:
    said = run("uplink", "forget", "fibre")

    assert (said.code, said.out) == (1, "")
    assert said.err == f"ispstatus: {tmp_path / 'state' / 'ispstatus.db'} does not exist\n"
    assert run("uplink", "list").code == 1
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("words", [("uplink",), ("uplink", "forget"), ("uplink", "rename", "a")])
def test_wrong_usage_ends_with_two(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).code == 2
