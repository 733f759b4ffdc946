"""What invented verdicts rest on: cycles and traces in the very shape of real ones, on documentation addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ispstatus.decide.cite import cite
from ispstatus.model.evidence import Evidence, Trigger
from ispstatus.model.net import LinkStatus, Path, PathProof
from ispstatus.model.sample import EchoSample, Hop, HttpPhases, HttpSample, Outcome, Trace
from ispstatus.model.state import Reason
from ispstatus.model.uplink import Uplink

_FIRST_SILENT_HOP = {Reason.NO_CARRIER: 1, Reason.GATEWAY_UNREACHABLE: 1, Reason.NO_EXTERNAL: 3}
_FAR_HOP = 5
_GATEWAY_MS = 0.7


@dataclass(frozen=True, slots=True)
class InventedCycle:
    """One cycle of one uplink, for ``reason``, on a line whose round trip takes ``rtt_ms``."""

    uplink: Uplink
    at: datetime
    reason: Reason
    rtt_ms: float

    def evidence(self) -> dict[str, Any]:
        """Return the evidence as it is cited."""
        path = self._path()
        if path.link is not LinkStatus.UP:
            return cite(self._cycle(path))
        plan, is_out = self.uplink.plan, self._reaches(_FAR_HOP)
        asked = [target for target in plan.ping if target.family == path.family]
        pings = tuple(self._echo(target.address, target.network, self.rtt_ms, is_ok=is_out) for target in asked)
        return cite(self._cycle(path, gateway=self._gateway(path), pings=pings, https=tuple(self._https())))

    def trace(self) -> Trace:
        """Return the trace that would have been taken."""
        hops = tuple(self._hop(ttl) for ttl in range(1, _FAR_HOP + 1))
        return Trace(self.uplink.plan.ping[0].address, self._reaches(_FAR_HOP), hops, int(self.at.timestamp()))

    def _cycle(self, path: Path, **samples: Any) -> Evidence:
        is_down = self.reason in _FIRST_SILENT_HOP
        return Evidence(
            uplink=self.uplink,
            path=path,
            proof=PathProof(path.generation, is_proven=True) if path.is_usable else None,
            trigger=Trigger.SILENCE if is_down else Trigger.MINUTE,
            started_at=self.at,
            ended_at=self.at + timedelta(seconds=2),
            first_bad_at=self.at if is_down else None,
            **samples,
        )

    def _path(self) -> Path:
        has_carrier = self.reason is not Reason.NO_CARRIER
        return Path(
            uplink_id=self.uplink.id,
            family=4,
            device=self.uplink.interface,
            link=LinkStatus.UP if has_carrier else LinkStatus.NO_CARRIER,
            generation=1,
            source=f"{self._net}.2",
            gateway=f"{self._net}.1" if has_carrier else None,
            has_default=has_carrier,
        )

    @property
    def _net(self) -> str:
        return f"198.18.{self.uplink.id}"

    def _reaches(self, ttl: int) -> bool:
        return ttl < _FIRST_SILENT_HOP.get(self.reason, _FAR_HOP + 1)

    def _gateway(self, path: Path) -> EchoSample:
        return self._echo(path.gateway or "", "", _GATEWAY_MS, is_ok=self._reaches(1))

    def _https(self) -> Iterator[HttpSample]:
        is_ok = self._reaches(_FAR_HOP)
        for target in self.uplink.plan.http:
            outcome, error = (Outcome.OK, None) if is_ok else (Outcome.SILENT, "no answer within 4 s")
            phases = HttpPhases(connect_ms=self.rtt_ms, first_byte_ms=self.rtt_ms, total_ms=3 * self.rtt_ms)
            status = target.status or 200
            yield HttpSample(
                target.url, target.network, outcome, status if is_ok else None, error=error,
                phases=phases if is_ok else HttpPhases(),
            )  # fmt: skip

    @staticmethod
    def _echo(address: str, network: str, rtt_ms: float, *, is_ok: bool) -> EchoSample:
        if is_ok:
            return EchoSample(address, network, Outcome.OK, 1, 1, rtt_ms)
        return EchoSample(address, network, Outcome.SILENT, 3, 0)

    def _hop(self, ttl: int) -> Hop:
        if not self._reaches(ttl):
            return Hop(ttl, None, None)
        near = f"{self._net}.{ttl}" if ttl < _FAR_HOP else self.uplink.plan.ping[0].address
        return Hop(ttl, near, _GATEWAY_MS if ttl == 1 else round(self.rtt_ms * ttl / _FAR_HOP, 2))
