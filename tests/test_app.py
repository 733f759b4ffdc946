"""The daemon's wiring, without running it: what is normal is told, a changed file is taken over whole or not at all."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ispstatus.app import App
from ispstatus.config.load import parse
from ispstatus.jobs.messages import BaselinesKnown, Message, Reconfigured
from ispstatus.model.decision import Baseline
from ispstatus.model.errors import StorageError
from ispstatus.model.series import Aggregate, Hour
from ispstatus.model.settings import Settings
from ispstatus.store import hours, series
from ispstatus.store.hours import HOUR
from tests.helpers.make import a_run
from tests.store.kit import HandClock, a_database

FILE = Path("/etc/ispstatus/ispstatus.toml")
FIBRE = '[[uplink]]\nname = "fibre"\ninterface = "no-such-device"\n'
WORK = '[[maintenance]]\nuplink = "fibre"\nstart = 2026-03-01T12:00:00Z\nend = 2026-03-01T13:00:00Z\n'


class House:
    """An App with its writer running and nothing else; ``text`` is its configuration file."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.hands, self.text = directory, HandClock(), FIBRE
        self.posted: list[Message] = []
        self.app = App(self.read(), self.hands.clock, reread=self.read)
        self.app._measuring.coordinator.post = self.posted.append  # type: ignore[method-assign, assignment]
        self.app._writer.start()

    def read(self) -> Settings:
        return parse(self.text, FILE, self.directory)

    def reload(self, text: str) -> list[Message]:
        """Read the file anew; return what the coordinator is told."""
        self.text = text
        self.app._reload()
        return self.posted

    def close(self) -> None:
        self.app._reader.close()
        self.app._writer.stop()
        self.app._measuring.outlook.close()


@pytest.fixture(name="house")
def _house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def test_what_is_normal_is_read_from_the_store_and_told_to_the_coordinator(tmp_path: Path) -> None:
    hands = HandClock()
    db = a_database(tmp_path, hands)
    hour = Hour(Aggregate(1200, 10, steps_us=1_000_000, steps=1000), 20_000)
    with db.transaction():
        hours.put_hour(db, int(hands.wall_s) - HOUR, {series.number_of(db, a_run()): hour})
    db.close()
    house = House(tmp_path)
    house.app._measuring.roster.replace(house.app._registered(house.read().uplinks))

    house.app._tell_baselines()

    assert house.posted == [BaselinesKnown({1: Baseline(20.0, 1.0)})]
    house.close()


def test_a_reload_hands_over_numbered_uplinks_and_their_planned_work(house: House) -> None:
    [message] = house.reload(FIBRE + FIBRE.replace("fibre", "lte").replace("such", "other") + WORK)

    assert isinstance(message, Reconfigured)
    assert [(uplink.id, uplink.name) for uplink in message.uplinks] == [(1, "fibre"), (2, "lte")]
    assert [len(message.maintenance[name]) for name in ("fibre", "lte")] == [1, 0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[[uplink]]", "uplink[1].name", id="mistake"),
        pytest.param('[web]\nlisten = ["127.0.0.1:9"]\n' + FIBRE, "needs a restart", id="another port"),
    ],
)
def test_what_cannot_be_taken_over_is_said_and_changes_nothing(
    house: House, caplog: pytest.LogCaptureFixture, text: str, words: str
) -> None:
    with caplog.at_level(logging.ERROR, logger="ispstatus.app"):
        assert house.reload(text) == []

    assert "the configuration before stays in force" in caplog.text
    assert words in caplog.text
    assert [uplink.name for uplink in house.app._settings.uplinks] == ["fibre"]


def test_a_disk_that_cannot_be_written_keeps_the_configuration_before(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(_write: Callable[..., object], _within_s: float) -> None:
        raise StorageError("nothing could be written within 5 s")

    monkeypatch.setattr(house.app._writer, "write", late)
    with caplog.at_level(logging.ERROR, logger="ispstatus.app"):
        assert house.reload(FIBRE.replace("fibre", "glass")) == []

    assert "nothing was reloaded" in caplog.text
