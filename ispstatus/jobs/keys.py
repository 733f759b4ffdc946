"""The key nobody had to ask for, and when keys were used."""

import logging
from concurrent.futures import Future
from datetime import date

from ispstatus.actions.keys import create_first_key, note_key_use
from ispstatus.clock import Clock
from ispstatus.jobs.recorder import Submit
from ispstatus.model.key import INSIGHT

_log = logging.getLogger(__name__)


class Keys:
    """Writes about keys through the one writer, and waits for none of it. Safe from any thread."""

    def __init__(self, submit: Submit, clock: Clock) -> None:
        self._submit = submit
        self._clock = clock
        self._used: dict[int, date] = {}

    def make_first(self) -> None:
        """Make the Insight API's first key where there never was one, and say it this once, in the log."""
        self._submit(lambda db: create_first_key(db, INSIGHT, self._clock.now())).add_done_callback(_say)

    def was_used(self, key_id: int, day: date) -> None:
        """Remember the UTC day on which a key was shown; each key once a day, however many requests there are."""
        if self._used.get(key_id) != day:
            self._used[key_id] = day
            self._submit(lambda db: note_key_use(db, key_id, day))


def _say(done: "Future[str | None]") -> None:
    if done.cancelled():
        return
    if done.exception() is not None:
        _log.error("the first API key could not be made, `ispstatus keys create NAME` makes one: %s", done.exception())
    elif done.result() is not None:
        _log.info("API Key: %s", done.result())
