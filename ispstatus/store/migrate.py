"""The schema and its versions: ``migrations/NNNN_name.sql``, counted by ``PRAGMA user_version``."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from ispstatus.model.errors import NewerSchema
from ispstatus.store import backup
from ispstatus.store.db import Db
from ispstatus.store.layout import backups_of

_NAME = re.compile(r"(\d{4})_\w+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str


def migrations() -> tuple[Migration, ...]:
    """Return every migration this version brings, in order."""
    folder = files("ispstatus.store").joinpath("migrations")
    found = [(match, file) for file in folder.iterdir() if (match := _NAME.fullmatch(file.name))]
    return tuple(
        sorted(
            (Migration(int(match[1]), file.name, file.read_text(encoding="utf-8")) for match, file in found),
            key=lambda migration: migration.number,
        )
    )


def version_of(db: Db) -> int:
    """Return the schema version of a database; 0 for a new one."""
    return int(db.value("PRAGMA user_version"))


def refuse_newer(db: Db, known: Sequence[Migration]) -> None:
    """Raise NewerSchema, with what to do about it, if a newer ispstatus wrote this database."""
    version, newest = version_of(db), known[-1].number
    if version <= newest:
        return
    fitting = backup.newest_of_version(backups_of(db.path), newest)
    advice = (
        f"or go back to its state before the upgrade: ispstatus restore {fitting}"
        if fitting
        else f"there is no backup of an older schema in {backups_of(db.path)}"
    )
    raise NewerSchema(
        f"{db.path} has schema {version}, this version of ispstatus knows {newest}:"
        f" install the newer version again, {advice}"
    )


def migrate(db: Db, known: Sequence[Migration]) -> int:
    """Bring the schema up to date, each step in its own transaction; return its version.

    A database with content is copied to ``DIR/backups`` first, and the copy verified.
    """
    refuse_newer(db, known)
    version = version_of(db)
    pending = [migration for migration in known if migration.number > version]
    if pending and version:
        backup.before_migration(db, version)
    for migration in pending:
        with db.transaction():
            for statement in statements(migration.sql):
                db.run(statement)
            db.run(f"PRAGMA user_version = {migration.number}")
    return known[-1].number


def statements(sql: str) -> Iterator[str]:
    """Yield the statements of a script one by one: a script run whole would commit in between."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
