"""TLS in front, with the files as shipped: real nginx, real Caddy (where it is installed), and curl as clients use it.

Both let the LAN in and nobody else, on 443 and on 12099, where clients of the Insight API look for it.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.proxies import TRUSTING, caddy, nginx, shipped
from tests.e2e.worlds import World, name_uplinks, open_world
from tests.lab.client import fetch
from tests.lab.insight_calls import CALLS, call, missing, quoted
from tests.lab.lines import FIBRE, LAN_BOX, PING_TARGETS, PING_TARGETS6
from tests.lab.shapes import NEIGHBOUR, TWIN_A
from tests.lab.topology import REPOSITORY

_LINES = [TWIN_A, FIBRE]
_LAN_NEIGHBOUR = "192.168.50.99"
"""A LAN address that somebody on the far side of an uplink gives himself."""
_FORGED = ("X-Forwarded-For: 127.0.0.1", f"X-Forwarded-By: {LAN_BOX}", "X-Real-IP: 127.0.0.1", "Forwarded: for=[::1]")
_NONSENSE = ("X-Forwarded-For: nonsense", "X-Forwarded-By: nonsense")
"""Passed on, or appended to, it would be refused."""
_LARGE = "/api/history.csv?range=30d"


@dataclass(frozen=True, slots=True)
class Told:
    """What curl came back with; status 0 when there was no answer at all."""

    status: int
    type: str
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def curl(world: World, url: str, *options: str, space: str = "lan", headers: tuple[str, ...] = ()) -> Told:
    words = [word for header in headers for word in ("-H", header)]
    shown = "\n%{http_code} %{content_type}"
    done = world.lab.run(space, "curl", *words, "-s", "-k", "--max-time", "20", "-w", shown, *options, url)
    body, _, last = done.stdout.rpartition("\n")
    status, _, kind = last.partition(" ")
    return Told(int(status), kind, body)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A month of invented history, and neighbours on the far side of an uplink."""
    folder = tmp_path_factory.mktemp("behind")
    config = TRUSTING + name_uplinks(_LINES)
    (folder / "demo.toml").write_text(config)
    paths = ("--state-dir", str(folder / "state"), "--config", str(folder / "demo.toml"))
    invent = (sys.executable, "-m", "ispstatus", "demo", "--days", "30", "--no-serve", *paths)
    subprocess.run(invent, cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    with open_world(folder / "state", config, lines=_LINES, ipv6=True) as world:
        world.lab.ip("isp-twin-a", f"addr add {NEIGHBOUR}/24 dev cust", f"addr add {_LAN_NEIGHBOUR}/32 dev cust")
        yield world


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def front(request: pytest.FixtureRequest, behind: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("front") / "proxy"
    if request.param == "nginx":
        with nginx(behind, folder, shipped("nginx-ispstatus.conf"), 12099):
            yield "nginx"
    else:
        with caddy(behind, folder, 12099):
            yield "caddy"


def _first_key(world: World) -> str:
    return (world.daemon.state_dir / "insight.key").read_text(encoding="ascii").strip()


@pytest.mark.parametrize("line", CALLS)
def test_12099_answers_what_the_document_writes(front: str, behind: World, line: str) -> None:
    answer = call(behind.lab, quoted(line), LAN_BOX, _first_key(behind))
    assert isinstance(answer, list) or "error" not in answer


@pytest.mark.parametrize("line", [line for line in CALLS if quoted(line) != line])
def test_what_a_shell_cuts_off_is_named(front: str, behind: World, line: str) -> None:
    answer, what = call(behind.lab, line, LAN_BOX, _first_key(behind)), missing(line)
    assert answer == {"error": f"{what} is required"} if what else "error" not in answer


def test_the_insight_api_wants_its_key_through_the_proxy_too(front: str, behind: World) -> None:
    url = f"https://{LAN_BOX}:12099/api/v1/ci?agent_id=1&customer_id=0"
    for headers in ((), ("x-api-key: wrong",)):
        told = curl(behind, url, headers=headers)
        assert (told.status, list(told.json)) == (401, ["error"])


@pytest.mark.parametrize("port", [443, 12099])
def test_the_lan_is_let_in_and_what_it_forges_is_overwritten(front: str, behind: World, port: int) -> None:
    for headers in ((), _FORGED, _NONSENSE):
        told = curl(behind, f"https://{LAN_BOX}:{port}/api/status?cached=1", headers=headers)
        assert told.status == 200
        assert {one["name"] for one in told.json["uplinks"]} == {"twin-a", "fibre"}
    assert "<html" in curl(behind, f"https://{LAN_BOX}:{port}/").body


@pytest.mark.parametrize("port", [443, 12099])
def test_a_stranger_is_refused_whatever_he_forges(front: str, behind: World, port: int) -> None:
    """nginx and Caddy's own list refuses him; Caddy does not even listen on an uplink's address."""
    refused = 403 if front == "nginx" else 0
    url = f"https://{FIBRE.source}:{port}/api/status?cached=1"
    from_inet = ("--interface", PING_TARGETS[0])
    assert curl(behind, url, *from_inet, space="inet", headers=_FORGED).status == refused
    assert curl(behind, url.replace("/api/status", "/nowhere"), *from_inet, space="inet").status == refused
    url6 = f"https://[{FIBRE.network6}10]:{port}/healthz"
    from_inet6 = ("--interface", PING_TARGETS6[0])
    assert curl(behind, url6, *from_inet6, space="inet", headers=_FORGED).status == refused


def test_the_proxy_itself_refuses_who_is_not_in_its_list(front: str, behind: World) -> None:
    told = curl(behind, f"https://{LAN_BOX}:12099/healthz", "--interface", FIBRE.source, space="box")
    assert told.status == 403
    assert "rule" not in told.body


@pytest.mark.parametrize("source", [NEIGHBOUR, _LAN_NEIGHBOUR])
def test_a_neighbour_of_an_uplink_is_refused_with_whatever_address(front: str, behind: World, source: str) -> None:
    options = ("--interface", source, "--max-time", "3")
    told = curl(behind, f"https://{TWIN_A.source}:12099/healthz", *options, space="isp-twin-a", headers=_FORGED)
    if front == "nginx":
        assert (told.status, told.json["rule"]) == (403, "uplink")
    else:
        assert told.status == 0


def test_a_client_with_ipv6_is_let_in(front: str, behind: World) -> None:
    for port in (443, 12099):
        assert curl(behind, f"https://[::1]:{port}/healthz", space="box").status == 200


def test_the_client_that_ispstatus_decides_on_is_the_one_behind_the_proxy(front: str, behind: World) -> None:
    told = curl(behind, f"https://{LAN_BOX}/healthz", headers=("Host: evil.example",))
    assert (told.status, told.json["rule"]) == (403, "host")


def test_a_large_answer_arrives_whole(front: str, behind: World) -> None:
    plain = fetch(behind.lab, _LARGE, space="lan", address=(LAN_BOX, 8080)).body.decode()
    told = curl(behind, f"https://{LAN_BOX}:12099{_LARGE}")
    assert told.status == 200
    assert len(told.body) > 1_000_000
    assert _closed(told.body) == _closed(plain)


def _closed(table: str) -> list[str]:
    """All but the ends: time goes on between two questions."""
    return table.replace("\r", "").splitlines()[10:-10]


def test_a_link_on_12099_keeps_the_port(front: str, behind: World) -> None:
    page = curl(behind, f"https://{LAN_BOX}:12099/docs/how-to/insight-key").body
    assert f"https://{LAN_BOX}:12099/api/v1/" in page


def test_both_files_let_in_the_same_and_name_the_same_certificate() -> None:
    server = (REPOSITORY / "systemd" / "nginx-ispstatus.conf").read_text(encoding="utf-8")
    site = (REPOSITORY / "systemd" / "Caddyfile.ispstatus").read_text(encoding="utf-8")
    stranger = re.search(r"@stranger not remote_ip (.+)", site)
    assert stranger
    assert stranger[1].split() == re.findall(r"^\s*allow\s+(\S+);", server, re.MULTILINE)
    for path in ("/etc/ispstatus/tls/fullchain.pem", "/etc/ispstatus/tls/privkey.pem"):
        assert path in server
        assert path in site
