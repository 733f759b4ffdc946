"""Half-open stretches of time, in UTC."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Window:
    """``[start_at, end_at)``, both aware UTC datetimes."""

    start_at: datetime
    end_at: datetime

    @property
    def seconds(self) -> int:
        """Length in whole seconds."""
        return int((self.end_at - self.start_at).total_seconds())

    @property
    def start_ts(self) -> int:
        """Start in epoch seconds."""
        return int(self.start_at.timestamp())

    @property
    def end_ts(self) -> int:
        """End in epoch seconds."""
        return int(self.end_at.timestamp())
