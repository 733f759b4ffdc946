"""``install.sh --tls`` on a throw-away Debian: nginx in front, asked from the LAN as the document writes it."""

import re
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab.insight_calls import CALLS, call, missing, quoted
from tests.lab.lines import FIBRE, LAN_BOX, PING_TARGETS
from tests.systemd.box import Said, SystemBox
from tests.systemd.conftest import SOURCE, WHEELS

pytestmark = [pytest.mark.lab, pytest.mark.slow]

_CONFIG = "/etc/ispstatus/ispstatus.toml"
_SITE = "/etc/nginx/conf.d/ispstatus.conf"
_CERTIFICATE = "/etc/ispstatus/tls/fullchain.pem"
_KEY = "/etc/ispstatus/tls/privkey.pem"
_WRITTEN = f"""# The site's own file.
[site]
name = "Lab"   # kept as it is

[web]
# who may ask
allow = ["192.168.50.0/24", "127.0.0.0/8", "::1/128"]
trusted_proxies = ["{LAN_BOX}"]  # another proxy
"""
_UNDO = """
for program in /usr/sbin/nginx /usr/bin/openssl; do [ ! -e $program.away ] || mv $program.away $program; done
find /etc/ispstatus /etc/nginx -type f -delete
tar -C / -xf /root/front.tar
systemctl stop other 2>/dev/null || true
systemctl reload-or-restart nginx
systemctl reload ispstatus
"""
_FILES = f"sha256sum {_CONFIG} {_SITE} {_CERTIFICATE} {_KEY} 2>&1 || true"


@dataclass(frozen=True, slots=True)
class Told:
    """What curl came back with; status 0 when there was no answer at all."""

    status: int
    body: str


def _curl(box: SystemBox, url: str, *options: str, space: str = "lan") -> Told:
    done = box.lab.run(space, "curl", "-s", "-k", "--max-time", "10", "-w", "\n%{http_code}", *options, url)
    body, _, status = done.stdout.rpartition("\n")
    return Told(int(status), body)


def _wait_for_status(box: SystemBox, status: int) -> None:
    """After a reload nginx's old workers still answer for a moment."""
    deadline = time.monotonic() + 10
    while _curl(box, f"https://{LAN_BOX}/healthz").status != status:
        assert time.monotonic() < deadline, status
        time.sleep(0.1)


def _tls(box: SystemBox, *options: str) -> Said:
    return box.run(f"{SOURCE}/install.sh", "--tls", *options)


def _fingerprint(box: SystemBox, port: int) -> str:
    """The certificate that is served."""
    words = f"openssl s_client -connect 127.0.0.1:{port} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint"
    return box.sh(words)


def _assert_served(box: SystemBox, path: str, *ports: int) -> None:
    """The certificate in ``path`` is what the ports show, within 10 s of a reload."""
    wanted = box.sh(f"openssl x509 -noout -fingerprint -in {path}")
    deadline = time.monotonic() + 10
    while (served := {_fingerprint(box, port) for port in ports}) != {wanted}:
        assert time.monotonic() < deadline, (served, wanted)
        time.sleep(0.1)


def _make_certificate(box: SystemBox, folder: str, name: str) -> tuple[str, str]:
    certificate, key = f"{folder}/{name}.pem", f"{folder}/{name}.key"
    kind = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    box.sh(f"openssl req -x509 {kind} -days 9 -subj /CN={name} -keyout {key} -out {certificate} 2>/dev/null")
    return certificate, key


def _assert_refused(box: SystemBox, words: str, *options: str) -> None:
    """It is told why, and nothing was done."""
    assert _assert_put_back(box, words, *options) == ""


def _assert_put_back(box: SystemBox, words: str, *options: str) -> str:
    """It is told why, and every file is as it was. Returns what it said of its doings."""
    before = box.sh(_FILES)
    said = _tls(box, *options)
    assert said.code == 1
    assert words in said.err
    assert box.sh(_FILES) == before
    return said.out


def _append_to_web(box: SystemBox, line: str) -> None:
    box.sh(f"echo '{line}' >>{_CONFIG}")


@pytest.fixture(scope="module")
def in_front(installed: SystemBox) -> SystemBox:
    """The installed machine with a configuration somebody wrote, Debian's nginx as it comes, and TLS in front."""
    installed.write(_CONFIG, _WRITTEN)
    installed.sh("systemctl restart ispstatus; systemctl enable --now --quiet nginx 2>/dev/null")
    said = _tls(installed)
    assert said.code == 0, said.out + said.err
    assert "Insight API: https://" in said.out
    installed.sh("tar -C / -cf /root/front.tar etc/ispstatus etc/nginx")
    return installed


