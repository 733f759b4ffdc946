"""A cycle that two silent bursts have started: they are its evidence, with one more echo to each target."""

import pytest

from ispstatus.decide.cadence import Round
from ispstatus.jobs.cycle import Cycle
from ispstatus.jobs.messages import CycleReport
from ispstatus.jobs.plan import CyclePlan
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import PathProof
from tests.helpers.make import PINGS, SILENT, a_memory, a_path, an_uplink
from tests.jobs.rig import Rig
from tests.jobs.streaming import LEARNT_S, ONE, THREE, TWO, Streaming, without


def a_plan(echoes_before: dict[str, int]) -> CyclePlan:
    return CyclePlan(
        cycle_id=1, uplink=an_uplink(), path=a_path(), proof=PathProof(generation=7, is_proven=True),
        trigger=Trigger.SILENCE, memory=a_memory(), round=Round(http=False, tls=False, dns=False), pings=PINGS,
        gateway=None, resolvers=(), names=(), https=(), addresses={}, echoes_before=echoes_before,
    )  # fmt: skip


def test_one_more_echo_leaves_to_each_target_a_muted_one_too(rig: Rig) -> None:
    rig.line.behave = without(THREE)
    here = Streaming(rig)
    rig.run(LEARNT_S)
    assert here.of(THREE).is_muted
    here.stream.stop()
    here.go_dead()
    began = rig.now
    told: list[CycleReport] = []
    cycle = Cycle(a_plan({ONE: 2, TWO: 2}), rig.engine, here.stream, told.append)  # type: ignore[arg-type]

    cycle.start()
    rig.run_until(lambda: bool(told) and told[-1].is_complete)

    assert [rig.sent_to(address, began) for address in (ONE, TWO, THREE)] == [1, 1, 1]
    assert [(s.outcome, s.sent) for s in told[-1].evidence.pings] == [(SILENT, 3), (SILENT, 3), (SILENT, 1)]
    # The muted one's 2 s are the longest: DOWN is to be said within 5 s of the first lost echo.
    assert told[-1].ended_boot_s - began == pytest.approx(2.0)
