"""Every uplink the coordinator follows, in configuration order."""

from collections.abc import Callable, Iterator, Sequence

from ispstatus.jobs.live import LiveUplink
from ispstatus.model.uplink import Uplink


class Roster:
    """Ordered and looked up by id. Changed only on the coordinator's thread, whole: others may read it any time."""

    def __init__(self, make: Callable[[Uplink], LiveUplink]) -> None:
        """``make`` builds what is known of an uplink seen for the first time, from what was stored."""
        self._make = make
        self._live: dict[int, LiveUplink] = {}

    def __iter__(self) -> Iterator[LiveUplink]:
        return iter(tuple(self._live.values()))

    def __len__(self) -> int:
        return len(self._live)

    def get(self, uplink_id: int) -> LiveUplink | None:
        """Return one uplink, None when it is not (or no longer) followed."""
        return self._live.get(uplink_id)

    def replace(self, uplinks: Sequence[Uplink]) -> tuple[LiveUplink, ...]:
        """Follow exactly these, in this order; what did not change is not disturbed. Return those left behind."""
        before, followed = dict(self._live), dict[int, LiveUplink]()
        for uplink in uplinks:
            live = before.pop(uplink.id, None)
            if live is None:
                live = self._make(uplink)
            elif live.uplink != uplink:
                live.change(uplink)
            followed[uplink.id] = live
        self._live = followed
        return tuple(before.values())

    @property
    def uplinks(self) -> tuple[Uplink, ...]:
        """What is followed."""
        return tuple(live.uplink for live in self._live.values())
