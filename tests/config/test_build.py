from ipaddress import ip_network

import pytest

from ispstatus.config.schema import Ping
from ispstatus.model.errors import ConfigError
from ispstatus.model.settings import ReflectorCaps, ReflectorPorts, ReflectorServer
from ispstatus.model.state import Fault
from ispstatus.model.uplink import PingTarget, Reflector, ResolveTarget, Threshold
from tests.config.samples import settings, with_uplink


def test_known_targets_know_their_network_and_bring_their_ipv6_twins() -> None:
    assert settings("").plan.ping == (
        PingTarget("1.1.1.1", "Cloudflare"),
        PingTarget("8.8.8.8", "Google"),
        PingTarget("9.9.9.9", "Quad9"),
        PingTarget("2606:4700:4700::1111", "Cloudflare"),
        PingTarget("2001:4860:4860::8888", "Google"),
        PingTarget("2620:fe::fe", "Quad9"),
    )


def test_a_twin_that_is_listed_anyway_is_not_listed_twice() -> None:
    plan = settings('[probe]\nping = ["1.1.1.1", "2606:4700:4700::1111"]').plan

    assert [target.address for target in plan.ping] == ["1.1.1.1", "2606:4700:4700::1111"]


def test_a_named_network_holds_for_the_twin_too() -> None:
    plan = settings('[probe]\nping = [{ address = "1.1.1.1", network = "Mine" }]').plan

    assert {target.network for target in plan.ping} == {"Mine"}


def test_an_unnamed_target_is_its_own_network() -> None:
    plan = settings('[probe]\nping = ["192.0.2.1"]\nhttp = ["http://status.example.com/x"]').plan

    assert plan.ping == (PingTarget("192.0.2.1", "192.0.2.1"),)
    assert plan.http[0].network == "status.example.com"


def test_an_http_target_may_say_everything() -> None:
    flags = "nonce = true, own = true, private_ok = true"
    target = f'url = "https://own.example/x", network = "Mine", status = 200, body = "ok", {flags}'
    plan = settings(f"[probe]\nhttp = [{{ {target} }}]").plan
    (found,) = plan.http

    assert (found.network, found.status, found.body) == ("Mine", 200, "ok")
    assert (found.nonce, found.own, found.private_ok, found.is_tls) == (True, True, True, True)


def test_names_may_tell_the_only_right_addresses() -> None:
    plan = settings('[probe]\nresolve = ["a.example", { name = "b.example", expect = ["192.0.2.1"] }]').plan

    assert plan.resolve == (ResolveTarget("a.example"), ResolveTarget("b.example", ("192.0.2.1",)))


def test_an_uplink_that_says_nothing_has_the_shared_plan_and_limits() -> None:
    found = with_uplink(
        "", before='[probe]\nping = ["8.8.4.4"]\n[quality]\njitter_ms = { degraded_above = 9, clear_below = 8 }'
    )
    (uplink,) = found.uplinks

    assert uplink.plan == found.plan
    assert uplink.limits == found.limits
    assert found.limits.jitter_ms == Threshold(9, 8)


def test_an_uplinks_own_probe_keys_replace_the_shared_ones_one_by_one() -> None:
    found = with_uplink(
        'ping = ["9.9.9.9"]\nresolvers = ["192.0.2.53"]\nloss_pct = { degraded_above = 20, clear_below = 10 }'
    )
    (uplink,) = found.uplinks

    assert {target.network for target in uplink.plan.ping} == {"Quad9"}
    assert uplink.plan.resolvers == ("192.0.2.53",)
    assert uplink.plan.http == found.plan.http
    assert uplink.limits.loss_pct == Threshold(20, 10)
    assert uplink.limits.latency_ms == found.limits.latency_ms


def test_an_uplinks_own_jitter_limit_alone_replaces_the_shared_one() -> None:
    (uplink,) = with_uplink("jitter_ms = { degraded_above = 9, clear_below = 8 }").uplinks

    assert uplink.limits.jitter_ms == Threshold(9, 8)
    assert uplink.limits.latency_ms is None


