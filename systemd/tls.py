"""Puts nginx with TLS in front of the ispstatus of this machine: what `install.sh --tls` runs, as root.

Everything is looked at before anything is changed, and what does not work in the end is put back. Needs nothing but
Python's own library. Exit codes: 0 done, 1 refused or failed, with words on standard error.
"""

import argparse
import contextlib
import errno
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, NoReturn

PORTS = (443, 12099)
TEMPLATE = Path(__file__).with_name("nginx-ispstatus.conf")
SITE = Path("/etc/nginx/conf.d/ispstatus.conf")
CERTIFICATE = Path("/etc/ispstatus/tls/fullchain.pem")
KEY = Path("/etc/ispstatus/tls/privkey.pem")
_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
# What ispstatus does without being told.
_LISTEN = ["0.0.0.0:8080", "[::]:8080"]
_PAIR = ("ssl_certificate", "ssl_certificate_key")
_PEM = r"(?s)-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----"
_DAYS = "3650"
_TRIES = 50
_TRY_S = 0.2


class Refused(Exception):
    """It cannot be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Front:
    """What nginx is to do, all of it known before anything is changed."""

    certificate: Path
    key: Path
    upstream: str
    """Where ispstatus answers this machine, as "HOST:PORT"."""
    site: str
    """The text of nginx's file."""
    config: str
    """The text of the configuration, with nginx in ``trusted_proxies``."""

    @property
    def is_own(self) -> bool:
        """Whether the certificate is the one that is made here when it is missing."""
        return (self.certificate, self.key) == (CERTIFICATE, KEY)


# ---------------------------------------------------------------- looking
def look(config_file: Path, certificate: Path | None, key: Path | None) -> Front:
    """Return what is to be done. Refused when something is missing or in the way."""
    nginx = _need("nginx", "nginx")
    old = config_file.read_bytes().decode() if config_file.exists() else ""
    web = _web(old, config_file)
    _refuse_own_ports(web, config_file)
    if not SITE.exists():
        _refuse_taken_ports(_tested(nginx, "-T"))
    upstream = local_upstream(web.get("listen", _LISTEN))
    pair = (certificate, key) if certificate and key else _pair_in_use()
    if pair == (CERTIFICATE, KEY) and not any(path.exists() for path in pair):
        _need("openssl", "openssl")
    else:
        check_pair(*pair)
    return Front(*pair, upstream, site(web.get("allow"), upstream, *pair), trusting(old, _host(upstream)))


def _need(program: str, package: str) -> str:
    path = shutil.which(program, path=_PATH)
    if path is None:
        raise Refused(f"the Debian package {package} is missing: apt-get install {package}")
    return path


def _web(text: str, config_file: Path) -> dict[str, Any]:
    try:
        web: dict[str, Any] = tomllib.loads(text).get("web", {})
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{config_file}: is not valid TOML: {error}") from error
    return web


def _refuse_own_ports(web: dict[str, Any], config_file: Path) -> None:
    for endpoint in web.get("listen", _LISTEN):
        if int(endpoint.rpartition(":")[2]) in PORTS:
            raise Refused(
                f"[web] listen in {config_file} has {endpoint}, a port that nginx is to have: take it out there, "
                "restart ispstatus, and run this again"
            )


def _refuse_taken_ports(known: str) -> None:
    """A port that nginx itself has already, for another site of its configuration ``known``, may be shared."""
    in_force = re.sub(r"#.*", "", known)
    for port in PORTS:
        if _is_taken(port) and not re.search(rf"\blisten\s[^;]*\b{port}\b", in_force):
            raise Refused(f"port {port} is taken by another program, which has to leave it to nginx")


def _is_taken(port: int) -> bool:
    try:
        socket.create_server(("", port)).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def local_upstream(listen: Sequence[str]) -> str:
    """Return under which "HOST:PORT" this machine itself can ask; IPv4 if there is any."""
    first = sorted(listen)[0]
    return re.sub(r"^0\.0\.0\.0:", "127.0.0.1:", first).replace("[::]:", "[::1]:")


def _host(upstream: str) -> str:
    return upstream.rpartition(":")[0].strip("[]")


def _pair_in_use() -> tuple[Path, Path]:
    """Return the certificate and key of the file that is in force, so that doing this again keeps them."""
    text = SITE.read_text(encoding="utf-8") if SITE.exists() else TEMPLATE.read_text(encoding="utf-8")
    found = [re.search(rf"^\s*{name}\s+([^;\s]+);", text, re.MULTILINE) for name in _PAIR]
    return (Path(found[0][1]), Path(found[1][1])) if found[0] and found[1] else (CERTIFICATE, KEY)


