"""Whom this process trusts."""

import os
import ssl
import threading
from functools import lru_cache
from pathlib import Path

import certifi

_lock = threading.Lock()


def tls_context() -> ssl.SSLContext:
    """Return the process's one TLS context: building it reads every trusted certificate. Honours SSL_CERT_FILE."""
    with _lock:
        return _tls_context()


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not _has_trusted_certificates():
        # A box without the ca-certificates package.
        context.load_verify_locations(Path(certifi.where()))
    return context


def _has_trusted_certificates() -> bool:
    paths = ssl.get_default_verify_paths()
    file = os.environ.get(paths.openssl_cafile_env) or paths.openssl_cafile
    folder = os.environ.get(paths.openssl_capath_env) or paths.openssl_capath
    return Path(file).is_file() or any(Path(folder).glob("*"))
