import shutil
import ssl
import stat
from pathlib import Path

import pytest

from ispstatus.model.errors import ConfigError
from ispstatus.reflector.certificate import FOLDER, context_of
from tests.probes.certificates import needs_openssl


@needs_openssl
def test_the_first_start_makes_a_certificate_and_later_ones_keep_it(tmp_path: Path) -> None:
    context_of(None, None, tmp_path, "far.example")
    made = (tmp_path / FOLDER / "certificate.pem").read_text()

    context_of(None, None, tmp_path, "far.example")

    assert (tmp_path / FOLDER / "certificate.pem").read_text() == made
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {"certificate.pem", "key.pem"}
    assert stat.S_IMODE((tmp_path / FOLDER / "key.pem").stat().st_mode) == 0o600
    told = ssl._ssl._test_decode_cert(str(tmp_path / FOLDER / "certificate.pem"))  # type: ignore[attr-defined]
    assert told["subjectAltName"] == (("DNS", "far.example"),)


@needs_openssl
def test_a_certificate_of_the_operators_own_is_used(tmp_path: Path) -> None:
    context_of(None, None, tmp_path, "a")
    folder = tmp_path / FOLDER

    context_of(folder / "certificate.pem", folder / "key.pem", Path("/nonexistent"), "b")


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"one\.pem .*cannot be used: .*No such file"):
        context_of(tmp_path / "one.pem", tmp_path / "one.key", tmp_path, "a")


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.pem").write_text("nothing")

    with pytest.raises(ConfigError, match=r"one\.pem .*cannot be used"):
        context_of(tmp_path / "one.pem", tmp_path / "one.pem", tmp_path, "a")


def test_without_openssl_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    with pytest.raises(ConfigError, match="install openssl, or give certificate and key, or turn HTTPS off"):
        context_of(None, None, tmp_path, "a")


@needs_openssl
def test_a_state_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="no certificate could be made in"):
        context_of(None, None, tmp_path / "file", "a")


def test_making_one_that_fails_leaves_no_half_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: "/bin/false")

    with pytest.raises(ConfigError, match="no certificate could be made in"):
        context_of(None, None, tmp_path, "a")

    assert list((tmp_path / FOLDER).iterdir()) == []
