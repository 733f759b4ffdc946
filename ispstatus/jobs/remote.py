"""What remote agents push, written by the one writer."""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any

from ispstatus.actions.agents import enrol_agent, record_report
from ispstatus.actions.pasts import Pasts
from ispstatus.clock import Clock
from ispstatus.jobs.recorder import Submit
from ispstatus.model.agent import Accepted, AgentReport
from ispstatus.model.errors import TooBusy

COMMIT_S = 5.0


class RemoteReports:
    """Stores reports, one transaction each. Safe from any thread."""

    def __init__(self, clock: Clock, submit: Submit) -> None:
        self._clock = clock
        self._submit = submit
        self._pasts = Pasts()

    def take(self, agent: str, report: AgentReport) -> tuple[int, Accepted]:
        """Store a report of the agent of this name, enrolled if need be; return its number and how much was taken.

        Waits for the commit: StorageError when it fails, TooBusy when it takes too long.
        """

        def write(db: Any) -> tuple[int, Accepted]:
            now_ts = self._clock.wall()
            agent_id = enrol_agent(db, agent, int(now_ts))
            return agent_id, record_report(db, agent_id, report, now_ts, self._pasts)

        done: Future[tuple[int, Accepted]] = self._submit(write)
        try:
            return done.result(COMMIT_S)
        except NotYet:
            done.cancel()
            raise TooBusy("the database does not keep up: push again later") from None
