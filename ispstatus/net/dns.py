"""DNS messages (RFC 1035, EDNS0 of RFC 6891): one question, and what its answer says. dnspython does the work."""

import secrets
from dataclasses import dataclass
from functools import lru_cache

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from ispstatus.model.uplink import Family

UDP_PAYLOAD_BYTES = 1232
_HEADER_BYTES = 12
_RECORD = {4: "A", 6: "AAAA"}


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What a resolver said."""

    rcode: str
    """``NOERROR``, ``NXDOMAIN``, ``SERVFAIL``, ..."""
    addresses: tuple[str, ...]
    """Addresses of the name asked for, aliases followed within the answer."""
    is_truncated: bool


def ask(name: str, family: Family) -> bytes:
    """Return the wire form of a recursive question for the A (4) or AAAA (6) records of ``name``, with a random id.

    ValueError when ``name`` cannot be a domain name.
    """
    return secrets.token_bytes(2) + _question(name, family)


def read_answer(query: bytes, reply: bytes) -> DnsAnswer | None:
    """Return what ``reply`` says to ``query``; None when it is no answer to it (other id or question, garbage)."""
    if len(reply) < _HEADER_BYTES or reply[:2] != query[:2]:
        return None
    try:
        message = dns.message.from_wire(reply, ignore_trailing=True)
        if not isinstance(message, dns.message.QueryMessage) or not _is_answer(message, query):
            return None
        return DnsAnswer(
            rcode=dns.rcode.to_text(message.rcode()),
            addresses=_addresses(message),
            is_truncated=bool(message.flags & dns.flags.TC),
        )
    except (dns.exception.DNSException, ValueError):
        return None


@lru_cache(maxsize=256)
def _question(name: str, family: Family) -> bytes:
    """Return the question after its id; parsed once, asked every minute."""
    try:
        message = dns.message.make_query(name, _RECORD[family], use_edns=0, payload=UDP_PAYLOAD_BYTES, id=0)
    except dns.exception.DNSException as error:
        raise ValueError(f"{name!r} is no domain name: {error}") from error
    return message.to_wire()[2:]


@lru_cache(maxsize=256)
def _asked(question: bytes) -> dns.rrset.RRset:
    return dns.message.from_wire(b"\0\0" + question).question[0]


def _is_answer(message: dns.message.QueryMessage, query: bytes) -> bool:
    if not message.flags & dns.flags.QR:
        return False
    if not message.question:
        # A resolver that could not read the question may leave it out of its error.
        return message.rcode() != dns.rcode.NOERROR
    asked = _asked(query[2:])
    return len(message.question) == 1 and message.question == [asked]


def _addresses(message: dns.message.QueryMessage) -> tuple[str, ...]:
    if message.rcode() != dns.rcode.NOERROR or not message.question:
        return ()
    answer = message.resolve_chaining().answer
    return tuple(record.address for record in answer) if answer is not None else ()
