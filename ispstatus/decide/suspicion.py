"""When the stream grows suspicious, whom it stops asking, and how often an event may start a cycle."""

from ispstatus.model.evidence import Evidence
from ispstatus.model.sample import Outcome
from ispstatus.model.state import State

LEAST_S = 0.3
MOST_S = 3.0
UNTIL_LEARNT_S = 1.0
P99S = 3
SILENT_SENDS_TO_MUTE = 10
EVENT_GAP_S = 2.0
EVENT_GAP_DOWN_S = 15.0


def burst_timeout_s(p99_ms: float | None) -> float:
    """Return how long one stream echo may stay unanswered: max(3 x p99, 300 ms), at most 3 s; 1 s until learnt."""
    if p99_ms is None:
        return UNTIL_LEARNT_S
    return min(MOST_S, max(LEAST_S, P99S * p99_ms / 1000))


def is_muted(silent_run: int, *, others_answer: bool) -> bool:
    """Whether a target silent for ``silent_run`` sends in a row is left alone: the others prove the line."""
    return silent_run >= SILENT_SENDS_TO_MUTE and others_answer


def event_gap_s(events_while_down: int) -> float:
    """Return the least time between event cycles: 2 s, doubling to 15 s with each one that found the uplink DOWN."""
    return min(EVENT_GAP_DOWN_S, EVENT_GAP_S * 2.0 ** min(events_while_down, 8))


def may_start_event_cycle(now_boot_s: float, last_event_boot_s: float | None, *, events_while_down: int) -> bool:
    """Whether an event may start a cycle now; not asked of the first answer while DOWN, which never waits.

    ``events_while_down`` counts the event cycles since the uplink went DOWN (0 while it is not, and again after a link
    event).
    """
    if last_event_boot_s is None:
        return True
    return now_boot_s - last_event_boot_s >= event_gap_s(events_while_down)


def contradicts(evidence: Evidence, state: State) -> bool:
    """Whether echoes alone speak against the verdict: any answer against DOWN, silence of all against any other.

    A metered uplink's cycle of echoes is no verdict then: its checks must say so too.
    """
    if any(sample.outcome is Outcome.OK for sample in evidence.pings):
        return state is State.DOWN
    return state is not State.DOWN and any(sample.outcome.is_measured for sample in evidence.pings)


def is_pingless(evidence: Evidence | None) -> bool:
    """Whether the last verdict had HTTP ok and no ping answering: then silence means nothing and starts nothing."""
    if evidence is None or any(sample.outcome is Outcome.OK for sample in evidence.pings):
        return False
    return any(sample.outcome is Outcome.OK for sample in evidence.https)
