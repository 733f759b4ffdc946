"""Bytes are counted by kind and family, both directions, headers included."""

from ispstatus.decide.sampling import SAMPLE_BYTES
from ispstatus.jobs.tally import Tally
from ispstatus.model.series import Protocol


def test_each_kind_of_probe_has_its_price_in_either_family() -> None:
    tally = Tally()
    tally.add(4, echoes=2, gateway_echoes=1, dns=1, http=1, https=1)
    assert tally.total_bytes == 2 * 168 + 72 + 250 + 1500 + 8000

    tally.add(6, echoes=2, gateway_echoes=1, dns=1, http=1, https=1)
    assert tally.total_bytes == 10_158 + 2 * 208 + 112 + 290 + 1800 + 8600


def test_nothing_sent_costs_nothing() -> None:
    tally = Tally()
    tally.add(4)

    assert tally.total_bytes == 0


def test_a_sample_costs_what_is_planned_for_it() -> None:
    tally = Tally()
    tally.add_sample(4, Protocol.HTTPS)
    tally.add_sample(6, Protocol.ICMP)

    assert tally.total_bytes == SAMPLE_BYTES[Protocol.HTTPS][4] + SAMPLE_BYTES[Protocol.ICMP][6]
