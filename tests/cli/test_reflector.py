"""``ispstatus reflector`` as an operator runs it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from ispstatus import cli
from ispstatus.reflector.wire import echo
from tests.reflector.kit import ask, client, free_port

ROOT = Path(__file__).parents[2]
UNWANTED = ("ISPSTATUS_CONFIG", "STATE_DIRECTORY", "NOTIFY_SOCKET", "JOURNAL_STREAM")


@contextmanager
def started(*options: str, notify: str | None = None) -> Iterator[subprocess.Popen[str]]:
    environment = {key: value for key, value in os.environ.items() if key not in UNWANTED}
    if notify:
        environment["NOTIFY_SOCKET"] = notify
    process = subprocess.Popen(
        [sys.executable, "-m", "ispstatus", "reflector", *options],
        cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ready(process: "subprocess.Popen[str]") -> dict[str, int]:
    """Return the ports of the line that says it answers."""
    assert process.stderr
    line = process.stderr.readline()
    assert line.startswith("ready: reflector on 127.0.0.1: "), line
    return {name: int(port) for name, port in (one.split() for one in line.rsplit(": ", 1)[1].split(", "))}


def ports(*services: str) -> Sequence[str]:
    """Options that leave only some services, each on a port that is free."""
    everything = ("http", "https", "tcp", "udp", "twamp", "throughput")
    off = [word for name in everything if name not in services for word in ("--port", f"{name}=off")]
    return off + [word for name in services for word in ("--port", f"{name}={free_port()}")]


def test_it_says_when_it_answers_and_ends_at_once_and_cleanly_when_told(tmp_path: Path) -> None:
    options = ("--listen", "127.0.0.1", "--state-dir", str(tmp_path), *ports("udp", "twamp", "tcp"))
    for number in (signal.SIGTERM, signal.SIGINT):
        with started(*options) as process, client() as asker:
            found = ready(process)
            assert set(found) == {"udp", "twamp", "tcp"}
            assert ask(asker, echo.encode(echo.Echo(1, 2, 3)), found["udp"])
            process.send_signal(number)

            assert process.wait(5) == 0
            assert process.stderr
            assert process.stderr.read() == ""


def test_it_tells_systemd_when_it_is_ready_that_it_lives_and_that_it_stops(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(10)
        with started("--listen", "127.0.0.1", *ports("udp"), notify=address) as process:
            assert manager.recv(100) == b"READY=1"
            assert manager.recv(100) == b"WATCHDOG=1"
            process.terminate()
            while (word := manager.recv(100)) != b"STOPPING=1":
                assert word == b"WATCHDOG=1"


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    code = cli.main(["reflector", *options])
    return code, capsys.readouterr().err


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of this machine is read."""
    (tmp_path / "none.toml").write_text("")
    monkeypatch.setenv("ISPSTATUS_CONFIG", str(tmp_path / "none.toml"))


def test_without_being_told_whom_to_answer_it_refuses_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    code, words = refused(capsys)

    assert code == 78
    assert "answers nobody until it is told whom" in words
    assert "--allow 203.0.113.0/24" in words


def test_a_certificate_without_its_key_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, words = refused(capsys, "--listen", "127.0.0.1", "--certificate", "/one.pem")

    assert (code, "--certificate and --key go together" in words) == (78, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--allow", "10.0.0.5/8"), 'write "10.0.0.0/8"'),
        (("--listen", "here"), "must be an IPv4 or IPv6 address"),
        (("--port", "gopher=70"), "must be SERVICE=PORT; services: http, https, tcp, udp, twamp, throughput"),
        (("--port", "udp=0"), 'must be a port from 1 to 65535, or "off"'),
        (("--port", "udp"), "must be SERVICE=PORT"),
    ],
)
def test_an_option_that_makes_no_sense_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["reflector", *options])

    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_file_is_read_and_options_replace_what_it_says(tmp_path: Path) -> None:
    config = tmp_path / "far.toml"
    config.write_text(
        '[reflector_server]\nlisten = "192.0.2.1"\nallow = ["192.0.2.0/24"]\n'
        'ports = { https = "off", http = "off", tcp = "off", twamp = "off" }\n'
    )
    own = [word for name in ("udp", "throughput") for word in ("--port", f"{name}={free_port()}")]
    with started("--config", str(config), "--listen", "127.0.0.1", *own) as process:
        assert set(ready(process)) == {"udp", "throughput"}
