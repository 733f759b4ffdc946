"""The kernel tells of a pulled device in two breaths, down and then gone: one outage, and its reason is the last."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

import pytest

from ispstatus.jobs.judgement import FROM_THE_ROOT, Judge
from ispstatus.jobs.recorder import Recorder
from ispstatus.model.net import LinkStatus, Path
from ispstatus.model.record import Outage
from ispstatus.model.state import Fault, Reason, State
from ispstatus.store import outages
from ispstatus.store.codec import to_us
from ispstatus.store.db import Db
from tests.helpers.make import SILENT, a_memory, a_path, at, evidence, names
from tests.helpers.make import echoes as echoes_of
from tests.helpers.make import https as https_of
from tests.jobs.living import Hands, a_live
from tests.store.kit import a_database

DOWN = a_path(link=LinkStatus.ADMIN_DOWN)
GONE = a_path(link=LinkStatus.MISSING, source=None, has_default=False)
UNPLUGGED = a_path(link=LinkStatus.NO_CARRIER)
WITHOUT_ADDRESS = a_path(source=None)


class Line:
    """One uplink whose verdicts are stored at once."""

    def __init__(self, db: Db) -> None:
        self.db, self.hands = db, Hands()
        self.live = a_live(memory=a_memory())
        self.judge = Judge(self.hands.clock, Recorder(self._write), lambda _live, _before: None)
        self._see()
        self.hands.pass_time(10)

    def hear(self, path: Path, after_s: float = 0.0) -> None:
        """The kernel says so, ``after_s`` later."""
        self.hands.pass_time(after_s)
        self._see(path=path, proof=None, pings=(), https=(), dns=(), gateway=None)

    def fall_silent(self) -> None:
        """Nothing outside answers."""
        self._see(pings=echoes_of(*[SILENT] * 3), https=https_of(*[SILENT] * 3), dns=names(SILENT))

    @property
    def outage(self) -> Outage:
        """The outage that lasts, as it is stored."""
        found = outages.open_outage(self.db, 1)
        assert found is not None
        return found

    def _see(self, **seen: Any) -> None:
        now = self.hands.now
        self.judge.judge(self.live, evidence(started_at=now, ended_at=now, **seen), None, (), store=False)

    def _write(self, write: Callable[[Db], Any]) -> "Future[Any]":
        done: Future[Any] = Future()
        with self.db.transaction():
            done.set_result(write(self.db))
        return done


@pytest.fixture(name="db")
def _db(tmp_path: FilePath) -> Iterator[Db]:
    db = a_database(tmp_path)
    yield db
    db.close()


def test_a_pulled_device_is_missing_and_not_switched_off(db: Db) -> None:
    line = Line(db)
    line.hear(DOWN)
    assert (line.outage.reason, line.outage.fault) == (Reason.IFACE_ADMIN_DOWN, Fault.LOCAL)

    line.hear(GONE, after_s=0.004)

    assert line.outage.reason is Reason.IFACE_MISSING
    assert line.outage.first_bad_at == at(10)
    assert "does not exist" in line.outage.explanation
    assert line.outage.evidence is not None
    assert line.outage.evidence["iface_state"] == "missing"
    assert len(outages.transitions(db, 1, 0, to_us(at(60)))) == 2
    assert db.value("SELECT count(*) FROM outage") == 1


def test_a_lost_carrier_keeps_its_moment_when_the_device_goes_too(db: Db) -> None:
    line = Line(db)
    line.hear(UNPLUGGED)
    line.hear(GONE, after_s=0.1)

    assert line.outage.reason is Reason.IFACE_MISSING
    assert line.outage.carrier_down_at == at(10)


def test_an_address_that_goes_with_its_carrier_is_a_lost_carrier(db: Db) -> None:
    line = Line(db)
    line.hear(WITHOUT_ADDRESS)
    line.hear(replace(UNPLUGGED, source=None), after_s=0.1)

    assert line.outage.reason is Reason.NO_CARRIER
    assert line.outage.carrier_down_at == at(10.1)


@pytest.mark.parametrize(
    ("first", "second", "after_s", "reason"),
    [
        pytest.param(DOWN, GONE, 1.1, Reason.IFACE_ADMIN_DOWN, id="later, it is another story"),
        pytest.param(DOWN, UNPLUGGED, 0.1, Reason.IFACE_ADMIN_DOWN, id="what follows from the cause is not the cause"),
        pytest.param(DOWN, WITHOUT_ADDRESS, 0.1, Reason.IFACE_ADMIN_DOWN, id="nor is this"),
        pytest.param(GONE, DOWN, 0.1, Reason.IFACE_MISSING, id="it comes back, switched off"),
    ],
)
def test_an_outage_keeps_the_reason_it_began_with(
    db: Db, first: Path, second: Path, after_s: float, reason: Reason
) -> None:
    line = Line(db)
    line.hear(first)
    line.hear(second, after_s)

    assert line.outage.reason is reason


def test_an_outage_found_by_silence_keeps_its_reason_whatever_the_kernel_says_next(db: Db) -> None:
    line = Line(db)
    line.fall_silent()
    began = line.outage.reason
    line.hear(GONE, after_s=0.1)

    assert line.live.standing.decision.reason is Reason.IFACE_MISSING
    assert line.live.standing.decision.state is State.DOWN
    assert line.outage.reason is began
    assert began not in FROM_THE_ROOT
