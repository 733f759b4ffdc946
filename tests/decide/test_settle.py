"""is_settled: a verdict is given as soon as nothing outstanding can change it, and never sooner."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.case import grade
from ispstatus.decide.ladder import judge
from ispstatus.decide.settle import Outstanding, is_settled
from ispstatus.model.decision import Memory
from ispstatus.model.evidence import Evidence
from ispstatus.model.net import LinkStatus, PathProof
from ispstatus.model.quality import Quality
from ispstatus.model.sample import DnsSample, HttpSample
from tests.helpers import draw as drawn
from tests.helpers.make import (
    FAILED,
    HTTPS,
    INTERCEPTED,
    OK,
    PINGS,
    SILENT,
    UNMEASURED,
    a_memory,
    a_path,
    an_echo,
    an_uplink,
    echoes,
    evidence,
    figures,
    https,
    names,
)

GATEWAY_SILENT = an_echo("203.0.113.1", SILENT)
DEAD: dict[str, Any] = {"pings": echoes(SILENT, SILENT, SILENT), "https": https(FAILED, FAILED, FAILED), "dns": ()}


@pytest.mark.parametrize(
    ("seen", "outstanding", "settled"),
    [
        pytest.param({}, Outstanding(), True, id="everything is in"),
        pytest.param(DEAD, Outstanding(), True, id="everything is in and silent"),
        pytest.param({"pings": echoes(OK, OK)}, Outstanding(pings=PINGS[2:]), True, id="two of three pings are enough"),
        pytest.param({"pings": echoes(OK)}, Outstanding(pings=PINGS[1:]), False, id="one of three pings is not"),
        pytest.param({"https": https(OK, OK)}, Outstanding(https=HTTPS[2:]), True, id="two of three web checks"),
        pytest.param({"https": https(OK)}, Outstanding(https=HTTPS[1:]), False, id="one of three web checks"),
        pytest.param(
            {"https": https(FAILED, FAILED)}, Outstanding(https=HTTPS[2:]), False, id="web may be partial or failed"
        ),
        pytest.param({"dns": names(OK)}, Outstanding(dns=2), True, id="one resolver is enough"),
        pytest.param({"dns": names(SILENT)}, Outstanding(dns=2), False, id="no resolver yet"),
        pytest.param(
            {"dns": names(OK), "uplink": an_uplink(dns_required=True)},
            Outstanding(dns=1),
            False,
            id="the required resolver may be outstanding",
        ),
        pytest.param({"gateway": None}, Outstanding(gateway=True), False, id="a required gateway"),
        pytest.param(
            {"gateway": None, "uplink": an_uplink(gateway_required=False)},
            Outstanding(gateway=True),
            True,
            id="a gateway that is not required",
        ),
        pytest.param(
            {"gateway": None, **DEAD}, Outstanding(gateway=True), False, id="the gateway tells where it broke"
        ),
        pytest.param(
            {**DEAD, "gateway": GATEWAY_SILENT}, Outstanding(dns=2), True, id="names do not matter to a dead line"
        ),
        pytest.param({**DEAD, "https": ()}, Outstanding(https=HTTPS), False, id="silent pings, web outstanding"),
        pytest.param({**DEAD, "pings": ()}, Outstanding(pings=PINGS), False, id="failed web, pings outstanding"),
        pytest.param(
            {"pings": (), "https": https(INTERCEPTED)},
            Outstanding(pings=PINGS),
            False,
            id="a portal, pings outstanding",
        ),
        pytest.param(
            {"pings": (), "https": (), "path": a_path(link=LinkStatus.NO_CARRIER)},
            Outstanding(pings=PINGS, https=HTTPS, dns=3),
            True,
            id="no carrier needs no packet",
        ),
        pytest.param(
            {"pings": (), "proof": PathProof(7, is_proven=False)}, Outstanding(pings=PINGS), True, id="a wrong route"
        ),
        pytest.param({"pings": (), "proof": None}, Outstanding(pings=PINGS), True, id="a route nobody proved"),
        pytest.param(
            {"pings": echoes(OK, SILENT, SILENT), "dns": names(SILENT, SILENT)},
            Outstanding(https=HTTPS[2:]),
            True,
            id="a name failure is told whatever web says",
        ),
    ],
)
def test_when_a_verdict_may_be_given(seen: dict[str, Any], outstanding: Outstanding, *, settled: bool) -> None:
    assert is_settled(evidence(**seen), outstanding, None, a_memory()) is settled


def test_quality_is_part_of_the_verdict() -> None:
    lossy = uplink_quality([figures(lost=9, recent_lost=6)])
    waiting = Outstanding(gateway=True)

    assert not is_settled(evidence(gateway=None), waiting, lossy, a_memory())
    assert is_settled(evidence(gateway=None), waiting, lossy, a_memory(gateway_answers=0))


def test_outstanding_is_empty_only_without_any_of_them() -> None:
    assert Outstanding().is_empty
    for waiting in (Outstanding(pings=PINGS), Outstanding(https=HTTPS), Outstanding(dns=1), Outstanding(gateway=True)):
        assert not waiting.is_empty


def split(draw: st.DrawFn, whole: Evidence) -> tuple[Evidence, Outstanding]:
    """Take some of a whole cycle's samples away, as if they were still outstanding."""
    plan = whole.uplink.plan
    gone_pings = draw(st.sets(st.sampled_from(range(len(plan.ping))), max_size=2)) if plan.ping else set()
    gone_https = draw(st.sets(st.sampled_from(range(len(plan.http))), max_size=2)) if plan.http else set()
    no_gateway = whole.gateway is not None and draw(st.booleans())
    so_far = replace(
        whole,
        pings=tuple(s for n, s in enumerate(whole.pings) if n not in gone_pings),
        https=tuple(s for n, s in enumerate(whole.https) if n not in gone_https),
        gateway=None if no_gateway else whole.gateway,
    )
    waiting = Outstanding(
        pings=tuple(t for n, t in enumerate(plan.ping) if n in gone_pings),
        https=tuple(t for n, t in enumerate(plan.http) if n in gone_https),
        dns=draw(st.integers(0, 2)),
        gateway=no_gateway,
    )
    return so_far, waiting


