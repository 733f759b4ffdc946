from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from ispstatus.config.load import load
from ispstatus.model.errors import ConfigError
from ispstatus.model.settings import Maintenance
from ispstatus.model.uplink import Contract, Reflector
from tests.config.samples import DOCUMENTED, STATE, settings


def test_without_a_file_everything_has_a_default() -> None:
    found = load(None, STATE)

    assert found.uplinks == ()
    assert found.config_file is None
    assert found.state_dir == STATE
    assert found.site.name
    assert found.site.customer_id == "0"
    assert found.unknown_as is None
    assert [target.network for target in found.plan.http] == ["Cloudflare", "Mozilla", "Google"]
    assert [target.is_tls for target in found.plan.http] == [False, False, True]
    assert found.plan.resolvers is None
    assert (found.limits.loss_pct.degraded_above, found.limits.loss_pct.clear_below) == (5, 2)
    assert found.limits.latency_ms is None


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("")

    found, defaults = load(tmp_path / "empty.toml", STATE), load(None, STATE)

    assert (found.plan, found.web, found.limits, found.site) == (
        defaults.plan,
        defaults.web,
        defaults.limits,
        defaults.site,
    )
    assert found.config_file == tmp_path / "empty.toml"


def test_the_documented_file_loads_as_documented(tmp_path: Path) -> None:
    path = tmp_path / "ispstatus.toml"
    path.write_text(DOCUMENTED)
    found = load(path, STATE)
    (uplink,) = found.uplinks

    assert (found.site.name, found.site.timezone) == ("Head office", "Africa/Johannesburg")
    assert found.plan == load(None, STATE).plan
    assert found.web == load(None, STATE).web
    assert (uplink.id, uplink.name, uplink.interface, uplink.mark) == (0, "Liquid (BGP01)", "eth1", 0)
    assert (uplink.source, uplink.gateway, uplink.gateway_required, uplink.nat, uplink.metered) == (None,) * 5
    assert uplink.contract == Contract(
        "Liquid", "ABC-123", "Fibre", 100, 20, 30, 95, 0.1, "99.9", "ONT of the provider", "rack 2, port 7"
    )
    assert uplink.is_configured
    assert found.reflector == uplink.reflector == Reflector("reflector.example.net")
    assert found.reflector_server is not None
    assert found.reflector_server.allow == (ip_network("203.0.113.0/24"),)
    assert found.maintenance == (
        Maintenance(
            "Liquid (BGP01)",
            datetime(2026, 12, 1, 20, tzinfo=UTC),
            datetime(2026, 12, 2, 0, tzinfo=UTC),
            "Planned fibre work",
            "LIQ-88123",
        ),
    )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load(tmp_path / "none.toml", STATE)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(b"# \xff\xfe")

    with pytest.raises(ConfigError, match=r"odd\.toml: is not UTF-8 text \(byte 2\)"):
        load(tmp_path / "odd.toml", STATE)


def test_bad_toml_is_named_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"ispstatus\.toml: is not valid TOML: .*line 2"):
        settings("[site]\nname = \n")


def test_a_key_given_twice_is_bad_toml() -> None:
    with pytest.raises(ConfigError, match="is not valid TOML"):
        settings('[site]\nname = "a"\nname = "b"\n')
