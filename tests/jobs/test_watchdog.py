"""What systemd is told."""

import socket
from pathlib import Path

from ispstatus.jobs.watchdog import notify, stuck


def test_a_message_reaches_the_service_manager(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)

        assert notify("READY=1", {"NOTIFY_SOCKET": address})
        assert manager.recv(100) == b"READY=1"


def test_an_abstract_address_works_too() -> None:
    name = "ispstatus-test-notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name)

        assert notify("WATCHDOG=1", {"NOTIFY_SOCKET": "@" + name})
        assert manager.recv(100) == b"WATCHDOG=1"


def test_without_systemd_nothing_is_said() -> None:
    assert not notify("READY=1", {})


def test_a_thread_that_stands_still_longer_than_it_may_is_stuck() -> None:
    limits = {"engine": 10.0, "writer": 60.0}

    assert stuck({"engine": 10.1, "writer": 59.0}, limits) == ("engine",)
    assert stuck({"engine": 10.0, "writer": 60.0}, limits) == ()


def test_a_thread_that_does_not_exist_is_not_stuck() -> None:
    assert stuck({}, {"web": 30.0}) == ()
