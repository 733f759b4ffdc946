"""Who is let in: the LAN; not strangers, not through a proxy, not WAN neighbours, not a rebound name."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.proxies import TRUSTING, nginx
from tests.e2e.worlds import World, name_uplinks, open_world
from tests.lab.client import Reply, connect, fetch
from tests.lab.daemon import Daemon
from tests.lab.lines import FIBRE, LAN_BOX, LAN_CLIENT, PING_TARGETS, PING_TARGETS6
from tests.lab.shapes import NEIGHBOUR, TWIN_A
from tests.lab.topology import WanLab

PATHS = ["/api/status?cached=1", "/api/health", "/", "/healthz", "/metrics", "/nowhere", "/openapi/status.yaml"]


def from_lan(world: World, path: str = "/api/status?cached=1", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return fetch(world.lab, path, space="lan", address=(LAN_BOX, 8080), headers=named)


def test_a_lan_client_is_let_in(running: World) -> None:
    assert from_lan(running).status == 200


@pytest.mark.parametrize(
    "header", ["X_Forwarded_For", "X_Real_IP", "Forwarded", "X_Forwarded_Host", "X_Forwarded_Proto"]
)
def test_a_forged_forwarding_header_is_refused(running: World, header: str) -> None:
    value = {"Forwarded": "for=127.0.0.1", "X_Forwarded_Proto": "https"}.get(header, "127.0.0.1")
    assert_refused(from_lan(running, **{header: value}))


def assert_refused(reply: Reply) -> None:
    assert reply.status == 403
    assert reply.headers["content-type"].startswith("application/json")
    assert len(reply.json["error"]) > 10


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "192.168.50.1.evil.example", ""])
def test_a_foreign_host_name_is_refused(running: World, host: str) -> None:
    assert_refused(from_lan(running, Host=host))


@pytest.mark.parametrize("host", ["192.168.50.1:8080", "localhost", "[fe80::1]:8080"])
def test_an_address_or_localhost_is_a_fine_host(running: World, host: str) -> None:
    assert from_lan(running, Host=host).status == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_from_the_internet_is_refused_on_every_path(running: World, path: str) -> None:
    assert_refused(stranger(running, path))


def stranger(world: World, path: str) -> Reply:
    return fetch(world.lab, path, space="inet", address=(FIBRE.source, 8080), source=PING_TARGETS[0])


@pytest.mark.beside
def test_a_neighbour_in_a_private_wan_is_not_lan(tmp_path: Path) -> None:
    lines = [TWIN_A, FIBRE]
    with open_world(tmp_path / "state", name_uplinks(lines), lines=lines) as world:
        world.lab.ip("isp-twin-a", f"addr add {NEIGHBOUR}/24 dev cust")
        where: dict[str, Any] = {"space": "isp-twin-a", "address": (TWIN_A.source, 8080), "source": NEIGHBOUR}
        assert_refused(fetch(world.lab, "/api/status?cached=1", **where))
        assert from_lan(world).status == 200


@pytest.mark.beside
def test_a_wan_neighbour_who_borrows_a_lan_address_is_not_lan(tmp_path: Path) -> None:
    """With policy routing the answer follows the *local* address, so it does leave by the uplink and arrive."""
    lines = [TWIN_A, FIBRE]
    with open_world(tmp_path / "state", name_uplinks(lines), lines=lines) as world:
        world.lab.ip("isp-twin-a", "addr add 192.168.50.99/32 dev cust")
        where: dict[str, Any] = {"space": "isp-twin-a", "address": (TWIN_A.source, 8080), "source": "192.168.50.99"}
        assert_refused(fetch(world.lab, "/api/status?cached=1", timeout_s=3, **where))


@pytest.mark.beside
def test_a_neighbour_is_let_in_when_the_configuration_says_so(tmp_path: Path) -> None:
    lines = [TWIN_A, FIBRE]
    config = '[web]\nallow_via_uplinks = ["twin-a"]\n' + name_uplinks(lines)
    with open_world(tmp_path / "state", config, lines=lines) as world:
        world.lab.ip("isp-twin-a", f"addr add {NEIGHBOUR}/24 dev cust")
        where: dict[str, Any] = {"space": "isp-twin-a", "address": (TWIN_A.source, 8080), "source": NEIGHBOUR}
        assert fetch(world.lab, "/api/status?cached=1", **where).status == 200


@pytest.mark.beside
def test_ipv6_neighbours_and_strangers_are_not_lan_either(tmp_path: Path) -> None:
    box, ours, unique = f"{FIBRE.network6}10", f"{FIBRE.network6}1", "fd00:66::9"
    with open_world(tmp_path / "state", name_uplinks([FIBRE]), lines=[FIBRE], ipv6=True) as world:
        world.lab.ip("isp-fibre", f"addr add {unique}/128 dev cust nodad")
        where: dict[str, Any] = {"space": "isp-fibre", "address": (box, 8080)}
        told = [fetch(world.lab, "/healthz", source=source, **where) for source in (ours, unique)]
        assert [(reply.status, reply.json["rule"]) for reply in told] == [(403, "allow"), (403, "uplink")]
        stranger6 = fetch(world.lab, "/healthz", space="inet", address=(box, 8080), source=PING_TARGETS6[0])
        assert (stranger6.status, stranger6.json["rule"]) == (403, "allow")
        assert fetch(world.lab, "/healthz", address=("::1", 8080)).status == 200


@pytest.mark.beside
def test_a_link_local_neighbour_is_known_by_the_link_it_came_by(tmp_path: Path) -> None:
    """Every link has the same link-local network: the routes alone would find the LAN's first."""
    with open_world(tmp_path / "state", name_uplinks([FIBRE]), lines=[FIBRE], ipv6=True) as world:
        world.lab.ip("box", "route add fe80::/64 dev lan0 metric 1")
        shown = world.lab.run("box", "ip", "-o", "-6", "addr", "show", "dev", FIBRE.device, "scope", "link").stdout
        local = shown.split()[3].partition("/")[0] + "%cust"
        refusal = fetch(world.lab, "/healthz", space="isp-fibre", address=(local, 8080))
        assert (refusal.status, refusal.json["rule"]) == (403, "uplink")


