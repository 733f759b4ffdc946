"""The certificate of the HTTPS responder: the operator's, or one signed by itself, made once and kept."""

import shutil
import ssl
import subprocess
from pathlib import Path

from ispstatus.model.errors import ConfigError

FOLDER = "reflector"
_DAYS = 3650
_MAKING_S = 30.0


def context_of(certificate: Path | None, key: Path | None, state_dir: Path, host: str) -> ssl.SSLContext:
    """Return a server's context that resumes TLS sessions by tickets.

    Without a certificate, one for ``host`` is made in the state directory at the first start. ConfigError says what
    cannot be read or made.
    """
    if certificate is None or key is None:
        certificate, key = _own(state_dir / FOLDER, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(f"the certificate {certificate} with the key {key} cannot be used: {error}") from error
    return context


def _own(folder: Path, host: str) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if certificate.exists() and key.exists():
        return certificate, key
    openssl = shutil.which("openssl")
    if openssl is None:
        raise ConfigError(
            "there is no certificate for HTTPS and no openssl to make one: install openssl, or give certificate and "
            'key, or turn HTTPS off (port https = "off")'
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        _make(openssl, folder, host)
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"no certificate could be made in {folder}: {error}") from error
    return certificate, key


def _make(openssl: str, folder: Path, host: str) -> None:
    """Make key and certificate beside their places, then move them there, so that a start cut short leaves no half."""
    new = [folder / "certificate.new", folder / "key.new"]
    name = host[:64] or "reflector"
    subprocess.run(  # noqa: S603  our own words; the host's name is one argument
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", str(_DAYS), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
         "-out", str(new[0]), "-keyout", str(new[1])],
        check=True, capture_output=True, timeout=_MAKING_S,
    )  # fmt: skip
    new[1].chmod(0o600)
    for path in reversed(new):
        path.rename(path.with_suffix(".pem"))
