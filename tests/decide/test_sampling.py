"""Which protocols are sampled, how often, and what it costs."""

from typing import Any

import pytest

from ispstatus.decide.cadence import MB, MONTH_S, RESERVE, Purse, meter, month_cost
from ispstatus.decide.sampling import SAMPLE_BYTES, SLOWEST_S, bytes_per_s, far_protocols, paces_of, stretch_for
from ispstatus.model.series import Protocol
from ispstatus.model.uplink import HttpTarget, ProbePlan, Reflector, Sampling, Uplink
from tests.helpers.make import PINGS, an_uplink

ICMP, TCP, HTTP, HTTPS = Protocol.ICMP, Protocol.TCP, Protocol.HTTP, Protocol.HTTPS
FAR = Reflector("far.example")
LIGHT = Sampling(icmp=5, tcp=None, udp=5, http=None, https=None, twamp=5, on_metered=True)


def plan(*http: HttpTarget) -> ProbePlan:
    return ProbePlan(ping=PINGS, http=http, resolvers=None, resolve=())


def modem(sampling: Sampling, budget_mb: int = 200) -> Uplink:
    return an_uplink(interface="wwan0", plan=plan(), reflector=FAR, sampling=sampling, budget_mb_month=budget_mb)


def test_with_a_reflector_every_protocol_is_sampled_each_five_seconds() -> None:
    assert paces_of(an_uplink(reflector=FAR)) == dict.fromkeys(Protocol, 5)


def test_intervals_are_as_configured_and_one_that_is_off_is_not_sampled() -> None:
    paces = paces_of(an_uplink(reflector=FAR, sampling=Sampling(tcp=2, https=60, udp=None)))

    assert (paces[TCP], paces[HTTPS], paces[ICMP]) == (2, 60, 5)
    assert Protocol.UDP not in paces


@pytest.mark.parametrize(
    ("targets", "protocols"),
    [
        ((), ()),
        ((HttpTarget("http://public.example/", "Public"),), ()),
        ((HttpTarget("http://own.example/", "Own", own=True),), (TCP, HTTP)),
        ((HttpTarget("https://own.example/", "Own", own=True),), (TCP, HTTPS)),
        (
            (HttpTarget("https://a.example/", "A", own=True), HttpTarget("http://b.example/", "B", own=True)),
            (TCP, HTTPS, HTTP),
        ),
    ],
)
def test_public_targets_are_left_to_the_minute_and_own_ones_are_not(
    targets: tuple[HttpTarget, ...], protocols: tuple[Protocol, ...]
) -> None:
    assert far_protocols(an_uplink(plan=plan(*targets))) == protocols


def test_a_twamp_responder_is_a_far_end_by_itself() -> None:
    responder = Sampling(twamp_responder="router.example:862")
    own = plan(HttpTarget("http://own.example/", "Own", own=True))

    assert far_protocols(an_uplink(sampling=responder)) == (Protocol.TWAMP,)
    assert far_protocols(an_uplink(sampling=responder, plan=own)) == (TCP, HTTP, Protocol.TWAMP)
    assert far_protocols(an_uplink(sampling=responder, reflector=FAR)) == tuple(Protocol)


@pytest.mark.parametrize("family", [4, 6])
def test_the_cost_is_that_of_each_sample_at_its_interval(family: Any) -> None:
    uplink = an_uplink(reflector=FAR, sampling=Sampling(tcp=2, https=None))

    expected = sum(
        SAMPLE_BYTES[protocol][family] / (2 if protocol is TCP else 5) for protocol in Protocol if protocol is not HTTPS
    )
    assert bytes_per_s(uplink, family) == pytest.approx(expected)


def test_the_month_of_an_unmetered_uplink_has_the_samples_in_it() -> None:
    known: dict[str, Any] = {"resolvers": 3, "has_gateway": True, "has_other_family": False}
    without = month_cost(an_uplink(plan=plan()), 4, **known)
    uplink = an_uplink(plan=plan(), reflector=FAR)
    cost = month_cost(uplink, 4, **known)

    assert without.sampling_bytes == 0
    assert cost.sampling_bytes == pytest.approx(bytes_per_s(uplink, 4) * MONTH_S, rel=1e-6)
    assert cost.quiet_bytes - without.quiet_bytes == pytest.approx(cost.sampling_bytes, abs=2)
    assert cost.polled_bytes - without.polled_bytes == pytest.approx(cost.sampling_bytes, abs=2)


def test_a_metered_uplink_is_sampled_only_when_it_is_wanted() -> None:
    uplink = modem(Sampling())

    assert stretch_for(uplink, 4, 1e9) is None
    assert meter(uplink, 4, resolvers=3, has_gateway=False, purse=Purse(200 * MB, 0, MONTH_S)).sample_stretch is None


def test_what_is_affordable_decides_how_much_more_slowly() -> None:
    uplink = modem(LIGHT)
    wanted = bytes_per_s(uplink, 4)

    assert stretch_for(uplink, 4, 10 * wanted) == 1.0
    assert stretch_for(uplink, 4, wanted / 4) == pytest.approx(4.0)
    assert stretch_for(uplink, 4, wanted / (SLOWEST_S / 5) * 0.99) is None
    assert stretch_for(uplink, 4, 0.0) is None


@pytest.mark.parametrize("budget_mb", [100, 200, 1000])
def test_a_metered_month_fits_its_budget_with_samples_too(budget_mb: int) -> None:
    cost = month_cost(modem(LIGHT, budget_mb), 4, resolvers=3, has_gateway=False, has_other_family=False)

    assert cost.metering is not None
    assert cost.metering.sample_stretch is not None
    assert cost.sampling_bytes > 0
    assert cost.quiet_bytes <= budget_mb * MB * (1 - RESERVE)


def test_samples_take_no_more_than_half_of_what_is_left() -> None:
    budget = 100 * MB
    bare = meter(modem(Sampling(), 100), 4, resolvers=3, has_gateway=False, purse=Purse(budget, 0, MONTH_S))
    cost = month_cost(modem(LIGHT, 100), 4, resolvers=3, has_gateway=False, has_other_family=False)

    assert cost.sampling_bytes <= (budget * (1 - RESERVE) - bare.echo_bytes * MONTH_S / 60) / 2
