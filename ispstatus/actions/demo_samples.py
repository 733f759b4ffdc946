"""The last day of an invented history as the Insight API sees it: what a far end, a modem and a van would have told."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from math import cos, sin
from random import Random

from ispstatus.actions.agents import enrol_agent, record_report
from ispstatus.actions.pasts import Pasts
from ispstatus.actions.radio import record_radio
from ispstatus.actions.samples import record_runs
from ispstatus.actions.throughput import record_throughput
from ispstatus.model.agent import AgentReport, Profile, PushedFix, PushedReading, PushedSample
from ispstatus.model.radio import Position, Radio, RadioReading
from ispstatus.model.record import Minute, Run
from ispstatus.model.series import Protocol
from ispstatus.model.throughput import Flow, Method, Throughput
from ispstatus.model.uplink import Uplink
from ispstatus.store import minutes, uplinks
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR

VAN = "Van (demo)"
FAR = "reflector.example"
EVERY_S = 5
VAN_EVERY_S = 10
_SHARES = {
    Protocol.TCP: 1.05,
    Protocol.UDP: 1.02,
    Protocol.HTTP: 1.1,
    Protocol.HTTPS: 2.15,
    Protocol.ICMP: 1.0,
    Protocol.TWAMP: 0.99,
}
"""Of a round trip, what each protocol takes."""
_RATES_MBPS = ((300, 100), (48, 11), (26, 8))
"""Down and up, of each kind of line."""
_VAN_MS = 38.0


def invent_samples(*, seed: int, now: datetime) -> Iterator[Callable[[Db], object]]:
    """Yield the writes, in order, that give a history invented up to ``now`` its last day of samples."""
    until_ts, pasts = int(now.timestamp()) // 60 * 60, Pasts()
    for ts in range(until_ts - DAY, until_ts, HOUR):
        yield partial(_invent_hour, ts=ts, seed=seed, pasts=pasts)

    def set_out(db: Db) -> None:
        van = enrol_agent(db, VAN, until_ts)
        record_report(db, van, van_report(until_ts - HOUR, until_ts), until_ts, pasts)

    yield set_out


def van_report(start_ts: float, end_ts: float) -> AgentReport:
    """Return what the van measured after ``start_ts``, up to ``end_ts``: the same for the same time, whoever asks."""
    every_five = range(int(start_ts) // EVERY_S * EVERY_S + EVERY_S, int(end_ts) + 1, EVERY_S)
    every_ten = [ts for ts in every_five if ts % VAN_EVERY_S == 0]
    return AgentReport(
        samples=tuple(PushedSample(ts, name, FAR, _van_ms(ts, name)) for ts in every_five for name in _SHARES),
        readings=tuple(PushedReading(ts, _radio_at(ts)) for ts in every_ten),
        fixes=tuple(PushedFix(ts, _van_at(ts)) for ts in every_ten),
        profile=Profile("Example Mobile", "5G", "Demo router", "A van that drives in circles"),
    )


def _invent_hour(db: Db, ts: int, seed: int, pasts: Pasts) -> None:
    present = [uplink for one in uplinks.stored(db) if (uplink := one.read()) is not None]
    runs: list[Run] = []
    for place, uplink in enumerate(present):
        random = Random(f"{seed}/{uplink.name}/{ts}")  # noqa: S311  invented, not secret
        for minute in minutes.minutes_between(db, uplink.id, ts, ts + HOUR):
            runs += [_run(random, minute, protocol) for protocol in _SHARES]
        record_throughput(db, _tests(random, uplink.id, ts, _RATES_MBPS[place % len(_RATES_MBPS)]))
        if _is_mobile(uplink):
            record_radio(db, [RadioReading(uplink.id, at, _radio_at(at)) for at in range(ts, ts + HOUR, 60)], [])
    record_runs(db, runs, pasts)


def _run(random: Random, minute: Minute, protocol: Protocol) -> Run:
    """Return a minute of samples like the echoes that the minute had."""
    offsets = tuple(range(100, 60_000, EVERY_S * 1000))
    usual_us = _SHARES[protocol] * minute.rtt_sum_us / max(1, minute.received)
    spread_us = minute.jitter_sum_us / max(1, minute.jitter_count)
    share = minute.received / max(1, minute.sent)
    rtts = tuple(round(usual_us + spread_us * random.random()) if random.random() < share else None for _ in offsets)
    return Run(minute.uplink_id, FAR, minute.ts, offsets, rtts, protocol, is_own=True)


def _tests(random: Random, uplink_id: int, ts: int, rates_mbps: tuple[int, int]) -> Iterator[Throughput]:
    """Yield a train each hour, and iperf3's two tests each second one."""
    yield _test(random, uplink_id, Method.TRAIN, ts + 600, rates_mbps)
    if ts // HOUR % 2:
        yield _test(random, uplink_id, Method.IPERF_TCP, ts + 1200, rates_mbps)
        yield _test(random, uplink_id, Method.IPERF_UDP, ts + 1260, rates_mbps)


def _test(random: Random, uplink_id: int, method: Method, ts: int, rates_mbps: tuple[int, int]) -> Throughput:
    down, up = (
        Flow(mbps * 1e6 * (0.9 + 0.1 * random.random()), 200 + 900 * random.random(), 400, int(random.random() * 3))
        for mbps in rates_mbps
    )
    return Throughput(uplink_id, method, ts, 5, FAR, down, up)


def _is_mobile(uplink: Uplink) -> bool:
    return any(word in (uplink.contract.network_type or "") for word in ("LTE", "4G", "5G"))


def _van_ms(ts: int, protocol: Protocol) -> float | None:
    random = Random(f"{ts}/{protocol}")  # noqa: S311
    return None if random.random() < 0.01 else _SHARES[protocol] * (_VAN_MS + 6 * sin(ts / 300) + 8 * random.random())  # noqa: PLR2004


def _van_at(ts: int) -> Position:
    return Position(round(48.8647 + 0.03 * sin(ts / 900), 6), round(2.349 + 0.05 * cos(ts / 900), 6), 35.0)


def _radio_at(ts: int) -> Radio:
    wave = sin(ts / 700)
    return Radio(
        network_name="Example Mobile",
        network_type="5G" if wave > 0 else "4G LTE",
        cell_id=str(22938075680 + int(2 * wave)),
        pci="908",
        sinr_db=round(12 + 6 * wave, 1),
        rssi_dbm=round(-71 + 5 * wave),
        rsrp_dbm=round(-98 + 8 * wave),
        rsrq_db=round(-11 + 3 * wave),
    )
