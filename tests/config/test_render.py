from dataclasses import replace

import pytest

from ispstatus.config.load import load
from ispstatus.config.render import render
from ispstatus.model.settings import Settings
from ispstatus.model.uplink import Uplink
from tests.config.samples import DOCUMENTED, FILE, STATE, settings, with_uplink

EVERYTHING = """
[site]
name = "Über \\"quoted\\" \\\\ tab\\there"
[web]
listen = ["127.0.0.1:12099"]
allow_via_uplinks = ["A"]
hosts = ["status.example.com"]
[status]
unknown_as = 1
[probe]
ping = [{ address = "1.1.1.1", network = "Mine" }, "192.0.2.1"]
http = [{ url = "https://own.example/", body = "a \\"b\\" \\u007f", nonce = true, own = true, private_ok = true }]
resolvers = ["192.0.2.53"]
resolve = [{ name = "a.example", expect = ["192.0.2.1"] }]
[quality]
latency_ms = { degraded_above = 99.5, clear_below = 80 }
[insight]
every_s = { tcp = 2, https = -1 }
on_metered = true
twamp_responder = "router.example:862"
[reflector_server]
listen = ["0.0.0.0", "::"]
allow = ["192.0.2.0/24"]
ports = { twamp = 12862, https = "off" }
caps = { connections = 8 }
certificate = "/etc/ssl/a.pem"
key = "/etc/ssl/a.key"
sequence = "stateless"
[[uplink]]
name = "A"
interface = "eth1"
was = ["old", "older"]
source = "2001:db8::2"
gateway = "none"
table = 101
mark = 257
nat = true
metered = false
ping = []
resolvers = "auto"
latency_ms = "auto"
jitter_ms = { degraded_above = 5, clear_below = 4 }
sla = { target_pct = "99.95" }
reflector = { host = "two.example", ports = { udp = 5000 } }
[[uplink]]
name = "B"
interface = "eth2"
bandwidth_mbps = { down = 0.5 }
"""


@pytest.mark.parametrize("text", ["", DOCUMENTED, EVERYTHING], ids=["defaults", "documented", "everything"])
def test_what_is_rendered_loads_as_the_same_settings(text: str) -> None:
    before = settings(text)

    assert settings(render(before)) == before


def test_what_is_rendered_stays_the_same_when_rendered_again() -> None:
    once = render(settings(EVERYTHING))

    assert render(settings(once)) == once


def test_the_settings_without_a_file_can_be_written_to_one() -> None:
    before = load(None, STATE)

    assert settings(render(before)) == replace(before, config_file=FILE)


def test_detected_uplinks_take_the_place_of_configured_ones() -> None:
    before = load(None, STATE)
    found = Uplink(id=3, name="wan0", interface="wan0", plan=before.plan, limits=before.limits, is_configured=False)

    (written,) = settings(render(before, uplinks=[found])).uplinks

    assert written == replace(found, id=0, is_configured=True)


def test_the_zone_of_insight_is_loaded_again() -> None:
    text = render(settings('[insight]\ntimezone = "America/Montreal"'))

    assert settings(text).insight.timezone == "America/Montreal"


def test_shared_keys_are_not_repeated_in_an_uplink() -> None:
    text = render(with_uplink("", before='[reflector]\nhost = "one.example"'))

    assert text.count("ping = ") == text.count("loss_pct = ") == text.count("one.example") == 1


def test_every_default_is_spelled_out() -> None:
    text = render(with_uplink(""))

    for line in ('unknown_as = "null"', "gap_window_h = 1", 'gateway = "auto"', "probe_budget_mb_month = 200"):
        assert line in text.splitlines()


def test_a_renamed_field_of_the_settings_would_not_go_unnoticed() -> None:
    """Every field of the settings is either rendered or comes from the command line."""
    rendered = {"site", "web", "unknown_as", "gap_window_h", "uplinks", "plan", "limits", "maintenance", "insight"}

    assert set(Settings.__dataclass_fields__) == rendered | {
        "reflector",
        "reflector_server",
        "throughput",
        "position",
        "state_dir",
        "config_file",
    }


def test_throughput_and_position_are_loaded_again() -> None:
    text = """
[throughput]
trains_every_min = "off"
iperf_server = "[2001:db8::1]:5201"
iperf_udp_mbps = 2.5
web_download = "https://speed.example/garbage.php?ckSize=100"
metered_mb_month = 30

[position]
latitude = -26.2
longitude = 28
gpsd = "localhost:2947"
"""
    first = settings(text)
    again = settings(render(first))

    assert (again.throughput, again.position) == (first.throughput, first.position)
    assert first.throughput.trains_every_min is None
    assert first.position.altitude_m is None


def test_no_position_is_written_where_none_is_known() -> None:
    assert "[position]" not in render(settings(""))
