"""``ispstatus demo``: invented history in an empty state directory."""

import sqlite3
from pathlib import Path

from tests.cli.conftest import Run


def test_history_is_written_and_told(run: Run, tmp_path: Path) -> None:
    said = run("demo", "--days", "2", "--no-serve")

    path = tmp_path / "state" / "ispstatus.db"
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{path}: 2 days of invented history of 3 uplinks\n"
    with sqlite3.connect(path) as database:
        (count,) = database.execute("SELECT count(*) FROM minute").fetchone()
        assert database.execute("SELECT value FROM meta WHERE key = 'demo'").fetchone() == ("1",)
    database.close()
    assert 3 * 2 * 1440 - 100 < count < 3 * 3 * 1440
    assert "Fibre (BGP01)" in run("uplink", "list").out


def test_the_configured_uplinks_are_used_where_there_are_any(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "demo.toml"
    config.write_text('[[uplink]]\nname = "Mine"\ninterface = "eth7"\n')

    said = run("demo", "--days", "1", "--no-serve", "--config", config)

    assert said.out.endswith("1 days of invented history of 1 uplinks\n")
    assert run("uplink", "list").out == "1\tMine\teth7\tconfigured\n"


def test_a_database_that_is_there_is_left_alone(run: Run, state: Path) -> None:
    before = (state / "ispstatus.db").read_bytes()

    said = run("demo", "--no-serve")

    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"ispstatus: {state / 'ispstatus.db'} exists: invented history only goes into an empty --state-dir\n"
    )
    assert (state / "ispstatus.db").read_bytes() == before


def test_days_are_between_one_and_four_hundred(run: Run, tmp_path: Path) -> None:
    for days in ("0", "401", "many"):
        said = run("demo", "--no-serve", "--days", days)
        assert said.code == 2
        assert "--days" in said.err
    assert not (tmp_path / "state").exists()
