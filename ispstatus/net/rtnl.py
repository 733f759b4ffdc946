"""One netlink socket to the kernel's routing tables: ask, dump, listen. Nothing is ever written to the kernel.

pyroute2 encodes and decodes the messages. The socket is ours because one thread must wait for events, for a
deadline and for a stop together, must see ENOBUFS when the kernel dropped events, and must not decode a full BGP
table to find its default routes.
"""

import errno
import logging
import os
import socket
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any, ClassVar, Self

from pyroute2.netlink import NLM_F_DUMP, NLM_F_REQUEST, nlmsg
from pyroute2.netlink.marshal import Marshal
from pyroute2.netlink.rtnl import (
    RTM_DELLINK,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWNEIGH,
    RTM_NEWROUTE,
    RTM_NEWRULE,
)
from pyroute2.netlink.rtnl.fibmsg import fibmsg
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from ispstatus.model.errors import CannotMeasure

logging.getLogger("pyroute2").setLevel(logging.ERROR)

HEADER_BYTES = 16
REPLY_TIMEOUT_S = 2.0

_SEQUENCE = struct.Struct("=I")
_SEQUENCE_AT = 8
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLM_F_DUMP_INTR = 0x10
_SOL_NETLINK = 270
_NETLINK_EXT_ACK = 11
_EVENT_BUFFER_BYTES = 4 << 20
_READ_BYTES = 1 << 16
_DUMP_TRIES = 3
_HELPING = 64

RawMessage = tuple[int, int, int, bytes]
"""Type, flags, sequence number and the whole message, header included."""


class _Marshal(Marshal):  # type: ignore[misc]
    """Decodes what we ask for and listen to. pyroute2's own knows every kind, queueing disciplines and all: 2 MiB."""

    msg_map: ClassVar = {
        RTM_NEWLINK: ifinfmsg,
        RTM_DELLINK: ifinfmsg,
        RTM_NEWADDR: ifaddrmsg,
        RTM_NEWROUTE: rtmsg,
        RTM_NEWRULE: fibmsg,
        RTM_NEWNEIGH: ndmsg,
    }


class Rtnl:
    """A netlink route socket. Not thread-safe: one per thread, made in the thread that reads it."""

    def __init__(self, groups: int = 0) -> None:
        self._sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._sequence = 0
        self._marshal = _Marshal()
        try:
            self._sock.setsockopt(_SOL_NETLINK, _NETLINK_EXT_ACK, 1)
            if groups:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _EVENT_BUFFER_BYTES)
            self._sock.bind((0, groups))
            self._sock.settimeout(0 if groups else REPLY_TIMEOUT_S)
        except OSError:
            self._sock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def fileno(self) -> int:
        """Return the descriptor, for a selector."""
        return self._sock.fileno()

    def close(self) -> None:
        """Close the socket; again is harmless."""
        self._sock.close()

    def ask(
        self, kind: int, message_class: Callable[[], nlmsg], fields: Mapping[str, object], attrs: Mapping[str, object]
    ) -> nlmsg:
        """Return the kernel's one answer to a question; OSError (errno of the kernel) when it says no."""
        sequence = self._send(kind, NLM_F_REQUEST, message_class, fields, attrs)
        for _, _, _, data in self._replies(sequence):
            return self.decode(data)
        raise OSError(errno.ENODATA, "the kernel did not answer")

    def dump(
        self,
        kind: int,
        message_class: Callable[[], nlmsg],
        family: int = 0,
        wants: Callable[[bytes], bool] = lambda _: True,
    ) -> list[nlmsg]:
        """Return every entry of one table whose raw message is wanted; read again when it changed meanwhile."""
        entries: list[nlmsg] = []
        for _ in range(_DUMP_TRIES):
            sequence = self._send(kind, NLM_F_REQUEST | NLM_F_DUMP, message_class, {"family": family}, {})
            entries, was_interrupted = [], False
            for _, flags, _, data in self._replies(sequence):
                was_interrupted |= bool(flags & _NLM_F_DUMP_INTR)
                if wants(data):
                    entries.append(self.decode(data))
            if not was_interrupted:
                break
        return entries

    def events(self) -> Iterator[RawMessage]:
        """Yield some of what waits on a listening socket, never blocking; OSError ENOBUFS when events were lost."""
        for _ in range(_HELPING):
            try:
                data = self._sock.recv(_READ_BYTES)
            except BlockingIOError:
                return
            yield from _split(data)

    def decode(self, data: bytes) -> nlmsg:
        """Return one raw message decoded."""
        kind, flags, sequence = struct.unpack_from("=HHI", data, 4)
        return self._marshal.parse_one_message(kind, flags, sequence, data, 0, len(data))

    def _send(
        self,
        kind: int,
        flags: int,
        message_class: Callable[[], nlmsg],
        fields: Mapping[str, object],
        attrs: Mapping[str, object],
    ) -> int:
        self._sequence += 1
        before, after = _encoded(kind, flags, message_class, tuple(fields.items()), tuple(attrs.items()))
        self._sock.send(before + _SEQUENCE.pack(self._sequence) + after)
        return self._sequence

    def _replies(self, sequence: int) -> Iterator[RawMessage]:
        while True:
            for message in _split(self._sock.recv(_READ_BYTES)):
                kind, flags, sent, data = message
                if sent != sequence:
                    continue
                if kind == _NLMSG_ERROR:
                    _raise_error(data)
                    return
                if kind == _NLMSG_DONE:
                    return
                yield message
                if not flags & 2:  # NLM_F_MULTI: a single answer has no DONE behind it
                    return


def open_rtnl(groups: int = 0) -> Rtnl:
    """Return a socket to the kernel; CannotMeasure with words when there is none to be had."""
    try:
        return Rtnl(groups)
    except OSError as error:
        raise CannotMeasure(f"the kernel's routing tables cannot be read: {error}") from error


@lru_cache(maxsize=256)
def _encoded(
    kind: int,
    flags: int,
    message_class: Callable[[], nlmsg],
    fields: tuple[tuple[str, object], ...],
    attrs: tuple[tuple[str, object], ...],
) -> tuple[bytes, bytes]:
    """Return a message up to its sequence number, and after it; encoded once, asked every minute."""
    message = message_class()
    message.update(fields)
    message["attrs"] = list(attrs)
    message["header"].update(type=kind, flags=flags, sequence_number=0, pid=0)
    message.encode()
    return bytes(message.data[:_SEQUENCE_AT]), bytes(message.data[_SEQUENCE_AT + _SEQUENCE.size :])


def attrs_of(message: nlmsg) -> dict[str, Any]:
    """Return a message's attributes by name; of a repeated one the first."""
    found: dict[str, Any] = {}
    for name, value in _pairs(message.get("attrs", ())):
        found.setdefault(name, value)
    return found


def _pairs(attrs: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for attr in attrs:
        yield attr[0], attr[1]


def _split(data: bytes) -> Iterator[RawMessage]:
    offset = 0
    while offset + HEADER_BYTES <= len(data):
        length, kind, flags, sequence = struct.unpack_from("=IHHI", data, offset)
        if length < HEADER_BYTES:
            return
        yield kind, flags, sequence, data[offset : offset + length]
        offset += (length + 3) & ~3


def _raise_error(data: bytes) -> None:
    (code,) = struct.unpack_from("=i", data, HEADER_BYTES)
    if code:
        raise OSError(-code, os.strerror(-code))
