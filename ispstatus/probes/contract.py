"""What every probe promises.

A probe measures once. It is started on the engine thread, returns a handle at once, and calls ``done`` exactly once,
on the engine thread, never before it has returned. It never raises, never retries and never gives a verdict: what
could not be measured is a sample with the outcome ``UNMEASURED`` that says why.
"""

from typing import Protocol


class Handle(Protocol):
    """A probe under way."""

    def cancel(self) -> None:
        """Hear nothing more of it; engine thread only, harmless when it is over."""
