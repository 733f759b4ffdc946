"""Where in a TOML text a key stands. A hint for the operator: the parser itself tells no positions."""

import re
from collections import Counter
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*\[(\[?)([\w\s.\"'-]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([\w.\"'-]+)\s*=")

Place = tuple[str | int, ...]


def line_of(text: str, place: Sequence[str | int]) -> int | None:
    """Return the line (from 1) of a place, or of the nearest key or table around it; None when there is none.

    A place is keys and list positions from 0, as the parsed file has them.
    """
    lines = lines_of(text)
    around = (tuple(place[:length]) for length in range(len(place), 0, -1))
    return next((lines[one] for one in around if one in lines), None)


def lines_of(text: str) -> dict[Place, int]:
    """Return the line of each table header and each key that begins a line."""
    found: dict[Place, int] = {}
    tables: Counter[Place] = Counter()
    section: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            *outer, name = _words(header[2])
            section = (*_section(outer, tables), name)
            if header[1]:
                tables[section] += 1
                section = (*section, tables[section] - 1)
            found.setdefault(section, number)
        elif key := _KEY.match(line):
            found.setdefault((*section, *_words(key[1])), number)
    return found


def _section(words: Sequence[str], tables: Counter[Place]) -> Place:
    """Return the table that a header's outer words mean: the newest one of each list of tables."""
    place: Place = ()
    for word in words:
        place = (*place, word)
        if place in tables:
            place = (*place, tables[place] - 1)
    return place


def _words(dotted: str) -> list[str]:
    return [word.strip(" \t\"'") for word in dotted.split(".")]
