"""Who is let in: the rules one by one, in their order, with the words an operator reads."""

import json
import socket
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from werkzeug.datastructures import Headers

from ispstatus.model.settings import WebSettings
from ispstatus.web.factory import create_app
from ispstatus.web.shared.guard import FORWARDING, Guard, Refused
from tests.web.box import LAN, Box, Hands

PROXY, INNER_PROXY, LAN_CLIENT, STRANGER = "127.0.0.1", "10.0.0.9", "192.168.50.20", "198.51.100.5"
LAN_ADDRESS, WAN_ADDRESS = "192.168.50.1", "203.0.113.2"
OWN = {"Host": "192.168.50.1:8080"}


def a_guard(**changes: Any) -> Guard:
    """A guard of a box with a LAN (eth0) and one uplink, "fibre" on eth1."""
    web = WebSettings(listen=(), allow=LAN)
    settings = {name: changes.pop(name) for name in list(changes) if hasattr(web, name)}
    given: dict[str, Any] = {
        "hostname": "Gateway.example",
        "clock": Hands().clock(),
        "route_device": lambda peer, local: "eth1" if peer.startswith("10.200.") or local == WAN_ADDRESS else "eth0",
        "uplink_devices": lambda: {"eth1": "fibre"},
        "has_lan": lambda: True,
        "is_on_link": lambda peer: peer.startswith("10.200.0."),
    }
    return Guard(replace(web, **settings), **{**given, **changes})


def nets(*texts: str) -> tuple[Any, ...]:
    return tuple(map(ip_network, texts))


