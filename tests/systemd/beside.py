"""Tests that boot a system mostly wait: in a run of more than them, a process of their own runs them meanwhile.

It takes only the time that nobody else wants. It tells a line of JSON for each report; here, each test's turn only
hands its reports on.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import IO, Any

import pytest

from tests.lab.topology import REPOSITORY

_TOLD_TO = "ISPSTATUS_TEST_REPORTS"
_STOP_S = 30.0
_UNREAD_BYTES = 1 << 20
"""It need not wait for anybody to read."""


class Teller:
    """In the other process: writes every report down as it comes."""

    def __init__(self, config: pytest.Config, out: IO[str]) -> None:
        self._config, self._out = config, out

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One of a test's setup, call and teardown is over."""
        told = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        print(json.dumps(told), file=self._out, flush=True)


def tell(config: pytest.Config) -> bool:
    """Return whether this is the other process; from now on it tells."""
    number = os.environ.pop(_TOLD_TO, None)
    if number is not None:
        config.pluginmanager.register(Teller(config, os.fdopen(int(number), "w")))
    return number is not None


class ProcessBeside:
    """The other process, as seen from here."""

    def __init__(self, config: pytest.Config, tests: Sequence[str]) -> None:
        self._config = config
        self._tests = frozenset(tests)
        self._told: dict[str, list[pytest.TestReport]] = {}
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _UNREAD_BYTES)
        self._reports = os.fdopen(reading)
        command = ["nice", "-n", "19", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, env={**os.environ, _TOLD_TO: str(writing)}, pass_fds=(writing,),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)

    def reports_of(self, test: str) -> list[pytest.TestReport]:
        """Wait for a test; nothing for one that the other process does not run, or ended without."""
        while test in self._tests and not self._is_over(test) and (line := self._reports.readline()):
            report: Any = self._config.hook.pytest_report_from_serializable(config=self._config, data=json.loads(line))
            if isinstance(report.longrepr, list):  # a skip: JSON knows no tuples
                report.longrepr = tuple(report.longrepr)
            self._told.setdefault(report.nodeid, []).append(report)
        return self._told.pop(test) if self._is_over(test) else []

    def _is_over(self, test: str) -> bool:
        return test in self._told and self._told[test][-1].when == "teardown"

    def end(self) -> None:
        """Interrupt it, as Ctrl-C would: it takes its machines down."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reports.close()
