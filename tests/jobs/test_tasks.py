"""From the configuration to what is asked of whom."""

import pytest

from ispstatus.decide.cadence import Allowance, Metering, Purse
from ispstatus.jobs.tasks import Task, endpoint_of, every_s, far_hosts, is_literal, tasks_of
from ispstatus.model.series import Protocol
from ispstatus.model.uplink import HttpTarget, ProbePlan, Reflector, Sampling, Uplink
from tests.helpers.make import PINGS, an_uplink

FAR = Reflector("192.0.2.9", twamp_port=12862)
OWN = HttpTarget("https://own.example/health", "Own", status=200, own=True)


def with_http(*http: HttpTarget, **changes: object) -> Uplink:
    return an_uplink(plan=ProbePlan(ping=PINGS, http=http, resolvers=None, resolve=()), **changes)


def test_a_reflector_answers_every_protocol() -> None:
    tasks = tasks_of(an_uplink(reflector=FAR), 4, {}, 1.0)

    assert [(task.protocol.value, task.target, task.port) for task in tasks] == [
        ("tcp", "192.0.2.9:12023", 12023),
        ("udp", "192.0.2.9:12024", 12024),
        ("http", "http://192.0.2.9:12080/204", 12080),
        ("https", "https://192.0.2.9:12443/204", 12443),
        ("icmp", "192.0.2.9", 0),
        ("twamp", "192.0.2.9:12862", 12862),
    ]
    assert {(task.address, task.every_s, task.is_verified) for task in tasks} == {("192.0.2.9", 5.0, False)}
    assert [task.status for task in tasks if task.url] == [204, 204]


def test_ipv6_hosts_stand_in_brackets() -> None:
    tasks = tasks_of(an_uplink(reflector=Reflector("2001:db8::9")), 6, {}, 1.0)

    assert {task.target for task in tasks} >= {"2001:db8::9", "[2001:db8::9]:12024", "http://[2001:db8::9]:12080/204"}


def test_a_far_end_without_an_address_of_the_family_is_not_asked() -> None:
    uplink = an_uplink(reflector=Reflector("far.example"))

    assert tasks_of(an_uplink(reflector=FAR), 6, {}, 1.0) == ()
    assert tasks_of(uplink, 4, {}, 1.0) == ()
    assert tasks_of(uplink, 4, {"far.example": "2001:db8::9"}, 1.0) == ()
    tasks = tasks_of(uplink, 4, {"far.example": "192.0.2.9"}, 1.0)
    assert {task.address for task in tasks} == {"192.0.2.9"}
    assert tasks[0].target == "far.example:12023"  # the series goes on whatever the address


def test_own_web_targets_are_asked_where_there_is_no_reflector() -> None:
    public = HttpTarget("http://public.example/", "Public")
    tasks = tasks_of(with_http(public, OWN), 4, {"own.example": "192.0.2.8", "public.example": "192.0.2.7"}, 1.0)

    assert tasks == (
        Task(Protocol.TCP, "own.example:443", "192.0.2.8", 5.0, 443),
        Task(Protocol.HTTPS, OWN.url, "192.0.2.8", 5.0, 443, OWN.url, 200, is_verified=True),
    )


def test_a_protocol_has_one_far_end_the_reflector_first() -> None:
    tasks = tasks_of(with_http(OWN, reflector=FAR), 4, {"own.example": "192.0.2.8"}, 1.0)

    assert len(tasks) == len(Protocol)
    assert {task.address for task in tasks} == {"192.0.2.9"}


@pytest.mark.parametrize("reflector", [None, FAR])
def test_twamp_may_be_answered_by_any_routers_responder(reflector: Reflector | None) -> None:
    sampling = Sampling(twamp_responder="[2001:db8::7]:862")
    uplink = an_uplink(reflector=reflector, sampling=sampling)
    (task,) = tasks_of(uplink, 6, {}, 1.0)
    assert task == Task(Protocol.TWAMP, "[2001:db8::7]:862", "2001:db8::7", 5.0, 862)

    named = an_uplink(reflector=reflector, sampling=Sampling(twamp_responder="router.example:8620"))
    assert far_hosts(named) == ("router.example",)
    tasks = tasks_of(named, 4, {"router.example": "192.0.2.6"}, 1.0)
    assert [(one.address, one.port) for one in tasks if one.protocol is Protocol.TWAMP] == [("192.0.2.6", 8620)]
    assert len(tasks) == (1 if reflector is None else len(Protocol))


def test_intervals_are_stretched_as_the_budget_says_and_none_is_nothing() -> None:
    uplink = an_uplink(reflector=FAR, sampling=Sampling(tcp=2, udp=None))
    paces = {task.protocol: task.every_s for task in tasks_of(uplink, 4, {}, 3.0)}

    assert (paces[Protocol.TCP], paces[Protocol.HTTP]) == (6.0, 15.0)
    assert Protocol.UDP not in paces
    assert tasks_of(uplink, 4, {}, None) == ()


def test_only_names_must_be_resolved() -> None:
    assert far_hosts(an_uplink(reflector=Reflector("far.example"))) == ("far.example",)
    assert far_hosts(an_uplink(reflector=FAR)) == far_hosts(an_uplink()) == ()


def test_what_is_not_sampled_is_measured_by_the_minute_and_the_stream() -> None:
    uplink = an_uplink()
    allowance = Allowance(Metering(10, 20.0, 500, fits=True), Purse(10**9, 0, 3600.0))

    assert every_s(uplink, (), None) == {
        Protocol.ICMP: 1.0 * len(uplink.plan.ping),
        Protocol.TCP: 60.0,
        Protocol.UDP: 60.0,
        Protocol.HTTP: 60.0,
        Protocol.HTTPS: 300.0,
    }
    assert every_s(uplink, (), allowance)[Protocol.HTTPS] == 600.0
    assert every_s(uplink, (), allowance)[Protocol.ICMP] == 20.0 * len(uplink.plan.ping)
    far = an_uplink(reflector=FAR)
    assert every_s(far, tasks_of(far, 4, {}, 1.0), None) == dict.fromkeys(Protocol, 5.0)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://a.example/x", ("a.example", 80)),
        ("https://a.example", ("a.example", 443)),
        ("https://[2001:db8::1]:8443/", ("2001:db8::1", 8443)),
    ],
)
def test_where_a_web_check_connects_to(url: str, endpoint: tuple[str, int]) -> None:
    assert endpoint_of(HttpTarget(url, "net")) == endpoint


def test_names_and_addresses_are_told_apart() -> None:
    assert [is_literal(host) for host in ("192.0.2.1", "2001:db8::1", "far.example", "")] == [True, True, False, False]
