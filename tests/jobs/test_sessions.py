"""One session for each protocol, asked in the same way, of a reflector on loopback."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ispstatus.jobs.sessions import open_session
from ispstatus.jobs.tasks import tasks_of
from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.model.series import Protocol
from ispstatus.model.uplink import Reflector
from tests.helpers.make import an_uplink
from tests.probes.certificates import needs_openssl
from tests.probes.driving import NOWHERE, Driver, loopback, needs_echo
from tests.reflector.kit import ANY_PORTS, running


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reflector]:
    ports = replace(ANY_PORTS, https=0)
    with running(state_dir=tmp_path_factory.mktemp("far"), ports=ports) as reflector:
        given = {f"{name}_port": port for name, port in reflector.ports.items()}
        yield Reflector("127.0.0.1", **given)


@needs_echo
@needs_openssl
@pytest.mark.parametrize("protocol", list(Protocol))
def test_every_protocol_has_its_round_trip(driver: Driver, far: Reflector, protocol: Protocol) -> None:
    (task,) = [one for one in tasks_of(an_uplink(reflector=far), 4, {}, 1.0) if one.protocol is protocol]
    session = driver.on_engine(lambda: open_session(driver.engine, loopback(), task))
    samples: list[RoundTrip] = [driver.hear(lambda done: session.probe(timeout_s=2.0, done=done)) for _ in range(3)]
    driver.on_engine(session.close)

    assert [sample.outcome for sample in samples[1:]] == [Outcome.OK] * 2
    assert all(0.0 <= (sample.rtt_ms or 0.0) < 2000.0 for sample in samples)
    assert all(sample.sent_boot_s is not None for sample in samples)
    assert (samples[-1].deltas is not None) == (protocol is Protocol.TWAMP)


@pytest.mark.parametrize("protocol", [Protocol.ICMP, Protocol.TCP, Protocol.UDP, Protocol.TWAMP, Protocol.HTTP])
def test_a_closed_session_is_heard_of_no_more(driver: Driver, protocol: Protocol) -> None:
    heard: list[RoundTrip] = []
    tasks = tasks_of(an_uplink(reflector=Reflector(NOWHERE)), 4, {}, 1.0)
    (task,) = [one for one in tasks if one.protocol is protocol]

    def begin() -> None:
        session = open_session(driver.engine, loopback(), task)
        session.probe(timeout_s=0.01, done=heard.append)
        session.close()

    driver.on_engine(begin)
    driver.hear(lambda done: driver.engine.at(driver.engine.clock.boot() + 0.05, lambda: done(None)))
    assert heard == []