def check_pair(certificate: Path, key: Path) -> None:
    """Raise Refused unless nginx can use these two PEM files together."""
    for path in (certificate, key):
        if not re.fullmatch(r"[\w./@+,:~-]+", str(path)):
            raise Refused(f"{path} has characters in its name that nginx's file cannot hold: give it another")
        try:
            path.read_bytes()
        except OSError as error:
            raise Refused(f"{path} cannot be read: {error.strerror}") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password)
    except ssl.SSLError as error:
        why = {"KEY_VALUES_MISMATCH": "the key belongs to another certificate"}.get(error.reason or "")
        raise Refused(f"{certificate} and {key} are no certificate with its key in PEM: {why or error}") from error


def _no_password() -> NoReturn:
    raise Refused("the key is locked by a password, and nobody could tell it to nginx: give one without")


# ---------------------------------------------------------------- the two texts
def site(allow: Sequence[str] | None, upstream: str, certificate: Path, key: Path) -> str:
    """Return nginx's file: the shipped one with this machine's values; ``allow`` None is the list that stands there."""
    text = TEMPLATE.read_text(encoding="utf-8").replace("http://127.0.0.1:8080", f"http://{upstream}")
    for name, path in zip(_PAIR, (certificate, key), strict=True):
        text = re.sub(rf"(?m)^(\s*{name}\s+)[^;]+;", rf"\g<1>{path};", text)
    if allow is not None:
        lines = "".join(f"    allow {network};\n" for network in allow)
        text = re.sub(r"(?m)(?:^ *allow .*;\n)+", lines, text, count=1)
    if not Path("/proc/net/if_inet6").exists():  # nginx would not start on a kernel without IPv6
        text = re.sub(r"(?m)^ *listen \[::\].*\n", "", text)
    return text


def trusting(text: str, address: str) -> str:
    """Return a configuration with ``address`` among ``[web] trusted_proxies`` and every other letter as it was.

    Refused when the text is written in a way in which that cannot be done.
    """
    meant = tomllib.loads(text)
    web = meant.get("web", {})
    listed = web.get("trusted_proxies", [])
    if any(ip_address(address) in ip_network(network) for network in listed):
        return text
    wanted = meant | {"web": web | {"trusted_proxies": [address, *listed]}}
    changed = _with_proxy(text, address, is_alone=not listed)
    with contextlib.suppress(tomllib.TOMLDecodeError):
        if tomllib.loads(changed) == wanted:
            return changed
    raise Refused(f'write "{address}" into [web] trusted_proxies of the configuration, and run this again')


def _with_proxy(text: str, address: str, *, is_alone: bool) -> str:
    changed, found = re.subn(
        r"(?m)^(\s*trusted_proxies\s*=\s*\[)", rf'\g<1>"{address}"' + ("" if is_alone else ", "), text, count=1
    )
    if found:
        return changed
    line = f'trusted_proxies = ["{address}"]\n'
    changed, found = re.subn(r"(?m)^(\s*\[\s*web\s*\].*\n)", rf"\g<1>{line}", text, count=1)
    return changed if found else f"{text.rstrip()}\n\n[web]\n{line}".lstrip()


# ---------------------------------------------------------------- doing
def put_in_front(front: Front, config_file: Path) -> None:
    """Change configuration and nginx. Refused, with everything as it was, when it does not work in the end."""
    files = (config_file, SITE, CERTIFICATE, KEY)
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    try:
        if front.is_own and not CERTIFICATE.exists():
            make_certificate(_need("openssl", "openssl"))
        _write(config_file, front.config.encode())
        _write(SITE, front.site.encode())
        _take_over(has_new_config=before[config_file] != front.config.encode())
        for port in PORTS:
            _wait_until_served(port, front.certificate)
    except BaseException:
        for path, content in before.items():
            _write(path, content)
        with contextlib.suppress(Refused):
            _take_over(has_new_config=before[config_file] != front.config.encode())
        raise


def _write(path: Path, content: bytes | None) -> None:
    """Replace a file whole, its owner and mode kept, or remove it; one that is so already is not touched."""
    path = path.resolve()
    if content is None:
        path.unlink(missing_ok=True)
        return
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.chmod(0o644)
    if path.exists():
        shutil.copystat(path, new)
        os.chown(new, path.stat().st_uid, path.stat().st_gid)
    new.rename(path)
    print(f"written: {path}")


def _take_over(*, has_new_config: bool) -> None:
    _tested(_need("nginx", "nginx"), "-t")
    if has_new_config:
        _reload("ispstatus")
    old = _workers()
    _reload("nginx")
    for _ in range(_TRIES):
        now = _workers()
        if now and not now & old:
            return
        time.sleep(_TRY_S)
    raise Refused("nginx goes on as before: /var/log/nginx/error.log says why")