@pytest.fixture
def fronted(in_front: SystemBox) -> Iterator[SystemBox]:
    """The same for each test: what it did to the machine is undone."""
    yield in_front
    in_front.sh(_UNDO)
    _wait_for_status(in_front, 200)


# ---------------------------------------------------------------- what it gives
def test_12099_answers_the_line_of_the_document_and_443_the_pages(fronted: SystemBox) -> None:
    key = fronted.sh("ispstatus keys show-first").strip()
    url = f"https://{LAN_BOX}:12099/api/v1/ci?agent_id=1&customer_id=0"
    for header, status in ((f"x-api-key: {key}", 200), ("x-api-key: wrong", 401), ("Accept: */*", 401)):
        assert _curl(fronted, url, "-H", header).status == status
    assert "<html" in _curl(fronted, f"https://{LAN_BOX}/").body
    assert _curl(fronted, f"https://{LAN_BOX}/api/status?cached=1").status == 200
    listening = {line.split()[3] for line in fronted.sh("ss -Hltn").splitlines()}
    assert {"0.0.0.0:443", "[::]:443", "0.0.0.0:12099", "[::]:12099"} <= listening


def test_every_call_of_the_document_is_answered_as_it_is_written(fronted: SystemBox) -> None:
    key = fronted.sh("ispstatus keys show-first").strip()
    for line in CALLS:
        answer = call(fronted.lab, quoted(line), LAN_BOX, key)
        assert isinstance(answer, list) or "error" not in answer, (line, answer)
        cut, what = call(fronted.lab, line, LAN_BOX, key), missing(line)
        assert cut == {"error": f"{what} is required"} if what else "error" not in cut, (line, cut)


def test_the_allow_list_of_the_configuration_stands_in_nginx_too(fronted: SystemBox) -> None:
    site = fronted.sh(f"cat {_SITE}")
    assert re.findall(r"^\s*allow (\S+);", site, re.MULTILINE) == ["192.168.50.0/24", "127.0.0.0/8", "::1/128"]
    stranger = ("--interface", PING_TARGETS[0], "-H", f"X-Forwarded-For: {LAN_BOX}")
    told = _curl(fronted, f"https://{FIBRE.source}:12099/healthz", *stranger, space="inet")
    assert told.status == 403
    assert "nginx" in told.body


def test_what_the_operator_wrote_stays_and_nginx_is_trusted(fronted: SystemBox) -> None:
    text = fronted.sh(f"cat {_CONFIG}")
    assert text == _WRITTEN.replace('trusted_proxies = ["', 'trusted_proxies = ["127.0.0.1", "')
    assert _curl(fronted, f"https://{LAN_BOX}/healthz", "-H", "X-Forwarded-For: 8.8.8.8").status == 200


def test_the_certificate_it_made_is_for_this_machine_and_the_key_is_for_root(fronted: SystemBox) -> None:
    names = fronted.sh(f"openssl x509 -noout -ext subjectAltName -in {_CERTIFICATE}")
    assert f"IP Address:{LAN_BOX}" in names
    _assert_served(fronted, _CERTIFICATE, 443, 12099)
    assert fronted.sh(f"stat -c '%a %U' {_KEY}").strip() == "600 root"


def test_doing_it_again_changes_nothing(fronted: SystemBox) -> None:
    before = fronted.sh(_FILES)
    said = _tls(fronted)
    assert said.code == 0, said.err
    assert "written" not in said.out
    assert fronted.sh(_FILES) == before


def test_a_changed_allow_list_is_carried_over_by_doing_it_again(fronted: SystemBox) -> None:
    fronted.sh(f"""sed -i 's|"192.168.50.0/24"|"192.168.50.7"|' {_CONFIG}; systemctl reload ispstatus""")
    assert _tls(fronted).code == 0
    assert _curl(fronted, f"https://{LAN_BOX}/healthz").status == 403


def test_a_given_certificate_is_used_where_it_lies_and_kept(fronted: SystemBox) -> None:
    given = _make_certificate(fronted, "/root", "given")
    assert _tls(fronted, "--cert", given[0], "--key", given[1]).code == 0
    assert _tls(fronted).code == 0
    _assert_served(fronted, given[0], 443, 12099)


def test_a_certificate_that_went_away_is_told_and_another_can_be_given(fronted: SystemBox) -> None:
    given = _make_certificate(fronted, "/root", "passing")
    assert _tls(fronted, "--cert", given[0], "--key", given[1]).code == 0
    fronted.sh(f"rm {given[0]}")
    _assert_refused(fronted, f"{given[0]} cannot be read")
    assert _tls(fronted, "--cert", _CERTIFICATE, "--key", _KEY).code == 0
    _assert_served(fronted, _CERTIFICATE, 443)


