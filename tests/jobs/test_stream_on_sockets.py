"""The stream on real sockets and in real time."""

from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import Answered, Message, Silence
from ispstatus.jobs.stream import Mood, Stream
from ispstatus.jobs.tally import Tally
from ispstatus.model.uplink import PingTarget
from tests.helpers.make import an_uplink
from tests.net.namespace import Namespace, needs_namespaces
from tests.probes.driving import Driver, eventually, loopback, needs_echo

TARGETS = (PingTarget("127.0.0.1", "Alpha"), PingTarget("127.0.0.2", "Beta"))


def a_stream(driver: Driver, told: list[Message]) -> Stream:
    uplink = an_uplink(interface="lo")
    stream = Stream(uplink, driver.engine, told.append, LoadMeter("lo", uplink.contract), Tally())
    stream.tell_mood(Mood.WATCH)
    stream.tell_aim(loopback(), TARGETS, "127.0.0.3", 0.01)
    return stream


def has_learnt(stream: Stream) -> bool:
    targets = stream.quality().targets
    return len(targets) == len(TARGETS) and all(target.p99_ms is not None for target in targets)


@needs_echo
def test_answers_become_figures_of_each_target(driver: Driver) -> None:
    told: list[Message] = []
    stream = a_stream(driver, told)

    eventually(lambda: has_learnt(stream))

    quality = driver.on_engine(stream.quality)
    assert [target.network for target in quality.targets] == ["Alpha", "Beta"]
    assert quality.loss_pct == 0.0
    assert quality.latency_ms is not None
    assert 0.0 < quality.latency_ms < 300.0
    assert driver.on_engine(lambda: stream.gateway_answer_since(0.0)) is not None
    driver.on_engine(stream.stop)


@needs_namespaces
def test_a_line_that_falls_silent_and_comes_back_is_told_once_each(space: Namespace, inside: Driver) -> None:
    told: list[Message] = []
    stream = a_stream(inside, told)
    eventually(lambda: has_learnt(stream))

    space.sysctl("ipv4/icmp_echo_ignore_all", "1")
    eventually(lambda: bool(told))
    stream.tell_mood(Mood.DOWN)
    inside.on_engine(lambda: None)
    space.sysctl("ipv4/icmp_echo_ignore_all", "0")
    eventually(lambda: len(told) > 1)
    inside.on_engine(stream.stop)

    silence, answered = told
    assert isinstance(silence, Silence)
    assert isinstance(answered, Answered)
    assert silence.echoes == {"127.0.0.1": 2, "127.0.0.2": 2}
    assert silence.last_good_boot_s is not None
    assert silence.last_good_boot_s < silence.first_bad_boot_s < answered.sent_boot_s
