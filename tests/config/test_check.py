import pytest

from ispstatus.model.errors import ConfigError
from tests.config.samples import settings, with_uplink

TWO = """
[[uplink]]
name = "A"
interface = "eth1"
{a}
[[uplink]]
name = "B"
interface = "{interface}"
{b}
"""


def two(a: str = "", b: str = "", *, interface: str = "eth2") -> str:
    return TWO.format(a=a, b=b, interface=interface)


@pytest.mark.parametrize(
    "names",
    ['name = "A"', 'name = "B"\nwas = ["A"]', 'name = "B"\nwas = ["B"]'],
    ids=["a name twice", "a present name as a former one", "its own name as a former one"],
)
def test_a_name_belongs_to_one_uplink(names: str) -> None:
    with pytest.raises(ConfigError, match=r"is already a name of uplink \d; each needs its own"):
        settings(f'[[uplink]]\nname = "A"\ninterface = "eth1"\n[[uplink]]\ninterface = "eth2"\n{names}')


def test_two_uplinks_cannot_be_equal_in_interface_source_and_mark() -> None:
    with pytest.raises(ConfigError, match=r'uplink\[2\] \(B\)\.interface = "eth1": has the same interface, source'):
        settings(two(interface="eth1"))


@pytest.mark.parametrize(
    ("a", "b"),
    [("mark = 1", "mark = 2"), ('source = "192.0.2.1"', 'source = "192.0.2.2"'), ("", "mark = 2")],
)
def test_two_uplinks_on_one_interface_may_differ_in_source_or_mark(a: str, b: str) -> None:
    assert len(settings(two(a, b, interface="eth1")).uplinks) == 2


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            'gateway = "none"\ngateway_required = true',
            'gateway_required = true: needs a gateway, but gateway is "none"',
        ),
        ("nat = true\ngateway_required = true", "gateway_required = true: cannot be with nat = true"),
        ('source = "192.0.2.1"\ngateway = "fe80::1"', r"and source 192\.0\.2\.1 must be of the same address family"),
        ("ping = []\nhttp = []", "ping = .*: and http are both empty"),
        ('ping = ["1.1.1.1", "1.1.1.1"]', r'ping\[2\] = "1\.1\.1\.1": stands there more than once'),
        ('http = ["http://a.b/", "http://a.b/"]', r"http\[2\] = .*: stands there more than once"),
        ('resolve = ["a.b", "A.b."]', r'resolve\[2\] = "a\.b": stands there more than once'),
        ('http = [{ url = "http://a.b/", nonce = true }]', "has nonce = true without own = true"),
        ("latency_ms = { degraded_above = 1, clear_below = 2 }", "has clear_below over degraded_above"),
        ('resolvers = ["8.8.8.8", "8.8.8.8"]', "resolvers = .*: names 8.8.8.8 more than once"),
        ('was = ["x", "x"]', "was = .*: names x more than once"),
    ],
)
def test_settings_of_an_uplink_that_cannot_both_be_meant_are_refused(lines: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        with_uplink(lines)


def test_defaults_that_probe_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"probe\.ping = \[\]: and http are both empty"):
        settings("[probe]\nping = []\nhttp = []")


def test_one_kind_of_probe_may_be_left_out() -> None:
    assert with_uplink("ping = []").uplinks[0].plan.ping == ()
    assert with_uplink("http = []").uplinks[0].plan.http == ()


MAINTENANCE = """
[[maintenance]]
uplink = "{name}"
start = 2026-12-01T22:00:00Z
end = 2026-12-0{day}T22:00:00Z
"""


def test_maintenance_of_an_unknown_uplink_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'maintenance\[1\]\.uplink = "C": is no uplink of this file; known: A'):
        with_uplink("", before=MAINTENANCE.format(name="C", day=2))


def test_maintenance_may_name_an_uplink_by_its_former_name_or_one_that_is_yet_to_be_detected() -> None:
    (renamed,) = with_uplink('was = ["eth1"]', before=MAINTENANCE.format(name="eth1", day=2)).maintenance
    (awaited,) = settings(MAINTENANCE.format(name="eth7", day=2)).maintenance
    assert (renamed.uplink, awaited.uplink) == ("A", "eth7")


def test_maintenance_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ConfigError, match="ends before it starts"):
        settings(MAINTENANCE.format(name="eth7", day=1))


def test_clients_cannot_be_let_in_by_an_unknown_uplink() -> None:
    with pytest.raises(ConfigError, match=r'web\.allow_via_uplinks\[1\] = "C": is no uplink of this file; known: A'):
        with_uplink("", before='[web]\nallow_via_uplinks = ["C"]')


def test_downloads_can_only_be_narrower_than_what_is_allowed() -> None:
    with pytest.raises(ConfigError, match=r'downloads_allow\[1\] = "192\.0\.2\.0/24": lies outside of allow'):
        settings('[web]\ndownloads_allow = ["192.0.2.0/24"]')

    assert settings('[web]\ndownloads_allow = ["10.1.0.0/16", "fd00::/8"]').web.downloads_allow


def test_every_contradiction_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        settings(two('ping = ["1.1.1.1", "1.1.1.1"]', "nat = true\ngateway_required = true", interface="eth1"))

    assert len(str(error.value).splitlines()) == 3


def test_iperf_on_a_reflector_needs_one() -> None:
    with pytest.raises(ConfigError, match=r"needs a \[reflector\]"):
        settings('[throughput]\niperf_server = "reflector"')
    settings('[reflector]\nhost = "far.example"\n[throughput]\niperf_server = "reflector"')


@pytest.mark.parametrize("text", ['gpsd = "reflector"', "latitude = 1.0", "altitude_m = 3.0", "longitude = 181.0"])
def test_half_a_position_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        settings(f"[position]\n{text}")
