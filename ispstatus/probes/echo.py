"""One ICMP echo through one uplink (RFC 792, RFC 4443)."""

import errno
import os
from collections.abc import Callable

from typing_extensions import override

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine
from ispstatus.probes.icmp import PAYLOAD_BYTES, Channels, Slot
from ispstatus.probes.packets import IcmpError

LATE_WINDOW_S = 5.0

_WORDS = {
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ECONNREFUSED: "refused",
    errno.ENOPROTOOPT: "protocol unreachable",
    errno.EACCES: "administratively prohibited",
    errno.EMSGSIZE: "packet too big",
}

Heard = Callable[[EchoSample], None]


def probe_echo(  # noqa: PLR0913  each is a fact of one echo
    engine: Engine,
    path: Path,
    address: str,
    *,
    timeout_s: float,
    done: Heard,
    network: str = "",
    ttl: int | None = None,
    payload_bytes: int = PAYLOAD_BYTES,
    on_late: Heard | None = None,
) -> Handle:
    """Send one echo and tell ``done`` what came of it within ``timeout_s``; the payload is at most 56 bytes, random.

    OK with ``rtt_ms`` between 0 and the timeout; SILENT; FAILED when the network said it cannot be delivered;
    UNMEASURED when this box did not send it or the engine was late. ``on_late`` hears of a reply that comes up to 5 s
    after the timeout, at most once: an OK sample with the same ``sent_boot_s`` and a round trip over the timeout.
    """
    slot = _Echo(engine, address, network, timeout_s, payload_bytes, done, on_late)
    try:
        engine.part(Channels).send(path, slot, ttl)
    except CannotMeasure as error:
        sample = EchoSample(address, network, Outcome.UNMEASURED, sent=0, received=0, error=str(error))
        return engine.at(0.0, lambda: done(sample))
    return slot


def rotate_id(engine: Engine, path: Path) -> None:
    """Let the next echo leave with a new ICMP id: NAT state can wedge. Echoes under way are still heard."""
    engine.part(Channels).forget(path)


def forget(engine: Engine, path: Path) -> None:
    """Close the socket of ``path`` once nothing waits on it; unused ones close by themselves after three minutes."""
    engine.part(Channels).forget(path)


class _Echo(Slot):
    """One echo that waits for its reply, then for a late one."""

    __slots__ = ("_done", "_engine", "_is_settled", "_network", "_on_late")

    def __init__(
        self,
        engine: Engine,
        address: str,
        network: str,
        timeout_s: float,
        payload_bytes: int,
        done: Heard,
        on_late: Heard | None,
    ) -> None:
        super().__init__(address, timeout_s, payload_bytes)
        self._engine = engine
        self._network = network
        self._done = done
        self._on_late = on_late
        self._is_settled = False

    @override
    def heard(self, received_boot_s: float) -> None:
        """Take the reply: in time, too late, or across a gap."""
        rtt_s = received_boot_s - self.sent_boot_s
        if self._is_settled:
            self._heard_late(rtt_s)
        elif rtt_s <= self.timeout_s:
            self.cancel()
            self._done(self._sample(Outcome.OK, rtt_s=rtt_s))
        else:
            self.fire()
            if self.channel is not None:
                self._heard_late(rtt_s)

    @override
    def refused(self, error: IcmpError, received_boot_s: float) -> None:
        """Take an error: the network's is a failure, our own kernel's is unmeasured."""
        if self._is_settled:
            return
        self.cancel()
        if error.is_remote:
            self._done(self._sample(Outcome.FAILED, _in_words(error)))
        else:
            self._done(self._sample(Outcome.UNMEASURED, os.strerror(error.errno)))

    @override
    def fire(self) -> None:
        """Meet the timeout, then the end of the late window."""
        if self._is_settled:
            self.cancel()
            return
        self._is_settled = True
        if self._engine.is_late(self.sent_boot_s, self._engine.clock.boot()):
            self.cancel()
            self._done(self._sample(Outcome.UNMEASURED, "the engine was late"))
            return
        if self._on_late is None:
            self.cancel()
        else:
            self._engine.arm(self, self.sent_boot_s + self.timeout_s + LATE_WINDOW_S)
        self._done(self._sample(Outcome.SILENT))

    def _heard_late(self, rtt_s: float) -> None:
        on_late = self._on_late
        self.cancel()
        if on_late is not None:
            on_late(self._sample(Outcome.OK, rtt_s=rtt_s))

    def _sample(self, outcome: Outcome, error: str | None = None, *, rtt_s: float | None = None) -> EchoSample:
        is_answered = outcome is Outcome.OK
        return EchoSample(
            target=self.address,
            network=self._network,
            outcome=outcome,
            sent=1,
            received=1 if is_answered else 0,
            rtt_ms=None if rtt_s is None else rtt_s * 1000.0,
            error=error,
            sent_boot_s=self.sent_boot_s,
            answered_sent_boot_s=self.sent_boot_s if is_answered else None,
        )


def _in_words(error: IcmpError) -> str:
    if error.is_time_exceeded:
        return f"time to live exceeded, said {error.offender}"
    return f"{_WORDS.get(error.errno) or os.strerror(error.errno)}, said {error.offender}"
