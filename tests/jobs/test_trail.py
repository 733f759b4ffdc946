"""What a stream remembers of its echoes until their minute is collected."""

from ispstatus.jobs.trail import Trail
from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.model.series import Sample


def late(sent_boot_s: float, rtt_ms: float) -> EchoSample:
    return EchoSample("one", "net", Outcome.OK, 1, 1, rtt_ms=rtt_ms, sent_boot_s=sent_boot_s)


def test_echoes_are_noted_at_once_and_handed_over_once_in_the_order_they_left() -> None:
    noted: list[Sample] = []
    trail = Trail(noted.append)
    for sent, rtt in ((12.0, 3.0), (11.0, None), (13.0, 4.0)):
        trail.add("one", sent, rtt)

    assert [one.sent_boot_s for one in noted] == [12.0, 11.0, 13.0]
    assert [one.sent_boot_s for one in trail.take(13.0)] == [11.0, 12.0]
    assert [one.sent_boot_s for one in trail.take(99.0)] == [13.0]
    assert trail.take(99.0) == []


def test_a_late_reply_cancels_the_loss_of_its_own_echo_for_everybody() -> None:
    noted: list[Sample] = []
    trail = Trail(noted.append)
    trail.add("one", 1.0, None)
    trail.add("two", 2.0, None)
    trail.add("one", 2.0, None)

    trail.cancel_loss(late(2.0, 900.0))

    assert [one.rtt_ms for one in noted] == [None, None, 900.0]
    assert noted == trail.take(99.0)


def test_an_answer_ends_the_silence_before_it_and_no_other() -> None:
    trail = Trail(lambda _: None)
    trail.first_bad_boot_s = 5.0
    trail.answered(4.0)
    assert trail.last_good_boot_s == 4.0
    assert trail.first_bad_boot_s == 5.0

    trail.answered(6.0)
    trail.answered(5.5)
    assert trail.last_good_boot_s == 6.0
    assert trail.first_bad_boot_s is None
