"""What ``install.sh --tls`` writes: nginx's file for this machine, and one setting into a configuration."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from ispstatus.config import builtin

_ROOT = Path(__file__).parent.parent.parent
_PAIR = Path("/etc/ispstatus/tls/fullchain.pem"), Path("/etc/ispstatus/tls/privkey.pem")
_PROXY = "127.0.0.1"


@pytest.fixture(scope="module")
def tls() -> ModuleType:
    """The program that install.sh runs; its folder is no package."""
    spec = importlib.util.spec_from_file_location("ispstatus_install_tls", _ROOT / "systemd" / "tls.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---------------------------------------------------------------- the configuration
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[web]\ntrusted_proxies = ["127.0.0.1"]\n'),
        ("[site]\nname = 'x'\n", "[site]\nname = 'x'\n\n[web]\ntrusted_proxies = [\"127.0.0.1\"]\n"),
        ("[web]\nhosts = []\n", '[web]\ntrusted_proxies = ["127.0.0.1"]\nhosts = []\n'),
        ("  [ web ] # mine\nhosts = []", '  [ web ] # mine\ntrusted_proxies = ["127.0.0.1"]\nhosts = []'),
        ("[web]\ntrusted_proxies = []\n", '[web]\ntrusted_proxies = ["127.0.0.1"]\n'),
        ("[web]\ntrusted_proxies=[ # us\n'::1']", "[web]\ntrusted_proxies=[\"127.0.0.1\",  # us\n'::1']"),
        ("[web]\n#trusted_proxies = []\n", '[web]\ntrusted_proxies = ["127.0.0.1"]\n#trusted_proxies = []\n'),
        ("# é\r\n[web]\r\nhosts = []\r\n", '# é\r\n[web]\r\ntrusted_proxies = ["127.0.0.1"]\nhosts = []\r\n'),
    ],
    ids=["empty", "no_web", "web", "spaced", "empty_list", "list", "comment", "other_ends_of_line"],
)
def test_the_proxy_is_trusted_and_every_other_letter_stays(tls: ModuleType, before: str, after: str) -> None:
    assert tls.trusting(before, _PROXY) == after
    assert _PROXY in tomllib.loads(after)["web"]["trusted_proxies"]
    assert tls.trusting(after, _PROXY) == after


@pytest.mark.parametrize("listed", ['"127.0.0.1"', '"10.0.0.1", "127.0.0.0/8"'])
def test_a_proxy_that_is_trusted_already_changes_nothing(tls: ModuleType, listed: str) -> None:
    text = f"[web]\ntrusted_proxies = [{listed}]"
    assert tls.trusting(text, _PROXY) == text


@pytest.mark.parametrize(
    "text",
    ["web = { hosts = [] }", "web.hosts = []", "['web']\nhosts = []", 'web.hosts = ["""\n[web]\n"""]'],
)
def test_a_configuration_it_cannot_edit_safely_is_left_to_its_owner(tls: ModuleType, text: str) -> None:
    with pytest.raises(tls.Refused, match=r'write "127.0.0.1" into \[web\] trusted_proxies'):
        tls.trusting(text, _PROXY)


@pytest.mark.parametrize(
    ("listen", "upstream"),
    [
        (["[::]:8080", "0.0.0.0:8080"], "127.0.0.1:8080"),
        (["[::]:9090"], "[::1]:9090"),
        (["192.168.50.1:8080"], "192.168.50.1:8080"),
    ],
)
def test_nginx_asks_where_ispstatus_listens(tls: ModuleType, listen: list[str], upstream: str) -> None:
    assert tls.local_upstream(listen) == upstream
    assert f"proxy_pass http://{upstream};" in tls.site(None, upstream, *_PAIR)


# ---------------------------------------------------------------- nginx's file
def _allowed(text: str) -> list[str]:
    return re.findall(r"^\s*allow\s+(\S+);", text, re.MULTILINE)


def test_without_a_list_in_the_configuration_it_is_the_shipped_file(tls: ModuleType) -> None:
    shipped = (_ROOT / "systemd" / "nginx-ispstatus.conf").read_text(encoding="utf-8")
    assert tls.site(None, "127.0.0.1:8080", *_PAIR) == shipped
    assert {network.removesuffix("/128") for network in builtin.ALLOW} == set(_allowed(shipped))


@pytest.mark.parametrize("allow", [["192.168.7.0/24", "fd00::/64"], []])
def test_the_list_of_the_configuration_takes_the_place_of_the_shipped_one(tls: ModuleType, allow: list[str]) -> None:
    text = tls.site(allow, "127.0.0.1:8080", Path("/a/b.pem"), Path("/a/b.key"))
    assert _allowed(text) == allow
    assert re.search(r"(allow \S+;\n    )*deny  all;", text)
    assert "ssl_certificate     /a/b.pem;" in text
    assert "ssl_certificate_key /a/b.key;" in text


@pytest.mark.parametrize("name", ["a b.pem", "a;b.pem", "a$b.pem", "a{b.pem"])
def test_a_path_that_nginx_would_read_as_something_else_is_refused(tls: ModuleType, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(tls.Refused, match="characters in its name"):
        tls.check_pair(tmp_path / name, tmp_path / name)


def test_install_sh_and_its_helper_mean_the_same_files(tls: ModuleType) -> None:
    install = (_ROOT / "install.sh").read_text(encoding="utf-8")
    assert f"readonly SITE={tls.SITE}\n" in install
    assert str(tls.CERTIFICATE) in tls.TEMPLATE.read_text(encoding="utf-8")


def test_it_runs_before_anything_is_installed() -> None:
    """Without ispstatus, and without a package."""
    program = str(_ROOT / "systemd" / "tls.py")
    done = subprocess.run([sys.executable, "-I", "-S", program, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
