"""What a remote agent may push: checked here, and handed on in our own words."""
# ruff: noqa: N815  radio is spelled as the family's answers spell it

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ispstatus.model.agent import Accepted, AgentReport, Profile, PushedFix, PushedReading, PushedSample
from ispstatus.model.errors import BadRequest
from ispstatus.model.radio import Position, Radio
from ispstatus.model.series import Protocol

MOST = 1000
"""Rows of each kind in one push; 64 KiB in all is the server's own limit."""
TOLD = 20
"""Problems that a refusal names."""

Text = Annotated[str, Field(max_length=200)]
Decibels = Annotated[float, Field(ge=-300, le=300, allow_inf_nan=False)]


class Pushed(BaseModel):
    """Base of all: a mistyped name is refused, or what it stands for would be lost without a word."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SamplePush(Pushed):
    """One round trip."""

    time: AwareDatetime
    protocol: Protocol
    target: Annotated[str, Field(min_length=1, max_length=100)]
    rtt_ms: Annotated[float, Field(ge=0, le=3_600_000, allow_inf_nan=False)] | None
    """None: lost."""


class RadioPush(Pushed):
    """What a modem said."""

    time: AwareDatetime
    networkName: Text | None = None
    networkType: Text | None = None
    cellID: Text | None = None
    PCI: Text | None = None
    SINR_dB: Decibels | None = None
    RSSI_dBm: Decibels | None = None
    RSRP_dBm: Decibels | None = None
    RSRQ_dB: Decibels | None = None
    ECIO_dB: Decibels | None = None


class PositionPush(Pushed):
    """Where the agent was."""

    time: AwareDatetime
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    altitude_m: Annotated[float, Field(allow_inf_nan=False)] | None = None


class ProfilePush(Pushed):
    """What the agent says of itself."""

    networkName: Text = ""
    networkType: Text = ""
    hardware: Text = ""
    details: Text = ""


class Push(Pushed):
    """/api/v1/ingest."""

    agent: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
    """Its name; one that was never heard of is enrolled."""
    samples: Annotated[tuple[SamplePush, ...], Field(max_length=MOST)] = ()
    radio: Annotated[tuple[RadioPush, ...], Field(max_length=MOST)] = ()
    positions: Annotated[tuple[PositionPush, ...], Field(max_length=MOST)] = ()
    profile: ProfilePush | None = None


def read_push(body: bytes) -> Push:
    """Return what a body says. BadRequest names all that is not acceptable (of much, the beginning), and why."""
    try:
        return Push.model_validate_json(body)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        told = [f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}" for one in problems[:TOLD]]
        more = [f"and {len(problems) - TOLD} more"] if len(problems) > TOLD else []
        raise BadRequest("; ".join([*told, *more])) from None


def answer_of(accepted: Accepted) -> dict[str, Any]:
    """Return how many rows of each list were stored, and which were not."""
    taken = {"samples": accepted.samples, "radio": accepted.readings, "positions": accepted.fixes}
    refused = [f"{name}.{place}" for name, one in taken.items() for place in one.refused]
    return {**{name: one.stored for name, one in taken.items()}, "refused": refused}


def report_of(push: Push) -> AgentReport:
    """Return a push as the report of its agent."""
    return AgentReport(
        samples=tuple(PushedSample(_ts(s.time), s.protocol, s.target, s.rtt_ms) for s in push.samples),
        readings=tuple(PushedReading(_ts(one.time), _radio(one)) for one in push.radio),
        fixes=tuple(
            PushedFix(_ts(at.time), Position(at.latitude, at.longitude, at.altitude_m)) for at in push.positions
        ),
        profile=None if push.profile is None else _profile(push.profile),
    )


def _radio(said: RadioPush) -> Radio:
    return Radio(
        network_name=said.networkName,
        network_type=said.networkType,
        cell_id=said.cellID,
        pci=said.PCI,
        sinr_db=said.SINR_dB,
        rssi_dbm=said.RSSI_dBm,
        rsrp_dbm=said.RSRP_dBm,
        rsrq_db=said.RSRQ_dB,
        ecio_db=said.ECIO_dB,
    )


def _profile(said: ProfilePush) -> Profile:
    return Profile(said.networkName, said.networkType, said.hardware, said.details)


def _ts(moment: datetime) -> float:
    return moment.timestamp()
