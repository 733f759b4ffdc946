"""Publish and subscribe within the process."""

from ispstatus.bus import Bus


def test_every_subscriber_hears_every_message() -> None:
    bus = Bus()
    one, other = bus.subscribe(), bus.subscribe()

    bus.publish("news")

    assert one.messages.get_nowait() == other.messages.get_nowait() == "news"


def test_a_subscriber_that_does_not_keep_up_is_dropped_and_told() -> None:
    bus = Bus()
    slow = bus.subscribe()

    for number in range(300):
        bus.publish(number)

    assert slow.lost
    assert slow.messages.qsize() == 256


def test_who_has_unsubscribed_hears_nothing_more() -> None:
    bus = Bus()
    gone = bus.subscribe()
    bus.unsubscribe(gone)

    bus.publish("news")

    assert gone.messages.empty()
