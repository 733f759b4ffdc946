"""decide: the rows of the ladder above quality, in their order."""

from typing import Any

import pytest

from ispstatus.decide.case import Grade
from ispstatus.decide.ladder import decide, judge
from ispstatus.model.decision import Memory
from ispstatus.model.net import LinkStatus
from ispstatus.model.state import Fault, Reason, State
from tests.decide.rows import DEAD, DEGRADED, DOWN, FRESH, GATEWAY_SILENT, UNKNOWN, UNPROVEN, UP, row
from tests.helpers.make import (
    FAILED,
    INTERCEPTED,
    OK,
    SILENT,
    UNMEASURED,
    a_memory,
    a_path,
    an_echo,
    an_uplink,
    echoes,
    evidence,
    https,
    names,
    networks,
)

KERNEL = [
    row(DOWN, Reason.IFACE_MISSING, Fault.LOCAL, "missing hardware is ours", path=a_path(link=LinkStatus.MISSING)),
    row(
        DOWN,
        Reason.IFACE_MISSING,
        Fault.ACCESS,
        "a ppp session that is gone is the provider's",
        path=a_path(device="ppp0", link=LinkStatus.MISSING, source=None),
    ),
    row(
        DOWN,
        Reason.IFACE_MISSING,
        Fault.ACCESS,
        "a mobile session that is gone is the provider's",
        path=a_path(device="wwan0", link=LinkStatus.MISSING),
    ),
    row(DOWN, Reason.IFACE_ADMIN_DOWN, Fault.LOCAL, "switched off is ours", path=a_path(link=LinkStatus.ADMIN_DOWN)),
    row(DOWN, Reason.NO_CARRIER, Fault.ACCESS, "no carrier is the access", path=a_path(link=LinkStatus.NO_CARRIER)),
    row(
        DOWN,
        Reason.NO_CARRIER,
        Fault.LOCAL,
        "no carrier is ours where the configuration says so",
        uplink=an_uplink(carrier_fault=Fault.LOCAL),
        path=a_path(link=LinkStatus.NO_CARRIER),
    ),
    row(DOWN, Reason.NO_ADDRESS, Fault.ACCESS, "no address", path=a_path(source=None, has_default=False)),
    row(
        DOWN,
        Reason.NO_ROUTE,
        Fault.ACCESS,
        "no default route where one was once proven",
        path=a_path(has_default=False),
        proof=None,
    ),
    row(
        DOWN,
        Reason.NO_CARRIER,
        Fault.ACCESS,
        "the link comes before address and route",
        path=a_path(link=LinkStatus.NO_CARRIER, source=None, has_default=False),
    ),
]

OURS = [
    row(
        UNKNOWN,
        Reason.PATH_UNPROVEN,
        Fault.BOX,
        "no default route where none was ever proven",
        FRESH,
        path=a_path(has_default=False),
        proof=None,
    ),
    row(UNKNOWN, Reason.PATH_UNPROVEN, Fault.BOX, "a route that leads elsewhere, although all answers", proof=UNPROVEN),
    row(UNKNOWN, Reason.PATH_UNPROVEN, Fault.BOX, "a route that nobody asked about", proof=None),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "nothing measured",
        pings=echoes(UNMEASURED, UNMEASURED, UNMEASURED),
        https=(),
        dns=(),
    ),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "nothing measured on the first day",
        FRESH,
        pings=echoes(UNMEASURED, UNMEASURED, UNMEASURED),
        https=(),
        dns=(),
    ),
    row(
        DOWN,
        Reason.NO_ROUTE,
        Fault.ACCESS,
        "a default route that went while the first cycle ran",
        FRESH,
        path=a_path(has_default=False),
    ),
    row(
        UNKNOWN,
        Reason.LATE,
        Fault.BOX,
        "nothing measured because the engine stood still",
        pings=(),
        https=(),
        dns=(),
        was_late=True,
    ),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "resolvers and gateway answer but nothing outside was measured",
        pings=(),
        https=(),
    ),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "web fails and pings that used to answer were not measured",
        pings=echoes(UNMEASURED, UNMEASURED, SILENT),
        https=https(FAILED, FAILED, FAILED),
    ),
    row(
        UNKNOWN,
        Reason.LATE,
        Fault.BOX,
        "pings silent and most web checks starved",
        pings=echoes(SILENT, SILENT, SILENT),
        https=https(FAILED, UNMEASURED, UNMEASURED),
        was_late=True,
    ),
    row(
        UNKNOWN,
        Reason.CANNOT_MEASURE,
        Fault.BOX,
        "one of two networks silent and the other not measured",
        a_memory(ping_networks=networks("Alpha", "Beta"), http_networks={}),
        pings=echoes(SILENT, UNMEASURED),
        https=https(FAILED, FAILED, FAILED),
    ),
]