def test_auto_in_an_uplink_undoes_a_shared_value() -> None:
    found = with_uplink(
        'resolvers = "auto"\nlatency_ms = "auto"',
        before='[probe]\nresolvers = ["192.0.2.53"]\n[quality]\nlatency_ms = { degraded_above = 9, clear_below = 8 }',
    )
    (uplink,) = found.uplinks

    assert found.plan.resolvers == ("192.0.2.53",)
    assert uplink.plan.resolvers is None
    assert found.limits.latency_ms == Threshold(9, 8)
    assert uplink.limits.latency_ms is None


def test_explicit_values_of_an_uplink_arrive() -> None:
    (uplink,) = with_uplink(
        """
        was = ["eth1"]
        source = "192.0.2.9"
        gateway = "192.0.2.1"
        gateway_required = true
        table = 101
        mark = 0x101
        nat = false
        metered = true
        probe_budget_mb_month = 50
        carrier_fault = "local"
        dns_required = true
        """
    ).uplinks

    assert (uplink.source, uplink.gateway, uplink.table, uplink.mark) == ("192.0.2.9", "192.0.2.1", 101, 0x101)
    assert (uplink.gateway_required, uplink.nat, uplink.metered, uplink.is_metered) == (True, False, True, True)
    assert (uplink.budget_mb_month, uplink.carrier_fault, uplink.was) == (50, Fault.LOCAL, ("eth1",))
    assert (uplink.dns_required, uplink.require_ipv6) == (True, False)
    assert with_uplink("require_ipv6 = true").uplinks[0].require_ipv6


def test_uplinks_keep_the_order_of_the_file() -> None:
    text = "\n".join(f'[[uplink]]\nname = "{name}"\ninterface = "{name}"' for name in ("c", "a", "b"))

    assert [uplink.name for uplink in settings(text).uplinks] == ["c", "a", "b"]


def test_an_uplinks_own_reflector_wins_over_the_shared_one() -> None:
    shared = '[reflector]\nhost = "one.example"'
    own = 'reflector = { host = "two.example", ports = { udp = 5000 } }'

    assert with_uplink("", before=shared).uplinks[0].reflector == Reflector("one.example")
    assert with_uplink(own, before=shared).uplinks[0].reflector == Reflector("two.example", udp_port=5000)
    assert with_uplink("").uplinks[0].reflector is None


def test_integer_only_clients_may_be_told_a_number_for_unknown() -> None:
    assert settings("[status]\nunknown_as = 0").unknown_as == 0
    assert settings('[status]\nunknown_as = "null"').unknown_as is None


def test_a_ping_section_is_a_text_or_a_table() -> None:
    assert Ping.model_validate("192.0.2.1") == Ping.model_validate({"address": "192.0.2.1"})


def test_the_far_end_listens_and_answers_as_it_is_told() -> None:
    server = settings(
        """
        [reflector_server]
        listen = ["0.0.0.0", "::"]
        allow = ["192.0.2.0/24"]
        ports = { twamp = 12862, https = "off" }
        caps = { source_connections = 8 }
        sequence = "stateless"
        """
    ).reflector_server

    assert server == ReflectorServer(
        listen=("0.0.0.0", "::"),
        allow=(ip_network("192.0.2.0/24"),),
        ports=ReflectorPorts(twamp=12862, https=None),
        caps=ReflectorCaps(source_connections=8),
        is_stateful=False,
    )


def test_the_far_end_has_the_defaults_of_the_settings_it_is_built_into() -> None:
    server = settings('[reflector_server]\nlisten = "192.0.2.1"\nallow = ["192.0.2.0/24"]').reflector_server

    assert server == ReflectorServer(("192.0.2.1",), (ip_network("192.0.2.0/24"),))


def test_a_certificate_without_its_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="has only one of certificate and key"):
        settings('[reflector_server]\nallow = ["192.0.2.0/24"]\ncertificate = "/etc/ssl/one.pem"')