CARELESS = """
    server {
      listen 8081;
      location / {
        proxy_pass http://127.0.0.1:8080;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
      }
    }
"""


@pytest.fixture(params=["trusted", "unlisted"])
def proxied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, bool]]:
    """A world behind an nginx that lets everybody through, listed as trusted or not."""
    is_trusted = request.param == "trusted"
    with (
        open_world(tmp_path / "state", head=TRUSTING if is_trusted else "") as world,
        nginx(world, tmp_path / "nginx", CARELESS, 8081),
    ):
        yield world, is_trusted


def test_a_stranger_behind_a_careless_nginx_is_still_a_stranger(proxied: tuple[World, bool]) -> None:
    world, is_trusted = proxied
    forged = {"X-Forwarded-For": LAN_CLIENT}
    where: dict[str, Any] = {"space": "inet", "address": (FIBRE.source, 8081), "source": PING_TARGETS[1]}
    assert_refused(fetch(world.lab, "/api/status?cached=1", headers=forged, **where))
    lan = fetch(world.lab, "/api/status?cached=1", space="lan", address=(LAN_BOX, 8081))
    assert lan.status == (200 if is_trusted else 403)


@pytest.mark.beside
def test_a_box_with_one_leg_lets_in_its_own_network_and_nobody_further_away(tmp_path: Path) -> None:
    where: dict[str, Any] = {"space": "isp-twin-a", "address": (TWIN_A.source, 8080)}
    with WanLab([TWIN_A]) as lab:
        lab.ip("isp-twin-a", f"addr add {NEIGHBOUR}/24 dev cust", "addr add 10.44.0.9/32 dev cust")
        lab.ip("box", "link del lan0")
        with Daemon(lab, tmp_path / "state", name_uplinks([TWIN_A])):
            assert fetch(lab, "/healthz", source=NEIGHBOUR, **where).status == 200
            assert_refused(fetch(lab, "/healthz", source="10.44.0.9", **where))


def test_the_daemon_says_which_rule_refused(running: World) -> None:
    words = [stranger(running, "/").json["error"], from_lan(running, X_Forwarded_For="127.0.0.1").json["error"]]
    assert words[0] != words[1]


def test_half_open_clients_do_not_block_the_next(running: World) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(60):
            with contextlib.suppress(OSError):  # closed beyond the cap: just as good
                sock = held.enter_context(connect(running.lab, "lan", (LAN_BOX, 8080), timeout_s=5))
                sock.sendall(b"GET /api/status HTTP/1.1\r\nHo")
        assert running.daemon.get("/api/status?cached=1", timeout_s=5).status == 200
        assert fetch(running.lab, "/healthz", space="inet", address=(FIBRE.source, 8080), timeout_s=5).status == 403