def every_end(so_far: Evidence, waiting: Outstanding) -> Iterator[Evidence]:
    """Let everything outstanding end in every way there is."""
    resolver_ends = [
        *product((OK, FAILED, UNMEASURED), (True, False)),
        (INTERCEPTED, False),
    ]
    for echo, web, asked, gateway in product(
        product((OK, SILENT, FAILED, UNMEASURED), repeat=len(waiting.pings)),
        product((OK, FAILED, INTERCEPTED, UNMEASURED), repeat=len(waiting.https)),
        product(resolver_ends, repeat=waiting.dns),
        (OK, SILENT, FAILED, UNMEASURED) if waiting.gateway else (None,),
    ):
        late = (DnsSample(f"late {n}", "", outcome, is_provider=own) for n, (outcome, own) in enumerate(asked))
        yield replace(
            so_far,
            pings=so_far.pings + tuple(map(an_echo, waiting.pings, echo)),
            https=so_far.https
            + tuple(HttpSample(t.url, t.network, o) for t, o in zip(waiting.https, web, strict=True)),
            dns=so_far.dns + tuple(late),
            gateway=so_far.gateway if gateway is None else an_echo("203.0.113.1", gateway),
        )


@settings(max_examples=100, deadline=None)
@given(st.data(), drawn.cycles(sane_path=False), drawn.memories(), drawn.qualities())
def test_settled_means_every_end_gives_the_same_verdict(
    data: st.DataObject, whole: Evidence, memory: Memory, quality: Quality | None
) -> None:
    so_far, waiting = split(data.draw, whole)  # type: ignore[arg-type]
    graded = grade(so_far, quality, memory)

    verdicts = {judge(end, memory, graded) for end in every_end(so_far, waiting)}

    assert is_settled(so_far, waiting, quality, memory) is (len(verdicts) == 1)
