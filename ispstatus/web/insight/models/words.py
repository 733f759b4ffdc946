"""Words that the family's answers are described with."""

from typing import Annotated, Literal

from pydantic import Field

from ispstatus.web.shared.models import Answer, Moment

ProtocolName = Literal["tcp", "udp", "http", "https", "icmp", "twamp"]
Signed = float
"""May be negative: the clocks of two machines need not agree."""
Mbps = Annotated[float, Field(ge=0)]
Text = Annotated[str, Field(examples=["2.147489"])]
"""A number that the contract writes as text."""


class OfCustomer(Answer):
    """What an answer is about."""

    CustomerID: str
    """The customer that was asked about."""


class OfAgent(OfCustomer):
    """What an answer is about."""

    agentID: str  # noqa: N815
    """The agent's number."""


class Timed(OfAgent):
    """One agent at one moment."""

    time: Moment | None
    """Of the newest sample in it; null without one."""


class Error(Answer):
    """Why there is no answer."""

    error: str
    """What is wrong, or what would be accepted."""
    rule: str | None = None
    """403: which rule of the guard."""
    known: list[str] | None = None
    """404: the agents there are."""
