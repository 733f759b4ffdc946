"""The van of an invented history goes on pushing."""

from ispstatus.clock import Clock
from ispstatus.jobs.demo_van import DemoVan
from ispstatus.model.agent import Accepted, AgentReport, Taken
from ispstatus.model.errors import TooBusy
from tests.helpers.make import NOON_TS


class Road:
    """A clock moved by hand, and everything that was pushed."""

    def __init__(self) -> None:
        self.wall_s = float(NOON_TS)
        self.is_busy = False
        self.pushed: list[list[float]] = []
        self.van = DemoVan(Clock(lambda: self.wall_s, lambda: 0.0), self.take)

    def take(self, _agent: str, report: AgentReport) -> tuple[int, Accepted]:
        if self.is_busy:
            raise TooBusy("later")
        self.pushed.append(sorted({one.ts - NOON_TS for one in report.samples}))
        return 4, Accepted(Taken(0), Taken(0), Taken(0))

    def drive(self, seconds: float) -> None:
        self.wall_s += seconds
        self.van.push()


def test_each_push_has_what_came_since_the_one_before() -> None:
    road = Road()
    road.drive(10)
    road.drive(11)

    assert road.pushed == [[5, 10], [15, 20]]


def test_what_could_not_be_stored_is_pushed_again() -> None:
    road = Road()
    road.is_busy = True
    road.drive(10)
    road.is_busy = False
    road.drive(5)

    assert road.pushed == [[5, 10, 15]]


def test_after_a_long_sleep_it_has_measured_for_an_hour() -> None:
    road = Road()
    road.drive(86_400)

    assert (road.pushed[0][0], road.pushed[0][-1]) == (86_400 - 3595, 86_400)
