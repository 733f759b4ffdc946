"""DNS messages (RFC 1035, EDNS0 of RFC 6891): one question, and what its answer says. dnspython does the work."""

import secrets
import struct
from dataclasses import dataclass
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from ispstatus.model.uplink import Family

UDP_PAYLOAD_BYTES = 1232
_HEADER_BYTES = 12
_RECORD_HEAD_BYTES = 10
_RECORD = {4: "A", 6: "AAAA"}
_FAMILY = {int(dns.rdatatype.A): AF_INET, int(dns.rdatatype.AAAA): AF_INET6}
_MOST_ALIASES = 16


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
        return _read(_asked(query[2:]), reply)
    except (dns.exception.DNSException, struct.error, ValueError):
        return None


def _read(asked: "_Asked", reply: bytes) -> DnsAnswer | None:
    """Read no further than the answers: a whole message of objects costs three times as much."""
    flags, questions, answers = struct.unpack_from("!HHH", reply, 2)
    if not flags & dns.flags.QR:
        return None
    rcode = dns.rcode.from_flags(flags, 0)
    name, end = _name_at(reply, _HEADER_BYTES) if questions else (None, 0)
    if questions == 1 and (name, *struct.unpack_from("!HH", reply, end)) == asked:
        addresses = _addresses(asked, reply, end + 4, answers) if rcode == dns.rcode.NOERROR else ()
    elif questions or rcode == dns.rcode.NOERROR:
        return None
    else:  # a resolver that could not read the question may leave it out of its error
        addresses = ()
    return DnsAnswer(dns.rcode.to_text(rcode), addresses, is_truncated=bool(flags & dns.flags.TC))


@lru_cache(maxsize=256)
def _question(name: str, family: Family) -> bytes:
    """Return the question after its id; parsed once, asked every minute."""
    try:
        message = dns.message.make_query(name, _RECORD[family], use_edns=0, payload=UDP_PAYLOAD_BYTES, id=0)
    except dns.exception.DNSException as error:
        raise ValueError(f"{name!r} is no domain name: {error}") from error
    return message.to_wire()[2:]


_Asked = tuple[dns.name.Name, int, int]
"""Name, type and class."""


@lru_cache(maxsize=256)
def _asked(question: bytes) -> _Asked:
    asked = dns.message.from_wire(b"\0\0" + question).question[0]
    return asked.name, asked.rdtype, asked.rdclass


def _addresses(asked: _Asked, reply: bytes, at: int, answers: int) -> tuple[str, ...]:
    name, kind, _ = asked
    aliases: dict[dns.name.Name, dns.name.Name] = {}
    found: dict[dns.name.Name, list[str]] = {}
    for _ in range(answers):
        owner, at = _name_at(reply, at)
        kind_here, _, _, size = struct.unpack_from("!HHIH", reply, at)
        at += _RECORD_HEAD_BYTES
        if kind_here == dns.rdatatype.CNAME:
            aliases[owner], _ = _name_at(reply, at)
        elif kind_here == kind:
            found.setdefault(owner, []).append(inet_ntop(_FAMILY[kind], reply[at : at + size]))
        at += size
    for _ in range(_MOST_ALIASES):
        if name in found or name not in aliases:
            break
        name = aliases[name]
    return tuple(found.get(name, ()))


def _name_at(reply: bytes, at: int) -> tuple[dns.name.Name, int]:
    """Return the name that begins there and where it ends."""
    name, used = dns.name.from_wire(reply, at)
    return name, at + used