# ---------------------------------------------------------------- what it refuses, and changes nothing
def test_a_certificate_that_cannot_be_used_is_refused_with_words(fronted: SystemBox) -> None:
    one, other = _make_certificate(fronted, "/root", "one"), _make_certificate(fronted, "/root", "other")
    fronted.sh("openssl ec -in /root/one.key -aes128 -passout pass:word -out /root/locked.key 2>/dev/null")
    _assert_refused(fronted, "/nowhere.pem cannot be read", "--cert", "/nowhere.pem", "--key", one[1])
    _assert_refused(fronted, "/nowhere.key cannot be read", "--cert", one[0], "--key", "/nowhere.key")
    _assert_refused(fronted, "the key belongs to another certificate", "--cert", one[0], "--key", other[1])
    _assert_refused(fronted, "no certificate with its key in PEM", "--cert", "/etc/hostname", "--key", one[1])
    _assert_refused(fronted, "locked by a password", "--cert", one[0], "--key", "/root/locked.key")
    assert _curl(fronted, f"https://{LAN_BOX}/healthz").status == 200


def test_a_port_that_ispstatus_itself_has_is_told(fronted: SystemBox) -> None:
    _append_to_web(fronted, 'listen = ["127.0.0.1:8080", "[::]:12099"]')
    _assert_refused(fronted, "[::]:12099, a port that nginx is to have")


def test_the_missing_package_is_named(fronted: SystemBox) -> None:
    fronted.sh("mv /usr/sbin/nginx /usr/sbin/nginx.away")
    _assert_refused(fronted, "the Debian package nginx is missing: apt-get install nginx")
    fronted.sh("mv /usr/sbin/nginx.away /usr/sbin/nginx; mv /usr/bin/openssl /usr/bin/openssl.away")
    fronted.sh(f"rm {_SITE} {_CERTIFICATE} {_KEY}; systemctl restart nginx")
    _assert_refused(fronted, "the Debian package openssl is missing: apt-get install openssl")


def test_a_port_that_another_program_has_is_told(fronted: SystemBox) -> None:
    fronted.sh(f"rm {_SITE}; systemctl restart nginx; systemd-run -q --unit=other python3 -m http.server 12099")
    fronted.sh("while ! ss -Hltn | grep -q :12099; do sleep 0.1; done")
    _assert_refused(fronted, "port 12099 is taken by another program")


def test_a_port_that_ispstatus_has_not_taken_over_yet_is_told_and_all_is_put_back(fronted: SystemBox) -> None:
    _append_to_web(fronted, 'listen = ["127.0.0.1:8081"]')
    _assert_put_back(fronted, "port 443 does not answer as it should: 502 Bad Gateway; everything is as it was")


def test_another_site_of_the_same_nginx_that_clients_would_meet_is_told_and_all_is_put_back(fronted: SystemBox) -> None:
    certificate, key = _make_certificate(fronted, "/root", "before")
    fronted.sh(f"rm {_SITE} {_CERTIFICATE} {_KEY}")
    fronted.write(_CONFIG, _WRITTEN)
    fronted.write("/etc/nginx/sites-enabled/other", f"""server {{ listen 443 ssl default_server; return 204;
        ssl_certificate {certificate}; ssl_certificate_key {key}; }}\n""")  # fmt: skip
    fronted.sh("systemctl reload nginx; systemctl reload ispstatus")

    _assert_put_back(fronted, "port 443 does not answer as it should: another site of nginx, or another program")

    assert _curl(fronted, f"https://{LAN_BOX}/").status == 204
    assert _curl(fronted, f"http://{LAN_BOX}:8080/healthz").status == 200


# ---------------------------------------------------------------- from nothing, and away again
def test_one_command_on_a_fresh_machine_and_one_takes_it_away_again(box: SystemBox) -> None:
    said = box.run(f"{SOURCE}/install.sh", "--tls", "--wheels", WHEELS, "--port", "9090")
    assert said.code == 0, said.out + said.err
    web = tomllib.loads(box.sh(f"cat {_CONFIG}"))["web"]
    assert web == {"listen": ["0.0.0.0:9090", "[::]:9090"], "trusted_proxies": ["127.0.0.1"]}
    assert "allow fc00::/7;" in box.sh(f"cat {_SITE}")
    assert _curl(box, f"https://{LAN_BOX}:12099/healthz").status == 200

    said = box.run(f"{SOURCE}/install.sh", "--uninstall")

    assert said.code == 0, said.err
    assert f"removed: {_SITE}" in said.out
    assert box.run("test", "-e", _SITE).code == 1
    assert _curl(box, f"https://{LAN_BOX}:12099/healthz").status == 0
    assert box.sh("systemctl is-active nginx").strip() == "active"
