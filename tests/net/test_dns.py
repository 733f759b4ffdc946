"""DNS messages: what is asked, and what counts as an answer."""

from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.net.dns import DnsAnswer, ask, read_answer


def reply(query: bytes, *records: tuple[str, str, str], rcode: str = "NOERROR", flags: int = 0) -> Any:
    message = dns.message.make_response(dns.message.from_wire(query))
    message.set_rcode(dns.rcode.from_text(rcode))
    message.flags |= flags
    message.answer = [dns.rrset.from_text(name, 60, "IN", kind, value) for name, kind, value in records]
    return message


def test_a_question_asks_recursively_for_one_record_with_an_id_of_its_own() -> None:
    question = dns.message.from_wire(ask("Example.test", 4))
    assert [entry.to_text() for entry in question.question] == ["Example.test. IN A"]
    assert question.flags & dns.flags.RD
    assert question.payload == 1232
    assert "AAAA" in dns.message.from_wire(ask("example.test", 6)).question[0].to_text()
    assert len({ask("example.test", 4)[:2] for _ in range(50)}) > 10


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", ".".join(["abcdefgh"] * 40)])
def test_what_is_no_name_cannot_be_asked(name: str) -> None:
    with pytest.raises(ValueError, match="no domain name"):
        ask(name, 4)


def test_addresses_of_the_name_are_read() -> None:
    query = ask("a.test", 4)
    message = reply(query, ("a.test.", "A", "192.0.2.1"))
    message.answer[0].add(dns.rrset.from_text("a.test.", 60, "IN", "A", "192.0.2.2")[0])
    answer = read_answer(query, message.to_wire())
    assert answer is not None
    assert sorted(answer.addresses) == ["192.0.2.1", "192.0.2.2"]


def test_aliases_are_followed_within_the_answer() -> None:
    query = ask("a.test", 6)
    records = (("a.test.", "CNAME", "b.test."), ("b.test.", "CNAME", "C.test."), ("c.test.", "AAAA", "2001:db8::1"))
    answer = read_answer(query, reply(query, *records).to_wire())
    assert answer is not None
    assert answer.addresses == ("2001:db8::1",)


def test_addresses_of_other_names_do_not_count() -> None:
    query = ask("a.test", 4)
    answer = read_answer(query, reply(query, ("b.test.", "A", "10.6.6.6")).to_wire())
    assert answer == DnsAnswer("NOERROR", (), False)


def test_an_alias_loop_ends_without_an_address() -> None:
    query = ask("a.test", 4)
    records = (("a.test.", "CNAME", "b.test."), ("b.test.", "CNAME", "a.test."))
    answer = read_answer(query, reply(query, *records).to_wire())
    assert answer is None or answer.addresses == ()


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NXDOMAIN"])
def test_an_error_is_named_and_has_no_address(rcode: str) -> None:
    query = ask("a.test", 4)
    answer = read_answer(query, reply(query, ("a.test.", "A", "192.0.2.1"), rcode=rcode).to_wire())
    assert answer == DnsAnswer(rcode, (), False)


def test_an_error_may_come_without_the_question() -> None:
    query = ask("a.test", 4)
    message = reply(query, rcode="FORMERR")
    message.question = []
    assert read_answer(query, message.to_wire()) == DnsAnswer("FORMERR", (), False)
    message.set_rcode(dns.rcode.NOERROR)
    assert read_answer(query, message.to_wire()) is None


def test_truncation_is_noticed() -> None:
    query = ask("a.test", 4)
    answer = read_answer(query, reply(query, flags=dns.flags.TC).to_wire())
    assert answer == DnsAnswer("NOERROR", (), True)


def test_what_is_no_answer_to_this_question_is_nothing() -> None:
    query = ask("a.test", 4)
    other_id = bytes([query[0] ^ 1]) + query[1:]
    other_name = query[:2] + ask("b.test", 4)[2:]
    other_type = query[:2] + ask("a.test", 6)[2:]
    for wrong in (other_id, other_name, other_type):
        assert read_answer(query, reply(wrong, ("a.test.", "A", "10.6.6.6")).to_wire()) is None
    assert read_answer(query, query) is None
    assert read_answer(query, b"") is None


@given(tail=st.binary(max_size=120))
def test_no_datagram_whatever_breaks_the_reader(tail: bytes) -> None:
    query = ask("a.test", 4)
    read_answer(query, query[:2] + tail)
    read_answer(query, reply(query, ("a.test.", "A", "192.0.2.1")).to_wire()[:-4] + tail)
