"""The proxies that may stand in front of the daemon, run for real in the lab's box."""

import contextlib
import os
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from tests.e2e.worlds import World
from tests.lab.certs import certificates
from tests.lab.client import connect
from tests.lab.lines import LAN_BOX
from tests.lab.topology import REPOSITORY

NGINX = """
    daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
    events {{ worker_connections 64; }}
    http {{
      access_log off;
      client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
      uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
      {server}
    }}
"""
TRUSTING = '[web]\ntrusted_proxies = ["127.0.0.1"]\n'
_QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def shipped(name: str) -> str:
    """Return the text of a proxy's file as it is shipped, but with the lab's certificate."""
    _, certificate, key = certificates()
    text = (REPOSITORY / "systemd" / name).read_text(encoding="utf-8")
    text = text.replace("/etc/ispstatus/tls/fullchain.pem", str(certificate))
    return text.replace("/etc/ispstatus/tls/privkey.pem", str(key))


@contextlib.contextmanager
def nginx(world: World, folder: Path, server: str, port: int) -> Iterator[None]:
    """Run nginx in the box with one server block, and wait until it answers."""
    if not which("nginx"):
        pytest.skip("needs nginx")
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(textwrap.dedent(NGINX).format(folder=folder, server=server))
    with _running(world, port, "nginx", "-c", str(config), "-p", str(folder)):
        yield


@contextlib.contextmanager
def caddy(world: World, folder: Path, port: int) -> Iterator[None]:
    """Run Caddy in the box with the shipped file and the box's LAN addresses, and wait until it answers."""
    if not which("caddy"):
        pytest.skip("needs caddy")
    folder.mkdir()
    config = folder / "Caddyfile"
    bind = f"bind 127.0.0.1 ::1 {LAN_BOX}"
    text, found = re.subn(r"(?m)^\tbind .*$", f"\t{bind}", shipped("Caddyfile.ispstatus"))
    assert found == 1
    config.write_text(text)
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = ("caddy", "run", "--config", str(config), "--adapter", "caddyfile")
    with _running(world, port, *command, env=environment):
        yield


@contextlib.contextmanager
def _running(world: World, port: int, *command: str, **options: Any) -> Iterator[None]:
    with world.lab.popen("box", *command, over={}, **_QUIET, **options) as process:
        try:
            _wait_for_port(world, port)
            yield
        finally:
            process.terminate()


def _wait_for_port(world: World, port: int) -> None:
    for _ in range(50):
        try:
            connect(world.lab, "box", ("127.0.0.1", port), timeout_s=5).close()
        except OSError:
            world.lab.run("box", "sleep", "0.1")
        else:
            return
    raise AssertionError("the proxy does not answer")
