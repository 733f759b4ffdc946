import re

import pytest

from ispstatus.model.errors import ConfigError
from tests.config.samples import FILE, settings


def refused(text: str) -> list[str]:
    """Return the lines of the error, each without the file's name."""
    with pytest.raises(ConfigError) as error:
        settings(text)
    lines = str(error.value).splitlines()
    assert all(re.match(rf"{FILE}(:\d+)?: ", line) for line in lines)
    return [re.sub(rf"^{FILE}(:\d+)?: ", "", line) for line in lines]


def test_an_unknown_key_is_told_with_the_known_ones_and_the_likely_one() -> None:
    assert refused('[site]\nnam = "x"') == [
        'site.nam = "x": is not a key here (did you mean "name"?); known: name, customer_id, timezone'
    ]


def test_an_unknown_section_is_told_with_the_known_ones() -> None:
    (line,) = refused("[xyz]\na = 1")

    assert line.startswith('xyz = {"a": 1}: is not a key here; known: site, web, status, health, insight, probe')


def test_an_unknown_key_deep_inside_a_list_is_told_with_its_place() -> None:
    assert refused('[probe]\nping = ["1.1.1.1", { address = "8.8.8.8", netwrk = "G" }]') == [
        'probe.ping[2].netwrk = "G": is not a key here (did you mean "network"?); known: address, network'
    ]


def test_a_section_put_into_an_uplink_is_told_to_be_spelled_out() -> None:
    (line,) = refused('[[uplink]]\nname = "A"\ninterface = "eth1"\nprobe = { ping = [] }')

    assert line.startswith("uplink[1] (A).probe = ")
    assert line.endswith("is not a key here: set the keys of [probe] directly in [[uplink]]")


def test_an_uplink_is_counted_from_one_and_named() -> None:
    (line,) = refused('[[uplink]]\nname = "A"\ninterface = "a"\n[[uplink]]\nname = "LTE"\ninterface = "b"\nmark = "x"')

    assert line.startswith('uplink[2] (LTE).mark = "x": must be a firewall mark')


def test_a_missing_key_is_told_without_a_value() -> None:
    assert refused('[[uplink]]\nname = "A"') == ["uplink[1] (A).interface: is missing and has no default"]


def test_every_mistake_is_told_at_once() -> None:
    lines = refused('[site]\nx = 1\ntimezone = "Mars"\n[health]\ngap_window_h = 0\n[status]\nunknown_as = 2')

    assert [line.split(" = ")[0] for line in lines] == [
        "site.timezone",
        "site.x",
        "status.unknown_as",
        "health.gap_window_h",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[site]\nname = 3", "site.name = 3: must be a text in quotes"),
        ('[health]\ngap_window_h = "1"', 'health.gap_window_h = "1": must be a whole number without quotes'),
        ("[health]\ngap_window_h = 1.5", "health.gap_window_h = 1.5: must be a whole number without quotes"),
        ("[health]\ngap_window_h = 0", "health.gap_window_h = 0: must be greater than or equal to 1"),
        ('[probe]\nhttp = [{ url = "http://a.b", own = 1 }]', "probe.http[1].own = 1: must be true or false"),
        ('[probe]\nresolvers = "8.8.8.8"', 'probe.resolvers = "8.8.8.8": must be "auto" or a list'),
        (
            "[probe]\nping = [3]",
            "probe.ping[1] = 3: must be a text in quotes or a table with the keys address, network",
        ),
        ("[quality]\njitter_ms = 5", 'quality.jitter_ms = 5: must be "auto" or a table with the keys degraded_above'),
        ("site = 3", "site = 3: must be a table with the keys name, customer_id, timezone"),
        ("uplink = 3", 'uplink = 3: must be a list, e.g. ["one", "two"]'),
        ("[web]\nlisten = []", "web.listen = []: list should have at least 1 item"),
    ],
)
def test_a_wrong_type_is_told_with_what_would_be_accepted(text: str, words: str) -> None:
    (line,) = refused(text)

    assert line.startswith(words)


def test_a_long_value_is_cut() -> None:
    (line,) = refused(f'[status]\nunknown_as = "{"x" * 500}"')

    assert len(line) < 140
    assert "xxx...: must be" in line
