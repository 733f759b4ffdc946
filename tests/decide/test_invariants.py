"""What must hold for any cycle whatever."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.ladder import decide
from ispstatus.model.decision import Decision, Memory, Peer
from ispstatus.model.evidence import Evidence
from ispstatus.model.quality import Quality
from ispstatus.model.sample import Outcome
from ispstatus.model.state import Fault, Note, Reason, State
from tests.helpers.draw import cycles, memories, qualities
from tests.helpers.make import NOON, OK, UNMEASURED, figures, networks

LADDER = settings(max_examples=120, deadline=None)
GOODNESS = {State.DOWN: 0, State.DEGRADED: 1, State.UP: 2}
KERNEL_REASONS = {
    Reason.IFACE_MISSING,
    Reason.IFACE_ADMIN_DOWN,
    Reason.NO_CARRIER,
    Reason.NO_ADDRESS,
    Reason.NO_ROUTE,
}


def verdict(seen: Evidence, memory: Memory, quality: Quality | None = None) -> Decision:
    return decide(seen, quality, memory, ())[0]


def outcomes(seen: Evidence) -> set[Outcome]:
    """Return how the echoes and web checks of a cycle ended."""
    return {sample.outcome for sample in seen.pings} | {sample.outcome for sample in seen.https}


def swap(draw: st.DrawFn, seen: Evidence, old: set[Outcome], new: Outcome) -> Evidence:
    """Turn some samples of outcome ``old`` into ``new``, in one kind or several."""
    return replace(
        seen,
        pings=tuple(replace(s, outcome=new) if s.outcome in old and draw(st.booleans()) else s for s in seen.pings),
        https=tuple(replace(s, outcome=new) if s.outcome in old and draw(st.booleans()) else s for s in seen.https),
        dns=tuple(replace(s, outcome=new) if s.outcome in old and draw(st.booleans()) else s for s in seen.dns),
        gateway=(
            replace(seen.gateway, outcome=new)
            if seen.gateway is not None and seen.gateway.outcome in old and draw(st.booleans())
            else seen.gateway
        ),
    )


@LADDER
@given(cycles(sane_path=False), memories(), qualities())
def test_the_same_case_has_the_same_verdict(seen: Evidence, memory: Memory, quality: Quality | None) -> None:
    assert decide(seen, quality, memory, ()) == decide(seen, quality, memory, ())


@LADDER
@given(st.data(), cycles(sane_path=False), memories(), qualities())
def test_more_evidence_of_health_never_worsens_the_state(
    data: st.DataObject, seen: Evidence, memory: Memory, quality: Quality | None
) -> None:
    bad = {Outcome.SILENT, Outcome.FAILED, Outcome.INTERCEPTED}
    before = verdict(seen, memory, quality).state

    after = verdict(swap(data.draw, seen, bad, OK), memory, quality).state  # type: ignore[arg-type]

    if before in GOODNESS:
        assert after in GOODNESS
        assert GOODNESS[after] >= GOODNESS[before]


@LADDER
@given(st.data(), cycles(), memories(), qualities())
def test_missing_what_was_fine_never_makes_a_healthy_uplink_ill(
    data: st.DataObject, seen: Evidence, memory: Memory, quality: Quality | None
) -> None:
    known = replace(
        memory,
        ping_networks=networks(*(target.network for target in seen.uplink.plan.ping)),
        http_networks=networks(*(target.network for target in seen.uplink.plan.http)),
    )
    whole = verdict(seen, known, quality)

    missed = verdict(swap(data.draw, seen, {OK}, UNMEASURED), known, quality)  # type: ignore[arg-type]

    # Being answered by somebody else is evidence by itself, however little else was measured.
    if whole.state is State.UP and missed.reason is not Reason.CAPTIVE_PORTAL:
        assert missed.state in {State.UP, State.UNKNOWN}


@LADDER
@given(cycles(), memories())
def test_what_we_missed_alone_is_never_held_against_the_uplink(seen: Evidence, memory: Memory) -> None:
    nothing_bad = {Outcome.OK, Outcome.UNMEASURED}
    gateway = {seen.gateway.outcome} if seen.gateway else set()
    decision = verdict(seen, memory)

    if outcomes(seen) | gateway | {sample.outcome for sample in seen.dns} <= nothing_bad:
        assert decision.state in {State.UP, State.UNKNOWN}


@LADDER
@given(cycles(sane_path=False), memories())
def test_unknown_is_only_ever_our_own_inability(seen: Evidence, memory: Memory) -> None:
    decision = verdict(seen, memory)
    is_missed = UNMEASURED in outcomes(seen)
    is_nothing = not (seen.pings or seen.https)
    is_unproven = seen.proof is None or not seen.proof.is_proven or not seen.path.has_default

    assert (decision.state is State.UNKNOWN) == (decision.fault is Fault.BOX)
    if decision.state is State.UNKNOWN:
        assert is_missed or is_nothing or is_unproven or _was_only_missed(seen, memory)


def _was_only_missed(seen: Evidence, memory: Memory) -> bool:
    """A kind that used to answer was not sampled at all."""
    return bool(memory.ping_networks and not seen.pings) or bool(memory.http_networks and not seen.https)


@LADDER
@given(cycles(), memories(), qualities())
def test_down_never_while_the_outside_validates(seen: Evidence, memory: Memory, quality: Quality | None) -> None:
    decision = verdict(seen, memory, quality)

    if OK in outcomes(seen):
        assert decision.state in {State.UP, State.DEGRADED}


@LADDER
@given(cycles(sane_path=False), memories())
def test_down_without_a_packet_only_on_the_kernels_word(seen: Evidence, memory: Memory) -> None:
    silent = replace(seen, pings=(), https=(), dns=(), gateway=None)

    decision = verdict(silent, memory)

    if decision.state is State.DOWN:
        assert decision.reason in KERNEL_REASONS
        assert not seen.path.is_usable
    else:
        assert decision.state is State.UNKNOWN


@LADDER
@given(cycles(sane_path=False), memories())
def test_an_unproven_path_is_never_up_or_degraded(seen: Evidence, memory: Memory) -> None:
    unproven = replace(seen, proof=None)

    assert verdict(unproven, memory).state in {State.DOWN, State.UNKNOWN}


@LADDER
@given(cycles(sane_path=False), memories(), qualities(), st.lists(st.sampled_from(list(State)), max_size=3))
def test_peers_never_change_a_verdict(
    seen: Evidence, memory: Memory, quality: Quality | None, states: list[State]
) -> None:
    peers = [Peer(f"peer {n}", state, Fault.NONE, NOON) for n, state in enumerate(states)]
    alone, remembered = decide(seen, quality, memory, ())
    among, also_remembered = decide(seen, quality, memory, peers)

    assert (alone.state, alone.reason, alone.fault) == (among.state, among.reason, among.fault)
    assert remembered == also_remembered
    assert set(among.notes) - set(alone.notes) <= {Note.OTHERS_FINE, Note.ALL_AT_ONCE}


@LADDER
@given(cycles(sane_path=False), memories(), qualities())
def test_every_verdict_says_why_and_what_to_do(seen: Evidence, memory: Memory, quality: Quality | None) -> None:
    decision = verdict(seen, memory, quality)

    assert decision.explanation.strip(" ,;") == decision.explanation != ""
    assert decision.next_check
    assert "None" not in decision.explanation + decision.next_check
    assert (decision.state is State.UP) == (decision.reason is Reason.OK) == (decision.fault is Fault.NONE)


@LADDER
@given(cycles(), memories())
def test_good_quality_changes_nothing_and_bad_quality_only_degrades(seen: Evidence, memory: Memory) -> None:
    clean = replace(memory, exceeded=frozenset())
    without = verdict(seen, clean)
    good = verdict(seen, clean, uplink_quality([figures()]))
    bad = verdict(seen, clean, uplink_quality([figures(lost=9, recent_lost=6)]))

    assert (good.state, good.reason) == (without.state, without.reason)
    if without.state is State.UP:
        assert (bad.state, bad.reason) == (State.DEGRADED, Reason.HIGH_LOSS)
    else:
        assert (bad.state, bad.reason) == (without.state, without.reason)


@LADDER
@given(cycles(), memories())
def test_memory_never_forgets_who_answered(seen: Evidence, memory: Memory) -> None:
    _, after = decide(seen, None, memory, ())

    assert set(memory.ping_networks) <= set(after.ping_networks)
    assert set(memory.http_networks) <= set(after.http_networks)