def _reload(unit: str) -> None:
    done = _run("systemctl", "reload-or-restart", unit)
    if done.returncode:
        raise Refused(f"{unit} does not start: journalctl -u {unit}: {done.stderr.strip()}")


def _workers() -> set[str]:
    """Return the processes of nginx that take connections; those of before a reload only end what they began."""
    main = _run("systemctl", "show", "-P", "MainPID", "nginx").stdout.strip()
    children = Path(f"/proc/{main}/task/{main}/children")
    found = set()
    for pid in children.read_text(encoding="ascii").split() if children.exists() else ():
        with contextlib.suppress(OSError):  # ended meanwhile
            if b"shutting down" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found


def _tested(nginx: str, how: str) -> str:
    tested = _run(nginx, how, "-q")
    if tested.returncode:
        raise Refused(f"nginx does not take its configuration: {tested.stderr.strip()}")
    return tested.stdout


def _wait_until_served(port: int, certificate: Path) -> None:
    expected = ssl.PEM_cert_to_DER_cert(re.findall(_PEM, certificate.read_text(errors="replace"))[0])
    problem: object = None
    for _ in range(_TRIES):
        try:
            problem = _problem_with(port, expected)
        except (OSError, http.client.HTTPException) as error:
            problem = error
        if problem is None:
            return
        time.sleep(_TRY_S)
    raise Refused(f"port {port} does not answer as it should: {problem}; everything is as it was")


def _problem_with(port: int, expected: bytes) -> str | None:
    context = ssl.SSLContext(
        ssl.PROTOCOL_TLS_CLIENT
    )  # whether it is the one nginx was given matters, not who signed it
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    with contextlib.closing(client):
        client.connect()
        if client.sock.getpeercert(binary_form=True) != expected:
            return "another site of nginx, or another program, answers there with another certificate"
        client.request("GET", "/healthz")
        answer = client.getresponse()
        words = answer.read(300).decode(errors="replace") if "json" in answer.headers.get_content_type() else ""
        return None if answer.status == http.client.OK else f"{answer.status} {answer.reason} {words}".strip()


def make_certificate(openssl: str) -> None:
    """Make a certificate signed by itself, for this machine's name and its addresses in private networks."""
    CERTIFICATE.parent.mkdir(parents=True, exist_ok=True)
    host = socket.gethostname()[:64] or "localhost"
    told = _run("hostname", "-I").stdout.split()
    names = [f"DNS:{host}", "DNS:localhost", "IP:127.0.0.1", "IP:::1"]
    names += [f"IP:{one}" for one in told if ip_address(one).is_private]
    new_certificate, new_key = CERTIFICATE.with_suffix(".new"), KEY.with_suffix(".new")
    made = _run(
        *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", _DAYS, "-subj", f"/CN={host}", "-addext", f"subjectAltName={','.join(names)}"),
        *("-out", str(new_certificate), "-keyout", str(new_key)),
    )
    if made.returncode:
        raise Refused(f"openssl made no certificate: {made.stderr.strip()[-300:]}")
    new_key.chmod(0o600)
    new_key.rename(KEY)
    new_certificate.rename(CERTIFICATE)
    print(f"made, signed by itself: {CERTIFICATE}")


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": _PATH})


# ---------------------------------------------------------------- the command line
def main() -> int:
    """Look, do and tell."""
    parser = argparse.ArgumentParser(prog="tls.py", description=__doc__)
    parser.add_argument("config", type=Path, help="the configuration of ispstatus")
    parser.add_argument("--cert", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--look", action="store_true", help="say what is missing or in the way, and change nothing")
    args = parser.parse_args()
    pair = [path and path.absolute() for path in (args.cert, args.key)]
    try:
        front = look(args.config, *pair)
        if not args.look:
            put_in_front(front, args.config)
            _tell(front)
    except (Refused, OSError) as error:
        print(f"install.sh: {error}", file=sys.stderr)
        return 1
    return 0


def _tell(front: Front) -> None:
    address = next(iter(_run("hostname", "-I").stdout.split()), "127.0.0.1")
    address = f"[{address}]" if ":" in address else address
    print(f"pages and API: https://{address}/    Insight API: https://{address}:12099/api/v1/")
    print(f"certificate: {front.certificate}")
    print("names: an address, this machine's name, and those in [web] hosts")
    print("plain HTTP is still answered wherever [web] listen says")


if __name__ == "__main__":
    sys.exit(main())
