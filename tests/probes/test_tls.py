"""Whom the process trusts."""

import ssl

import pytest

from ispstatus.probes import tls
from ispstatus.probes.tls import tls_context


def test_the_process_has_one_tls_context_and_it_verifies() -> None:
    context = tls_context()
    assert context is tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_box_without_certificates_trusts_what_it_brings_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    monkeypatch.setenv("SSL_CERT_DIR", "/nonexistent")
    tls._tls_context.cache_clear()
    try:
        assert tls_context().cert_store_stats()["x509_ca"] > 50
    finally:
        tls._tls_context.cache_clear()
