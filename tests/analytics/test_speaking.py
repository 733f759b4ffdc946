from ispstatus.analytics.speaking import Part, in_both, speakers, sums_of
from ispstatus.model.series import Aggregate, Protocol

ICMP, TCP = Protocol.ICMP, Protocol.TCP


def a_part(series: int, received: int, protocol: Protocol = ICMP, *, is_own: bool = False, sum_us: int = 0) -> Part:
    return Part(protocol, f"192.0.2.{series}", is_own, Aggregate(10, 10 - received, sum_us), series=series)


def test_own_far_ends_come_before_public_ones() -> None:
    public, own = a_part(1, 10), a_part(2, 3, is_own=True)

    assert speakers([public, own]) == {ICMP: own}


def test_one_that_answers_comes_before_an_own_one_that_does_not() -> None:
    public, silent = a_part(1, 1), a_part(2, 0, is_own=True)

    assert speakers([silent, public]) == {ICMP: public}
    assert speakers([silent]) == {ICMP: silent}


def test_of_about_equals_the_first_by_name_speaks_whoever_came_first_or_answered_once_more() -> None:
    assert speakers([a_part(3, 6), a_part(2, 5), a_part(4, 10)])[ICMP].series == 2


def test_one_that_answered_less_than_half_as_often_as_another_was_there_for_a_while_only() -> None:
    assert speakers([a_part(1, 4), a_part(2, 9)])[ICMP].series == 2
    assert speakers([a_part(1, 4), a_part(2, 9), a_part(3, 1, is_own=True)])[ICMP].series == 3


def test_every_protocol_has_its_own_speaker() -> None:
    found = speakers([a_part(1, 5, sum_us=50), a_part(2, 6, TCP)])

    assert sums_of(found) == {ICMP: Aggregate(10, 5, 50), TCP: Aggregate(10, 4)}
    assert speakers([]) == {}


def test_only_far_ends_that_answered_in_both_windows_are_compared() -> None:
    now = [a_part(1, 9, sum_us=90), a_part(2, 3, sum_us=60), a_part(3, 9, TCP), a_part(4, 0, TCP)]
    before = [a_part(1, 0), a_part(2, 2, sum_us=20), a_part(4, 9, TCP)]

    assert in_both(now, before) == ({ICMP: Aggregate(10, 7, 60)}, {ICMP: Aggregate(10, 8, 20)})
