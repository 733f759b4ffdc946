"""In-process publish and subscribe: whoever decides need not know who listens.

Publishing never blocks. A subscriber whose queue is full is dropped and told so by ``Subscription.lost``;
it subscribes again and reads the present state, so a slow listener costs nobody else anything.
"""

import queue
import threading
from dataclasses import dataclass, field
from typing import Any

_DEPTH = 256


@dataclass(eq=False, slots=True)
class Subscription:
    """One listener's queue of messages."""

    messages: "queue.Queue[Any]" = field(default_factory=lambda: queue.Queue(_DEPTH))
    lost: bool = False


class Bus:
    """Hands every published message to every subscriber."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: list[Subscription] = []

    def subscribe(self) -> Subscription:
        """Return a new subscription; it sees what is published from now on."""
        subscription = Subscription()
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription; one that was dropped already is ignored."""
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

    def publish(self, message: object) -> None:
        """Hand ``message`` to every subscriber, dropping those that do not keep up."""
        with self._lock:
            subscriptions = tuple(self._subscriptions)
        for subscription in subscriptions:
            try:
                subscription.messages.put_nowait(message)
            except queue.Full:
                subscription.lost = True
                self.unsubscribe(subscription)
