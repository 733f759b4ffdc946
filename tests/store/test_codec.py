import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ispstatus.model.decision import Baseline, Decision, Memory, Standing
from ispstatus.model.errors import StorageError
from ispstatus.model.state import Fault, Note, Reason, State
from ispstatus.model.uplink import Contract, Uplink
from ispstatus.store import codec
from tests.helpers.make import NOON, a_memory, an_uplink


def test_an_uplink_survives_with_everything_in_it() -> None:
    uplink = an_uplink(was=("eth0", "wan"), metered=True, contract=Contract(isp="Zoë", sla_target_pct="99.9"))
    assert codec.load(Uplink, codec.dump(uplink)) == uplink


def test_a_memory_survives_with_everything_in_it() -> None:
    memory = a_memory(exceeded=frozenset({"loss", "jitter"}), baseline=Baseline(20.5, None))
    assert codec.load(Memory, codec.dump(memory)) == memory


@pytest.mark.parametrize("state", State)
def test_a_standing_survives_in_every_state(state: State) -> None:
    decision = Decision(state, Reason.OK, Fault.NONE, notes=(Note.OTHERS_FINE,), explanation="fine", next_check="")
    standing = Standing(decision, since_at=NOON, judged_at=NOON + timedelta(microseconds=1))
    assert codec.load(Standing, codec.dump(standing)) == standing


def test_a_field_nobody_knew_gets_its_default_and_one_nobody_knows_is_passed_over() -> None:
    old = json.loads(codec.dump(a_memory()))
    del old["gateway_answers"]
    old["gone"] = 1
    assert codec.load(Memory, json.dumps(old)) == a_memory(gateway_answers=0)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"id": 1}', '{"exceeded": 5}'])
def test_text_of_another_kind_is_a_storage_error(text: str) -> None:
    with pytest.raises(StorageError):
        codec.load(Uplink, text)


def test_microseconds_are_exact_in_any_zone() -> None:
    at = datetime(2026, 3, 29, 2, 30, 0, 123457, tzinfo=timezone(timedelta(hours=2)))
    assert codec.of_us(codec.to_us(at)) == at
    assert codec.of_us(codec.to_us(at)).tzinfo is UTC
    assert codec.maybe_of_us(codec.maybe_us(None)) is None
    assert codec.maybe_of_us(codec.maybe_us(at)) == at


def test_evidence_is_packed_and_damage_is_said() -> None:
    evidence = {"ping": [{"target": "192.0.2.1", "ok": None}] * 30}
    packed = codec.pack_json(evidence)
    assert codec.unpack_json(packed) == evidence
    assert len(packed) < 100
    with pytest.raises(StorageError):
        codec.unpack_json(packed[:-5])


def test_plain_values_in_unions_and_lists_survive() -> None:
    @dataclass
    class Odd:
        family: "int | None"

    assert codec.load(Odd, codec.dump(Odd(6))) == Odd(6)
