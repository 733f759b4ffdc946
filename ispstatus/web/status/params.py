"""What each endpoint of the family accepts. The descriptions are also what a 400 says."""

from typing import Literal

from pydantic import BaseModel, Field

Range = Literal["24h", "72h", "7d", "30d", "90d"]
Flag = Literal["0", "1", "true", "false"]
YES = ("1", "true")
_NAME = "the exact name of an uplink, URL-encoded"
_FLAG = "use 1 (true) or 0 (false)"
_RANGE = "use one of 24h, 72h, 7d, 30d, 90d"


class StatusQuery(BaseModel):
    """/api/status."""

    name: list[str] = Field(default_factory=list, description=f"{_NAME}; may be repeated; without it every uplink")
    cached: Flag = Field("0", description=f"{_FLAG}: the last verdicts at once, without probing")
    unknown_as: Literal["null", "0", "1"] | None = Field(
        None, description="use one of null, 0, 1: what state is printed as while it is UNKNOWN"
    )


class HistoryQuery(BaseModel):
    """/api/history."""

    name: str | None = Field(None, description=f"{_NAME}; may be left out while there is only one")
    range: Range = Field("24h", description=_RANGE)


class HistoryCsvQuery(BaseModel):
    """/api/history.csv."""

    name: str | None = Field(None, description=f"{_NAME}; without it every uplink, one after the other")
    range: Range = Field("24h", description=_RANGE)
    excel: Flag = Field("0", description=f"{_FLAG}: for spreadsheets")


class SlaQuery(BaseModel):
    """/api/sla."""

    name: str | None = Field(None, description=f"{_NAME}; without it every uplink")
    month: str | None = Field(
        None,
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$",
        description="write a calendar month of the site as YYYY-MM; without it and without from/to, the present month",
    )
    start: str | None = Field(
        None, alias="from", description="write a date (2026-03-01) or a time with its offset (2026-03-01T06:00:00Z)"
    )
    end: str | None = Field(
        None, alias="to", description="write a date (that day included) or a time with its offset (not included)"
    )


class SlaCsvQuery(SlaQuery):
    """/api/sla.csv."""

    excel: Flag = Field("0", description=f"{_FLAG}: for spreadsheets")


class OutagesQuery(BaseModel):
    """/api/outages."""

    name: str | None = Field(None, description=f"{_NAME}; without it every uplink")
    range: Range = Field("30d", description=_RANGE)
    limit: int = Field(200, ge=1, le=1000, description="write a whole number from 1 to 1000: at most so many")
    offset: int = Field(0, ge=0, le=1_000_000, description="write a whole number from 0: leave out the newest so many")


class OutagesCsvQuery(BaseModel):
    """/api/outages.csv."""

    name: str | None = Field(None, description=f"{_NAME}; without it every uplink")
    range: Range = Field("30d", description=_RANGE)
    excel: Flag = Field("0", description=f"{_FLAG}: for spreadsheets")
