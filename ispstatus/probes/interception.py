"""Whether it was the target that answered: what an HTTP answer, or the lack of one, amounts to."""

import ssl
from functools import lru_cache
from http.client import RemoteDisconnected
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

from ispstatus.model.sample import Outcome
from ispstatus.model.uplink import HttpTarget
from ispstatus.probes.page import BODY_BYTES, Garbled, Page

_NETWORK_AUTHENTICATION_REQUIRED = 511
_WRONG_NAME = (62, 64)
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
_WRONG_DATE = (9, 10)
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED: OpenSSL looks at dates last."""
_NOT_THE_INTERNET = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::/127",
        "fc00::/7",
        "fe80::/10",
    )
)

Judgement = tuple[Outcome, str | None]


@lru_cache(maxsize=256)
def is_inside(address: str) -> bool:
    """Whether no public name should resolve to ``address``: private, shared (CGNAT), loopback, link-local, "this"."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in _NOT_THE_INTERNET)


def is_hijacked_name(target: HttpTarget, address: str) -> bool:
    """Whether the target's *name* resolved to an address that cannot be it."""
    host = urlsplit(target.url).hostname or ""
    return not target.private_ok and not _is_literal(host) and is_inside(address)


def judge_page(target: HttpTarget, page: Page) -> Judgement:
    """Return what an answer amounts to: OK, INTERCEPTED or FAILED, with words unless OK."""
    if page.status == _NETWORK_AUTHENTICATION_REQUIRED:
        return Outcome.INTERCEPTED, "status 511: the network wants a login"
    if _is_right_status(target, page.status):
        return _judge_body(target, page)
    elsewhere = _other_host(target.url, page)
    if elsewhere is not None:
        return Outcome.INTERCEPTED, f"status {page.status}: redirected to {elsewhere}"
    return Outcome.FAILED, f"status {page.status}"


def judge_error(error: Exception) -> Judgement:
    """Return what the lack of an answer amounts to: INTERCEPTED for a foreign certificate, else FAILED."""
    if isinstance(error, ssl.SSLCertVerificationError):
        is_foreign = error.verify_code in _WRONG_NAME
        return Outcome.INTERCEPTED if is_foreign else Outcome.FAILED, f"certificate: {error.verify_message}"
    return Outcome.FAILED, _words(error)


def is_date_error(error: Exception) -> bool:
    """Whether only the certificate's dates were wrong: the fault may be this box's clock."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _WRONG_DATE


def _judge_body(target: HttpTarget, page: Page) -> Judgement:
    if page.is_cut:
        return Outcome.FAILED, f"body over {BODY_BYTES // 1024} KiB"
    if target.body is not None and target.body.encode() not in page.body:
        return Outcome.INTERCEPTED, f"status {page.status}, but not the expected text"
    return Outcome.OK, None


def _is_right_status(target: HttpTarget, status: int) -> bool:
    return status == target.status if target.status is not None else 200 <= status < 300  # noqa: PLR2004


def _other_host(url: str, page: Page) -> str | None:
    if not 300 <= page.status < 400 or page.location is None:  # noqa: PLR2004
        return None
    try:
        host = urlsplit(urljoin(url, page.location)).hostname
    except ValueError:
        return None
    return host if host is not None and host != urlsplit(url).hostname else None


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _words(error: Exception) -> str:
    if isinstance(error, RemoteDisconnected):
        return "closed without an answer"
    if isinstance(error, ConnectionResetError):
        return "connection reset"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, Garbled):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {error}"[:200].rstrip()
