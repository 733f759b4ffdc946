"""Certificates for test servers, made by openssl(1)."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl(1)")

_CONFIG = """
[ca]
default_ca = here
[here]
new_certs_dir = {folder}
database = {folder}/index.txt
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:{name}
"""


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate: ``server`` holds key and certificate, ``trust`` is what a client must trust."""

    server: Path
    trust: Path


def make(folder: Path, name: str, *, start: str = "20200101000000Z", end: str = "20491231000000Z") -> Certificate:
    """Make a certificate for the host ``name``, valid from ``start`` to ``end``."""
    folder.mkdir(exist_ok=True)
    config, key, request, trust = (folder / part for part in ("ca.conf", "key.pem", "request.csr", "trust.pem"))
    config.write_text(_CONFIG.format(folder=folder, name=name))
    (folder / "index.txt").write_text("")
    _openssl(f"ecparam -name prime256v1 -genkey -noout -out {key}")
    _openssl(f"req -new -key {key} -subj /CN={name} -out {request}")
    _openssl(
        f"ca -config {config} -batch -notext -selfsign -keyfile {key} -in {request} -out {trust}"
        f" -startdate {start} -enddate {end}"
    )
    server = folder / "server.pem"
    server.write_text(key.read_text() + trust.read_text())
    return Certificate(server, trust)


def _openssl(arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
