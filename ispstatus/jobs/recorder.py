"""Hands what the coordinator decides to the writer. Never waits: every commit is a future."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from ispstatus.actions.minutes import record_minutes
from ispstatus.actions.pasts import Pasts
from ispstatus.actions.uplinks import spend_bytes
from ispstatus.actions.verdicts import record_event, record_verdict, save_trace
from ispstatus.jobs.live import Ticket
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.record import EngineEvent, Minute, Outage, Run, Transition
from ispstatus.model.sample import Trace

Submit = Callable[[Callable[[Any], Any]], "Future[Any]"]
"""Run a function of the open database as one transaction on the writer's thread."""


class Recorder:
    """The coordinator's pen."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._pasts = Pasts()

    def verdict(
        self,
        uplink_id: int,
        standing: Standing,
        memory: Memory,
        *,
        transition: Transition | None,
        minutes: Sequence[Minute],
        outage: Outage | None,
        ticket: Ticket,
    ) -> "Future[Any]":
        """Store one verdict and all that hangs on it in one transaction."""

        def write(db: Any) -> None:
            numbered = None if outage is None else replace(outage, id=ticket.outage_id)
            ticket.outage_id = record_verdict(
                db,
                uplink_id=uplink_id,
                standing=standing,
                memory=memory,
                transition=transition,
                minutes=minutes,
                outage=numbered,
            )

        return self._submit(write)

    def minutes(
        self,
        minutes: Sequence[Minute],
        runs: Sequence[Run],
        standings: Mapping[int, tuple[Standing, Memory]],
        month: str,
        spent: Mapping[int, int],
    ) -> "Future[Any]":
        """Store a minute of all uplinks, and what probing cost since the last one, in one transaction."""

        def write(db: Any) -> None:
            record_minutes(db, minutes, runs, standings, self._pasts)
            spend_bytes(db, month, spent)

        return self._submit(write)

    def event(self, event: EngineEvent) -> "Future[Any]":
        """Store what happened to the engine."""
        return self._submit(lambda db: record_event(db, event))

    def trace(self, uplink_id: int, trace: Trace, ticket: Ticket | None) -> "Future[Any]":
        """Store a trace with its outage, or as the healthy baseline without one; not if the outage was never stored."""

        def write(db: Any) -> None:
            if ticket is None or ticket.outage_id is not None:
                save_trace(db, uplink_id, trace, outage_id=ticket.outage_id if ticket is not None else None)

        return self._submit(write)
