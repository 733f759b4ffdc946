"""Keys are told once and stored as hashes; the first is made by itself and survives its database."""

from datetime import date, timedelta

import pytest

from ispstatus.actions.keys import create_first_key, create_key, note_key_use, revoke_key
from ispstatus.model.errors import NotFound
from ispstatus.model.key import INGEST, INSIGHT, READ, hash_of
from ispstatus.store import key_file, keys
from ispstatus.store.db import Db
from tests.helpers.make import NOON


def test_a_new_key_is_unguessable_and_no_two_are_alike(db: Db) -> None:
    made = {create_key(db, INSIGHT, "noc", (READ, INGEST), NOON) for _ in range(20)}

    assert len(made) == 20
    assert {len(bytes.fromhex(secret)) for secret in made} == {24}, "at least 128 random bits"
    assert {hashed for hashed, _ in keys.usable(db, INSIGHT)} == {hash_of(secret) for secret in made}


def test_the_first_key_is_made_once_and_kept_in_its_file(db: Db) -> None:
    secret = create_first_key(db, INSIGHT, NOON)

    assert secret is not None
    assert key_file.read(db.path, INSIGHT) == secret
    [(hashed, key)] = keys.usable(db, INSIGHT)
    assert (hashed, key.name, key.scopes, key.created_at) == (hash_of(secret), "first", (READ,), NOON)
    assert create_first_key(db, INSIGHT, NOON) is None


def test_a_key_that_was_revoked_is_not_made_again(db: Db) -> None:
    create_first_key(db, INSIGHT, NOON)
    revoke_key(db, 1, NOON)

    assert create_first_key(db, INSIGHT, NOON) is None
    assert key_file.read(db.path, INSIGHT) is None, "nobody shall find it and wonder"


def test_when_the_database_is_replaced_clients_keep_their_key(db: Db) -> None:
    secret = create_first_key(db, INSIGHT, NOON)
    db.run("DELETE FROM api_key")

    assert create_first_key(db, INSIGHT, NOON) == secret


def test_revoking_another_key_leaves_the_first_in_its_file(db: Db) -> None:
    secret = create_first_key(db, INSIGHT, NOON)
    create_key(db, INSIGHT, "noc", (READ,), NOON)
    revoke_key(db, 2, NOON + timedelta(days=1))

    assert key_file.read(db.path, INSIGHT) == secret
    assert [key.id for _, key in keys.usable(db, INSIGHT)] == [1]


def test_who_revokes_a_stranger_is_told_the_usable_ones(db: Db) -> None:
    create_key(db, INSIGHT, "noc", (READ,), NOON)
    create_key(db, INSIGHT, "old", (READ,), NOON)
    revoke_key(db, 2, NOON)

    with pytest.raises(NotFound, match="no key 2") as refused:
        revoke_key(db, 2, NOON)

    assert refused.value.known == ("1",)


def test_the_day_of_use_is_remembered(db: Db) -> None:
    create_key(db, INSIGHT, "noc", (READ,), NOON)
    note_key_use(db, 1, date(2026, 3, 1))

    assert [key.used_on for key in keys.stored(db)] == [date(2026, 3, 1)]
