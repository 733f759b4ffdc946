import stat
from pathlib import Path

import pytest

from ispstatus.model.errors import StorageError
from ispstatus.store import key_file


def test_it_lies_beside_the_database_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    database = tmp_path / "ispstatus.db"
    key_file.write(database, "insight", "abc")

    path = tmp_path / "insight.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "abc\n"
    assert key_file.read(database, "insight") == "abc"
    assert [one.name for one in tmp_path.iterdir()] == ["insight.key"]


def test_it_is_replaced_whole_whatever_a_crash_left(tmp_path: Path) -> None:
    database = tmp_path / "ispstatus.db"
    (tmp_path / "insight.new").write_text("half of a k")
    key_file.write(database, "insight", "abc")
    key_file.write(database, "insight", "def")

    assert key_file.read(database, "insight") == "def"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_what_is_no_key_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "insight.key").write_bytes(content)

    assert key_file.read(tmp_path / "ispstatus.db", "insight") is None


def test_without_a_file_there_is_none_and_taking_it_away_is_no_error(tmp_path: Path) -> None:
    key_file.remove(tmp_path / "ispstatus.db", "insight")

    assert key_file.read(tmp_path / "ispstatus.db", "insight") is None


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "insight.key").mkdir()

    with pytest.raises(StorageError, match=r"insight\.key"):
        key_file.write(tmp_path / "ispstatus.db", "insight", "abc")
