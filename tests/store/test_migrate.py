"""The schema grows one step at a time, never without a copy, and never backwards."""

from pathlib import Path

import pytest

from ispstatus.model.errors import NewerSchema, StorageError
from ispstatus.store import meta
from ispstatus.store.db import Db, open_reader, open_writer
from ispstatus.store.migrate import Migration, migrate, migrations, refuse_newer, statements, version_of
from tests.store.kit import a_database

NOW = migrations()
NEXT = len(NOW) + 1
ADDED = Migration(
    NEXT, "added", "-- one; two\nCREATE TABLE added (a TEXT) STRICT;\nINSERT INTO added VALUES ('x;y');\n"
)
BROKEN = Migration(NEXT, "broken", "CREATE TABLE half (a TEXT) STRICT;\nINSERT INTO nowhere VALUES (1);\n")


def copies(path: Path) -> list[Path]:
    folder = path.parent / "backups"
    return list(folder.iterdir()) if folder.exists() else []


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in NOW] == list(range(1, NEXT))


def test_a_new_database_gets_every_step_and_no_copy(tmp_path: Path) -> None:
    db = open_writer(tmp_path / "new.db")

    assert migrate(db, (*NOW, ADDED)) == NEXT
    assert version_of(db) == NEXT
    assert copies(db.path) == []
    db.close()


def test_a_step_on_a_database_with_content_makes_a_verified_copy_first(db: Db) -> None:
    meta.put(db, "word", "kept")

    assert migrate(db, (*NOW, ADDED)) == NEXT

    assert db.value("SELECT a FROM added") == "x;y"
    assert meta.get(db, "word") == "kept"
    (copy,) = copies(db.path)
    before = open_reader(copy)
    assert (version_of(before), meta.get(before, "word")) == (NEXT - 1, "kept")
    before.close()


def test_up_to_date_is_left_alone(db: Db) -> None:
    assert migrate(db, NOW) == NEXT - 1
    assert copies(db.path) == []


def test_a_step_that_fails_leaves_nothing_of_itself(db: Db) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        migrate(db, (*NOW, BROKEN))

    assert version_of(db) == NEXT - 1
    assert db.value("SELECT count(*) FROM sqlite_master WHERE name = 'half'") == 0


def test_no_step_is_taken_without_its_copy(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ispstatus.store.backup.free_bytes", lambda _path: 0)

    with pytest.raises(StorageError, match="no room for a copy"):
        migrate(db, (*NOW, ADDED))
    assert version_of(db) == NEXT - 1


def test_a_newer_schema_is_refused_with_the_command_that_goes_back(db: Db) -> None:
    migrate(db, (*NOW, ADDED))
    (copy,) = copies(db.path)

    with pytest.raises(NewerSchema) as refused:
        refuse_newer(db, NOW)
    assert f"has schema {NEXT}, this version of ispstatus knows {NEXT - 1}" in str(refused.value)
    assert str(refused.value).endswith(f"ispstatus restore {copy}")


def test_a_newer_schema_without_a_copy_says_so(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    db.run(f"PRAGMA user_version = {NEXT}")

    with pytest.raises(NewerSchema, match="there is no backup of an older schema in"):
        refuse_newer(db, NOW)
    db.close()


SCRIPT = """
CREATE TABLE a (b TEXT);
-- c; d
INSERT INTO a VALUES (';');
CREATE TRIGGER t AFTER INSERT ON a
BEGIN
  SELECT 1;
END;
"""


def test_a_script_is_cut_at_its_statements_not_at_every_semicolon() -> None:
    assert [statement.split()[0] for statement in statements(SCRIPT)] == ["CREATE", "--", "CREATE"]
