"""Memory that cannot grow: so many sources, and so many entries of each. The one not used for longest makes room."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The entries used last, at most ``most`` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Return an entry, and count it as used."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def get_or_make(self, key: K, make: Callable[[], V]) -> V:
        """Return an entry, made now when there is none."""
        entry = self.get(key)
        if entry is None:
            entry = self._entries[key] = make()
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return entry

    def drop(self, key: K) -> None:
        """Forget an entry; harmless when there is none."""
        self._entries.pop(key, None)


class PerSource(Generic[K, V]):
    """Entries by source and key: a source that fills its share pushes out its own entries, never another's."""

    def __init__(self, sources: int, each: int) -> None:
        self._each = each
        self._shares: Recent[str, Recent[K, V]] = Recent(sources)

    def get(self, source: str, key: K) -> V | None:
        """Return an entry, and count it as used."""
        share = self._shares.get(source)
        return None if share is None else share.get(key)

    def get_or_make(self, source: str, key: K, make: Callable[[], V]) -> V:
        """Return an entry, made now when there is none."""
        return self._shares.get_or_make(source, lambda: Recent(self._each)).get_or_make(key, make)

    def drop(self, source: str, key: K) -> None:
        """Forget an entry; harmless when there is none."""
        share = self._shares.get(source)
        if share is not None:
            share.drop(key)