OUTSIDE = [
    row(
        DEGRADED,
        Reason.CAPTIVE_PORTAL,
        Fault.PROVIDER,
        "a portal that lets pings through",
        https=https(INTERCEPTED, INTERCEPTED, FAILED),
    ),
    row(
        DOWN,
        Reason.CAPTIVE_PORTAL,
        Fault.PROVIDER,
        "a portal that swallows pings",
        pings=echoes(SILENT, SILENT, SILENT),
        https=https(FAILED, INTERCEPTED, FAILED),
    ),
    row(
        UP,
        Reason.OK,
        Fault.NONE,
        "one tampered web check beside two good ones is no portal",
        https=https(OK, OK, INTERCEPTED),
    ),
    row(DOWN, Reason.GATEWAY_UNREACHABLE, Fault.ACCESS, "silence from the gateway on", gateway=GATEWAY_SILENT, **DEAD),
    row(DOWN, Reason.NO_EXTERNAL, Fault.PROVIDER, "silence beyond the gateway", **DEAD),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "silence and a gateway that never answered",
        a_memory(gateway_answers=2),
        gateway=GATEWAY_SILENT,
        **DEAD,
    ),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "silence and a gateway we could not measure",
        gateway=an_echo("203.0.113.1", UNMEASURED),
        **DEAD,
    ),
    row(
        DOWN,
        Reason.GATEWAY_UNREACHABLE,
        Fault.ACCESS,
        "an unreachable gateway that is required from the first day",
        FRESH,
        uplink=an_uplink(gateway_required=True),
        gateway=an_echo("203.0.113.1", FAILED),
        **DEAD,
    ),
    row(DOWN, Reason.NO_EXTERNAL, Fault.PROVIDER, "silence on the first day", FRESH, gateway=None, **DEAD),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "DNS answers and resets are no validation",
        pings=echoes(SILENT, SILENT, SILENT),
        https=https(FAILED, FAILED, FAILED),
        dns=names(OK, OK),
    ),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "two of three measured silent is enough to say so",
        pings=echoes(SILENT, SILENT, UNMEASURED),
        https=https(FAILED, FAILED, FAILED),
    ),
    row(
        DOWN,
        Reason.NO_EXTERNAL,
        Fault.PROVIDER,
        "web alone judges a line without permission to ping",
        a_memory(ping_networks={}),
        pings=echoes(UNMEASURED, UNMEASURED, UNMEASURED),
        https=https(FAILED, FAILED, FAILED),
    ),
]


@pytest.mark.parametrize(("seen", "memory", "state", "reason", "fault"), KERNEL + OURS + OUTSIDE)
def test_the_ladder(seen: dict[str, Any], memory: Memory | None, state: State, reason: Reason, fault: Fault) -> None:
    decision, _ = decide(evidence(**seen), None, memory or a_memory(), ())

    assert (decision.state, decision.reason, decision.fault) == (state, reason, fault)
    assert decision.explanation
    assert decision.next_check
    assert judge(evidence(**seen), memory or a_memory(), Grade()) == (state, reason, fault)
