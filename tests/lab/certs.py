"""The lab's own certificate authority: made once, kept in the user's cache of the machine's temp folder."""

import os
import subprocess
import tempfile
from pathlib import Path

from tests.lab.lines import SITES

_VERSION = "1"
_CONFIG = """
[ca]
default_ca = lab
[lab]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
x509_extensions = leaf
unique_subject = no
[any]
commonName = supplied
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:false
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""
# Wide, because tests step the clock: a certificate of today would fail an hour ago.
_VALIDITY = ("-startdate", "20000101000000Z", "-enddate", "20991231235959Z")


def certificates() -> tuple[Path, Path, Path]:
    """Return (authority certificate, server certificate, server key), making them when they are missing."""
    folder = Path(tempfile.gettempdir()) / f"ispstatus-lab-{os.getuid()}-ca{_VERSION}"
    paths = folder / "ca.pem", folder / "web.pem", folder / "web.key"
    if not all(path.exists() for path in paths):
        with tempfile.TemporaryDirectory() as work:
            _make(Path(work))
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid != os.getuid():
                raise RuntimeError(f"{folder} belongs to somebody else")
            for path in paths:  # renamed whole, so that two processes may do this at once
                beside = path.with_suffix(f".{os.getpid()}")
                beside.write_bytes((Path(work) / path.name).read_bytes())
                beside.rename(path)
    return paths


def _make(folder: Path) -> None:
    names = ",".join(f"DNS:{name},DNS:*.{name}" for name in SITES)
    config = folder / "openssl.cnf"
    config.write_text(_CONFIG.format(folder=folder, names=names))
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01\n")
    for name, subject in (("ca", "/CN=Lab authority"), ("web", "/CN=lab.test")):
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        files = ("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.csr"))
        _openssl("req", "-new", *key, "-subj", subject, *files)
    common = ("-config", str(config), "-batch", "-notext", *_VALIDITY)
    authority = ("-keyfile", str(folder / "ca.key"))
    request, made = str(folder / "ca.csr"), str(folder / "ca.pem")
    _openssl("ca", "-selfsign", *common, *authority, "-extensions", "root", "-in", request, "-out", made)
    request, signed = str(folder / "web.csr"), str(folder / "web.pem")
    _openssl("ca", *common, *authority, "-cert", made, "-in", request, "-out", signed)


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")
