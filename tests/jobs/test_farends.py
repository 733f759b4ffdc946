"""What is said of far ends that give no numbers."""

from dataclasses import replace

import pytest

from ispstatus.jobs.farends import SILENT_AFTER, not_afforded, not_heard, not_sampled
from ispstatus.model.series import Protocol, Sample
from ispstatus.model.uplink import Reflector, Sampling
from tests.helpers.make import an_uplink

FAR = "192.0.2.9"
UPLINK = replace(an_uplink(reflector=Reflector(FAR)), name="Fibre")
NAMED = replace(UPLINK, reflector=Reflector("far.example"))


def samples(protocol: Protocol, *rtts: float | None, is_own: bool = True) -> list[Sample]:
    return [Sample(protocol, FAR, float(second), rtt_ms, is_own=is_own) for second, rtt_ms in enumerate(rtts)]


def silence(*protocols: Protocol) -> list[Sample]:
    return [sample for protocol in protocols for sample in samples(protocol, *[None] * SILENT_AFTER)]


def test_a_far_end_that_is_reached_gives_no_cause() -> None:
    assert not_sampled(UPLINK, 4, {}, {}) == {}
    assert not_sampled(NAMED, 4, {"far.example": FAR}, {}) == {}
    assert not_sampled(an_uplink(), 4, {}, {}) == {}


def test_one_that_the_kernel_would_reach_by_another_way_is_told_with_that_way() -> None:
    told = not_sampled(NAMED, 4, {"far.example": FAR}, {FAR: "192.0.2.9 would leave by eth7"})

    assert told == {"far.example": "Fibre: the far end far.example is not sampled: 192.0.2.9 would leave by eth7"}


@pytest.mark.parametrize("addresses", [{}, {"far.example": "2001:db8::9"}])
def test_a_name_that_nobody_resolves_is_told(addresses: dict[str, str]) -> None:
    assert not_sampled(NAMED, 4, addresses, {}) == {
        "far.example": "Fibre: the far end far.example is not sampled: "
        "no resolver gave an IPv4 address for its name through the uplink"
    }


def test_an_address_of_the_other_family_is_told() -> None:
    (told,) = not_sampled(UPLINK, 6, {}, {}).values()
    assert told.endswith("is not sampled: the uplink is measured by IPv6, and that is no IPv6 address")


def test_each_far_end_is_told_by_itself() -> None:
    responder = replace(UPLINK, sampling=replace(UPLINK.sampling, twamp_responder="router.example:862"))

    assert list(not_sampled(responder, 4, {}, {FAR: "elsewhere"})) == [FAR, "router.example"]


def test_one_that_answers_nothing_is_told_in_one_line() -> None:
    assert not_heard(UPLINK, silence(*Protocol)) == {
        FAR: f"Fibre: the far end {FAR} answers nothing: is it running, does it allow this line's address?"
    }


def test_a_protocol_that_is_not_answered_is_named() -> None:
    heard = samples(Protocol.ICMP, None, None, 5.0)
    assert not_heard(UPLINK, [*heard, *silence(Protocol.UDP, Protocol.TWAMP)]) == {
        FAR: f"Fibre: the far end {FAR} does not answer udp, twamp: is that served, is its port open?"
    }


@pytest.mark.parametrize(
    "heard",
    [
        samples(Protocol.UDP, *[None] * (SILENT_AFTER - 1)),
        samples(Protocol.UDP, *[None] * SILENT_AFTER, 5.0),
        samples(Protocol.UDP, *[None] * SILENT_AFTER, is_own=False),
    ],
)
def test_a_few_losses_an_answer_or_somebody_elses_silence_are_no_cause(heard: list[Sample]) -> None:
    assert not_heard(UPLINK, heard) == {}


def test_a_metered_uplink_that_cannot_pay_is_told_where_it_was_asked_for() -> None:
    asked = replace(UPLINK, sampling=Sampling(on_metered=True))

    assert not_afforded(asked) == (f"Fibre: the far end {FAR} is not sampled: the byte budget does not pay for it",)
    assert not_afforded(UPLINK) == not_afforded(replace(asked, reflector=None)) == ()
