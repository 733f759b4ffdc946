"""Whoever shows a key is found by it, and nobody by anything else."""

import pytest

from ispstatus.actions.keys import create_key, revoke_key
from ispstatus.model.key import INSIGHT, READ
from ispstatus.queries.keys import all_keys, find_key
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from tests.helpers.make import NOON


def test_a_key_is_found_among_others(db: Db, reader: Reader) -> None:
    secrets = [create_key(db, INSIGHT, name, (READ,), NOON) for name in ("noc", "prtg", "lab")]

    assert [key and key.name for key in (find_key(reader, INSIGHT, secret) for secret in secrets)] == [
        "noc",
        "prtg",
        "lab",
    ]


@pytest.mark.parametrize("guess", ["", "0", "é", "x" * 10_000])
def test_a_guess_finds_nobody(db: Db, reader: Reader, guess: str) -> None:
    create_key(db, INSIGHT, "noc", (READ,), NOON)

    assert find_key(reader, INSIGHT, guess) is None


def test_part_of_a_key_another_family_and_the_hash_find_nobody(db: Db, reader: Reader) -> None:
    secret = create_key(db, INSIGHT, "noc", (READ,), NOON)
    hashed = db.value("SELECT hex(hash) FROM api_key")

    assert [
        find_key(reader, *shown) for shown in ((INSIGHT, secret[:-1]), ("telemetry", secret), (INSIGHT, hashed))
    ] == [
        None,
        None,
        None,
    ]


def test_a_revoked_key_opens_nothing_from_that_moment(db: Db, reader: Reader) -> None:
    secret = create_key(db, INSIGHT, "noc", (READ,), NOON)
    assert find_key(reader, INSIGHT, secret) is not None
    revoke_key(db, 1, NOON)

    assert find_key(reader, INSIGHT, secret) is None
    assert [key.name for key in all_keys(reader)] == ["noc"], "but it is listed"
