"""Where in the file a refused key stands, as an editor counts lines."""

import pytest

from ispstatus.config.places import line_of

_TEXT = """\
top = 1
[web]            # who is answered
listen = [
  "0.0.0.0:8080",
]

[[uplink]]
name = "one"
[[uplink]]
name = "two"
sla.target_pct = 99
[uplink.expected]
latency_ms = 30
[[uplink.http]]
url = "http://a/"
[[uplink.http]]
url = "http://b/"
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("top",), 1),
        (("web",), 2),
        (("web", "listen"), 3),
        (("web", "listen", 0), 3),
        (("web", "allow"), 2),
        (("uplink", 0, "name"), 8),
        (("uplink", 1, "name"), 10),
        (("uplink", 1), 9),
        (("uplink", 1, "sla", "target_pct"), 11),
        (("uplink", 1, "expected", "latency_ms"), 13),
        (("uplink", 1, "http", 1, "url"), 17),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_a_key_or_what_is_nearest_around_it_is_found(place: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(_TEXT, place) == line
