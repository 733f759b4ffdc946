"""Rows of the ladder's tables, and what they are about."""

from typing import Any

import pytest

from ispstatus.model.decision import Memory
from ispstatus.model.net import PathProof
from ispstatus.model.state import Fault, Reason, State
from tests.helpers.make import (
    FAILED,
    SILENT,
    an_echo,
    echoes,
    https,
    names,
)

GATEWAY_SILENT = an_echo("203.0.113.1", SILENT)
DEAD: dict[str, Any] = {
    "pings": echoes(SILENT, SILENT, SILENT),
    "https": https(FAILED, FAILED, FAILED),
    "dns": names(SILENT, SILENT),
}
FRESH = Memory()
UNPROVEN = PathProof(generation=7, is_proven=False)


def row(state: State, reason: Reason, fault: Fault, what: str, memory: Memory | None = None, **seen: Any) -> Any:
    return pytest.param(seen, memory, state, reason, fault, id=what)


DOWN, DEGRADED, UP, UNKNOWN = State.DOWN, State.DEGRADED, State.UP, State.UNKNOWN