def admit(guard: Guard, peer: str, local: str = LAN_ADDRESS, **headers: str) -> str:
    """Return who is let in, or the rule that refuses."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        return str(guard.admit(peer, local, Headers({**OWN, **named})))
    except Refused as refusal:
        return refusal.rule


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.168.50.20", "10.1.2.3", "::1", "fe80::9%eth0"])
def test_loopback_and_the_lan_are_let_in(peer: str) -> None:
    assert admit(a_guard(), peer) == peer


def test_an_ipv4_mapped_peer_is_the_ipv4_address_it_is() -> None:
    assert admit(a_guard(), "::ffff:192.168.50.20") == "192.168.50.20"
    assert admit(a_guard(), f"::ffff:{STRANGER}") == "allow"


@pytest.mark.parametrize("peer", [STRANGER, "2001:db8::1", "100.64.0.9", "172.32.0.1"])
def test_everybody_else_is_not(peer: str) -> None:
    assert admit(a_guard(), peer) == "allow"


@pytest.mark.parametrize("header", FORWARDING)
def test_a_forwarding_header_is_refused_from_whoever_is_no_listed_proxy(header: str) -> None:
    with pytest.raises(Refused, match="trusted_proxies") as refusal:
        a_guard().admit(LAN_CLIENT, LAN_ADDRESS, Headers({**OWN, header: "127.0.0.1"}))
    assert refusal.value.rule == "forwarding"


def test_the_forged_header_is_named_before_the_stranger() -> None:
    assert admit(a_guard(), STRANGER, X_Forwarded_For="127.0.0.1") == "forwarding"


@pytest.mark.parametrize(
    ("chain", "outcome"),
    [
        pytest.param(LAN_CLIENT, LAN_CLIENT, id="one-client"),
        pytest.param(f"{LAN_CLIENT}:4711", LAN_CLIENT, id="with-a-port"),
        pytest.param("[::1]:4711", "::1", id="bracketed"),
        pytest.param("fe80::9", "uplink", id="link-local-of-nobody-knows-which-link"),
        pytest.param(f"127.0.0.1, {STRANGER}", "allow", id="a-stranger-who-forges-loopback"),
        pytest.param(f"{STRANGER}, {LAN_CLIENT}", LAN_CLIENT, id="the-nearest-counts"),
        pytest.param(f"{STRANGER}, {INNER_PROXY}", "allow", id="a-stranger-behind-two-proxies"),
        pytest.param(f"{LAN_CLIENT}, {INNER_PROXY}", LAN_CLIENT, id="a-client-behind-two-proxies"),
        pytest.param(INNER_PROXY, INNER_PROXY, id="a-proxy-for-itself"),
        pytest.param("unknown", "forwarding", id="no-address"),
        pytest.param("", "forwarding", id="empty"),
    ],
)
def test_a_listed_proxy_speaks_for_its_client(chain: str, outcome: str) -> None:
    guard = a_guard(trusted_proxies=nets("127.0.0.1/32", "10.0.0.9/32"))
    assert admit(guard, PROXY, X_Forwarded_For=chain) == outcome


def test_a_listed_proxy_that_forwards_without_a_client_is_refused() -> None:
    guard = a_guard(trusted_proxies=nets("127.0.0.1/32"))
    assert admit(guard, PROXY, X_Real_IP=LAN_CLIENT) == "forwarding"
    assert admit(guard, PROXY) == PROXY


def test_a_private_address_behind_an_uplink_is_not_the_lan() -> None:
    assert admit(a_guard(), "10.200.0.7") == "uplink"


def test_a_client_the_proxy_names_is_not_the_lan_either_when_it_lives_behind_an_uplink() -> None:
    guard = a_guard(trusted_proxies=nets("127.0.0.1/32"))
    assert admit(guard, PROXY, X_Forwarded_For="10.200.0.7") == "uplink"


def test_a_neighbour_who_borrows_a_lan_address_is_known_by_the_address_of_ours_that_was_called() -> None:
    assert admit(a_guard(), LAN_CLIENT, WAN_ADDRESS) == "uplink"
    assert admit(a_guard(), LAN_CLIENT, f"::ffff:{WAN_ADDRESS}") == "uplink"


def test_behind_a_proxy_the_address_the_client_called_counts() -> None:
    guard = a_guard(trusted_proxies=nets("127.0.0.1/32"))
    by = {"local": "127.0.0.1", "X_Forwarded_For": LAN_CLIENT}
    assert admit(guard, PROXY, **by, X_Forwarded_By=WAN_ADDRESS) == "uplink"
    assert admit(guard, PROXY, **by, X_Forwarded_By=LAN_ADDRESS) == LAN_CLIENT
    assert admit(guard, PROXY, **by, X_Forwarded_By="gate") == "forwarding"
    assert admit(guard, PROXY, **by) == LAN_CLIENT


def test_an_uplink_can_be_named_as_a_way_in() -> None:
    assert admit(a_guard(allow_via_uplinks=("fibre",)), "10.200.0.7") == "10.200.0.7"
    assert admit(a_guard(allow_via_uplinks=("lte",)), "10.200.0.7") == "uplink"


def test_a_box_with_one_leg_lets_its_own_network_in_and_nobody_further_away() -> None:
    guard = a_guard(has_lan=lambda: False, allow=(*LAN, *nets("100.64.0.0/10")), route_device=lambda *_: "eth1")
    assert admit(guard, "10.200.0.7") == "10.200.0.7"
    assert admit(guard, "10.200.9.7") == "uplink"
    assert admit(guard, "100.64.0.7") == "uplink"


def test_a_client_without_a_way_back_is_refused() -> None:
    assert admit(a_guard(route_device=lambda *_: None), LAN_CLIENT) == "uplink"


def test_a_link_local_client_is_judged_by_the_link_it_came_by() -> None:
    assert admit(a_guard(), "fe80::9%eth1") == "uplink"


@pytest.mark.parametrize(
    "host",
    ["192.168.50.1", "192.168.50.1:8080", "[fe80::1]:8080", "[::1]", "localhost:1", "LOCALHOST", "gateway.example",
     "gateway.example.:8080", "status.corp"],
)  # fmt: skip
def test_a_host_that_names_this_box_is_fine(host: str) -> None:
    assert admit(a_guard(hosts=("Status.corp",)), LAN_CLIENT, Host=host) == LAN_CLIENT


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:8080", "192.168.50.1.evil.example", "localhost.evil", "[::1", "127.0.0.1:80x",
     "gateway.example.evil", "[evil]:80"],
)  # fmt: skip
def test_a_foreign_host_is_refused(host: str) -> None:
    assert admit(a_guard(), LAN_CLIENT, Host=host) == "host"


def test_no_host_at_all_is_refused() -> None:
    with pytest.raises(Refused, match="Host"):
        a_guard().admit(LAN_CLIENT, LAN_ADDRESS, Headers())


@pytest.mark.parametrize("path", ["/", "/api/status", "/api/history.csv", "/static/page.css", "/metrics", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_every_path_is_guarded_and_says_so_in_json(box: Box, path: str, method: str) -> None:
    client = create_app(box.deps()).test_client()
    reply = client.open(path, method=method, environ_base={"REMOTE_ADDR": STRANGER})
    assert reply.status_code == 403
    assert reply.get_json() == {"error": f"{STRANGER} is not in [web] allow", "rule": "allow"}
    assert box.asked == []


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\nHost:\r\n",
        "GET / HTTP/1.1\r\n",
        "GET /api/status HTTP/1.0\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n",
    ],
)
def test_the_server_passes_on_that_there_is_no_good_host(port: int, head: str) -> None:
    status, body = raw(port, f"{head}Connection: close\r\n\r\n")
    assert status == 403
    assert body["rule"] == "host"


def raw(port: int, request: str) -> tuple[int, Any]:
    """Return status and decoded body of what the real server answers to exactly this."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(request.encode())
        with sock.makefile("rb") as stream:
            head, _, body = stream.read().partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_downloads_can_be_kept_for_some(box: Box) -> None:
    box.settings = replace(box.settings, web=replace(box.settings.web, downloads_allow=nets("10.0.0.0/8")))
    client = create_app(box.deps()).test_client()
    for path in ("/api/history.csv", "/api/sla.csv", "/api/outages.csv"):
        for peer, code in (("10.1.1.1", 200), (LAN_CLIENT, 403)):
            with client.get(path, environ_base={"REMOTE_ADDR": peer}) as reply:
                assert reply.status_code == code
    reply = client.get("/api/sla.csv", environ_base={"REMOTE_ADDR": LAN_CLIENT})
    assert reply.get_json()["rule"] == "downloads"
    assert client.get("/api/sla", environ_base={"REMOTE_ADDR": LAN_CLIENT}).status_code == 200
