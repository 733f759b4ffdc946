"""A step of the wall clock is noticed; slow drift is not one."""

from ispstatus.clock import Clock
from ispstatus.jobs.clockwatch import ClockWatch


class Hands:
    """Two clocks moved by hand."""

    def __init__(self) -> None:
        self.wall, self.boot = 1_800_000_000.0, 500.0
        self.clock = Clock(wall=lambda: self.wall, boot=lambda: self.boot)

    def pass_time(self, seconds: float, *, step_s: float = 0.0) -> None:
        self.boot += seconds
        self.wall += seconds + step_s


def test_a_step_is_told_once_with_its_size_and_sign() -> None:
    hands, steps = Hands(), list[float]()
    watch = ClockWatch(hands.clock, steps.append)

    hands.pass_time(1, step_s=-3600)
    watch.look()
    hands.pass_time(1)
    watch.look()

    assert steps == [-3600.0]
    assert watch.last_step_boot_s == 501.0


def test_drift_below_a_second_between_looks_is_followed_silently() -> None:
    hands, steps = Hands(), list[float]()
    watch = ClockWatch(hands.clock, steps.append)

    for _ in range(10):
        hands.pass_time(1, step_s=0.9)
        watch.look()

    assert steps == []


def test_a_suspend_is_no_step() -> None:
    hands, steps = Hands(), list[float]()
    watch = ClockWatch(hands.clock, steps.append)

    hands.pass_time(3600)
    watch.look()

    assert steps == []
