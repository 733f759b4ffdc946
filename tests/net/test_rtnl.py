import errno
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyroute2.netlink.rtnl import RTM_DELLINK, RTM_GETLINK, RTM_GETROUTE, RTM_NEWLINK
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from ispstatus.model.errors import CannotMeasure
from ispstatus.net import rtnl as rtnl_module
from ispstatus.net.rtnl import Rtnl, attrs_of, open_rtnl


def test_a_dump_holds_every_wanted_entry() -> None:
    with open_rtnl() as rtnl:
        names = [attrs_of(link)["IFLA_IFNAME"] for link in rtnl.dump(RTM_GETLINK, ifinfmsg)]
        unwanted = rtnl.dump(RTM_GETLINK, ifinfmsg, wants=lambda _: False)

    assert "lo" in names
    assert unwanted == []


def test_one_question_has_one_answer() -> None:
    with open_rtnl() as rtnl:
        route = rtnl.ask(RTM_GETROUTE, rtmsg, {"family": 2, "dst_len": 32}, {"RTA_DST": "127.0.0.1"})

    assert attrs_of(route)["RTA_DST"] == "127.0.0.1"


def test_the_kernels_refusal_is_an_error_with_its_number() -> None:
    with open_rtnl() as rtnl, pytest.raises(OSError, match="device") as refusal:
        rtnl.ask(RTM_GETLINK, ifinfmsg, {"index": 2**30}, {})

    assert refusal.value.errno == errno.ENODEV


def test_a_late_answer_is_not_taken_for_the_next_ones() -> None:
    with open_rtnl() as rtnl:
        rtnl._send(RTM_GETLINK, 1, ifinfmsg, {"index": 1}, {})
        answer = rtnl.ask(RTM_GETROUTE, rtmsg, {"family": 2, "dst_len": 32}, {"RTA_DST": "127.0.0.1"})

    assert "RTA_DST" in attrs_of(answer)


def test_a_question_the_kernel_refused_leaves_the_socket_usable() -> None:
    with open_rtnl() as rtnl:
        with pytest.raises(OSError, match="device"):
            rtnl.ask(RTM_GETLINK, ifinfmsg, {"index": 2**30}, {})

        assert rtnl.ask(RTM_GETLINK, ifinfmsg, {"index": 1}, {})["index"] == 1


def test_a_listening_socket_with_no_news_does_not_wait() -> None:
    with open_rtnl(1) as rtnl:
        assert list(rtnl.events()) == []


@pytest.mark.parametrize("kind", [RTM_NEWLINK, RTM_DELLINK])
def test_news_of_a_link_says_which_one_it_is_about(kind: int) -> None:
    news = ifinfmsg()
    news["index"], news["header"]["type"] = 7, kind
    news.encode()

    with open_rtnl() as rtnl:
        assert rtnl.decode(bytes(news.data))["index"] == 7


def test_no_socket_is_our_inability_to_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: int) -> Rtnl:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(rtnl_module, "Rtnl", fails)

    with pytest.raises(CannotMeasure, match="Too many open files"):
        open_rtnl()


def test_a_table_that_changed_while_it_was_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_rtnl() as rtnl:
        replies = rtnl._replies
        turns = iter((0x10, 0))

        def interrupted_once(sequence: int) -> object:
            flag = next(turns)
            return [(kind, flags | flag, sent, data) for kind, flags, sent, data in replies(sequence)]

        monkeypatch.setattr(rtnl, "_replies", interrupted_once)
        links = rtnl.dump(RTM_GETLINK, ifinfmsg)

    assert next(turns, None) is None
    assert len({link["index"] for link in links}) == len(links)


def test_threads_with_a_socket_each_do_not_disturb_each_other() -> None:
    start = threading.Barrier(4)

    def ask_often(_: int) -> set[int]:
        start.wait()
        with open_rtnl() as rtnl:
            return {rtnl.ask(RTM_GETLINK, ifinfmsg, {"index": 1}, {})["index"] for _ in range(50)}

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask_often, range(4))) == [{1}] * 4
