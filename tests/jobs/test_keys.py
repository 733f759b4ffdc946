"""The first key is said once, in the log; requests do not become writes."""

import logging
from datetime import date
from pathlib import Path

import pytest

from ispstatus.jobs.keys import Keys
from ispstatus.store import key_file, keys
from tests.jobs.bench import Disk
from tests.store.kit import HandClock, a_database


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(a_database(tmp_path))


def test_the_first_key_is_said_once_the_way_people_look_for_it(disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ispstatus.jobs.keys")
    made = Keys(disk.submit, HandClock().clock)
    made.make_first()
    made.make_first()

    assert caplog.messages == [f"API Key: {key_file.read(disk.db.path, 'insight')}"]


def test_when_it_cannot_be_made_the_log_says_what_to_do(disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    disk.is_full = True
    Keys(disk.submit, HandClock().clock).make_first()

    assert "ispstatus keys create NAME" in caplog.text
    assert keys.stored(disk.db) == []


def test_a_day_of_requests_is_one_write_a_key(disk: Disk) -> None:
    used = Keys(disk.submit, HandClock().clock)
    used.make_first()
    before = disk.commits
    for _ in range(500):
        used.was_used(1, date(2026, 3, 1))
    used.was_used(1, date(2026, 3, 2))

    assert disk.commits - before == 2
    assert [key.used_on for key in keys.stored(disk.db)] == [date(2026, 3, 2)]
