"""A site whose first uplink is measured by every protocol, with a modem, a place and throughput tests; the second by
pings alone; the third is DOWN.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from ispstatus.actions.keys import create_key
from ispstatus.actions.pasts import Pasts
from ispstatus.actions.radio import record_radio
from ispstatus.actions.samples import record_runs
from ispstatus.actions.throughput import record_throughput
from ispstatus.analytics.latest import Latest
from ispstatus.model.key import INGEST, INSIGHT, READ
from ispstatus.model.radio import Position, PositionFix, Radio, RadioReading
from ispstatus.model.record import Run
from ispstatus.model.series import Deltas, Protocol, Sample
from ispstatus.model.throughput import Flow, Method, Throughput
from ispstatus.store.db import Db
from ispstatus.store.writer import Writer
from ispstatus.web.factory import create_app
from tests.web.box import NOW, Box, Hands, fill

FIBRE_ID, LTE_ID, BACKUP_ID, OLD_ID = "1", "2", "3", "4"
FAR = "reflector.example.net"
TYPICAL_MS = {
    Protocol.TCP: 8.94,
    Protocol.UDP: 9.53,
    Protocol.HTTP: 9.09,
    Protocol.HTTPS: 18.0,
    Protocol.ICMP: 9.2,
    Protocol.TWAMP: 9.45,
}
NOW_TS = int(NOW.timestamp())
MINUTE_TS = NOW_TS - NOW_TS % 60
EVERY_S = 5
DAYS = 9
HOURS_OF_SAMPLES = 2
BEFORE = 0.5
"""What round trips were on the days before, of what they are now."""
RADIO = Radio("Bell", "4G LTE", "22938075680", "908", 2.147489, -63.0, -101.0, -13.5, 0.0)
PLACE = Position(45.4961001, -73.5619866, 39.1)


def fill_insight(folder: Path) -> tuple[Path, str]:
    """Make a state directory as described above; return its database and a key for everything."""
    clock = Hands().clock()
    path = fill(folder, clock, days=DAYS)
    writer = Writer(path, clock)
    writer.start()
    try:
        pasts = Pasts()
        for day in range(DAYS - 1, 0, -1):
            runs = list(_runs(MINUTE_TS - day * 86_400, share=BEFORE))
            writer.submit(lambda db, runs=runs: record_runs(db, runs, pasts)).result()  # type: ignore[misc]
        for minute in range(HOURS_OF_SAMPLES * 60, 0, -1):
            runs = list(_runs(MINUTE_TS - minute * 60))
            writer.submit(lambda db, runs=runs: record_runs(db, runs, pasts)).result()  # type: ignore[misc]
        writer.submit(_record_others).result()
        secret = writer.submit(lambda db: create_key(db, INSIGHT, "tests", (READ, INGEST), NOW)).result()
    finally:
        writer.stop()
    return path, secret


def rtt_ms(protocol: Protocol, ts: float) -> float:
    """Return what a protocol sees at a moment: it rises a little over three samples, and over four times 5 min."""
    return TYPICAL_MS[protocol] + (ts // EVERY_S % 3) * 0.3 + (ts // 300 % 4)


def _runs(minute_ts: int, share: float = 1.0) -> Iterator[Run]:
    offsets = tuple(range(0, 60_000, EVERY_S * 1000))
    for agent_id, protocols in ((1, tuple(Protocol)), (2, (Protocol.ICMP,))):
        for protocol in protocols:
            rtts = tuple(round(share * 1000 * agent_id * rtt_ms(protocol, minute_ts + ms / 1000)) for ms in offsets)
            yield Run(agent_id, FAR, minute_ts, offsets, rtts, protocol, is_own=True)


def _record_others(db: Db) -> None:
    flows = Flow(542.48e6, 1230.0, 400, 1), Flow(49.89e6, 3130.0, 400, 0)
    iperf = Flow(380.38e6), Flow(246.02e6)
    record_throughput(
        db,
        [
            Throughput(1, Method.TRAIN, NOW_TS - 1800, 2, FAR, *flows),
            Throughput(1, Method.IPERF_TCP, NOW_TS - 7200, 10, FAR, *iperf),
            Throughput(1, Method.IPERF_UDP, NOW_TS - 7260, 10, FAR, *iperf),
        ],
    )
    stamps = [NOW_TS - seconds for seconds in (4, 14, 24)]
    record_radio(db, [RadioReading(1, ts, RADIO) for ts in stamps], [PositionFix(1, ts, PLACE) for ts in stamps])


def lately(agent_id: int, boot_s: float) -> Latest:
    """Return the board's view of an agent at the moment the box stands at."""
    protocols = {1: tuple(Protocol), 2: (Protocol.ICMP,), 3: (Protocol.ICMP,)}[agent_id]
    samples = [
        Sample(
            protocol,
            FAR,
            boot_s - age_s,
            None if agent_id == 3 else agent_id * rtt_ms(protocol, NOW_TS - age_s),
            is_own=True,
        )
        for age_s in range(598, 0, -EVERY_S)
        for protocol in protocols
    ]
    deltas = Deltas(boot_s - 3, 12.92, -4.19, 0.11, is_clock_synchronised=False) if agent_id == 1 else None
    return Latest(boot_s, NOW_TS, tuple(samples), dict.fromkeys(protocols, float(EVERY_S)), deltas)


def make_box(path: Path) -> Box:
    """Return the box on that database, with a board."""
    box = Box(path)
    box.latest = {agent_id: lately(agent_id, box.hands.boot_s) for agent_id in (1, 2, 3)}
    return box


def with_key(box: Box, secret: str) -> FlaskClient:
    """Return a client that shows its key."""
    client = create_app(box.deps()).test_client()
    client.environ_base["HTTP_X_API_KEY"] = secret
    return client


def ask(client: FlaskClient, name: str, agent_id: str = FIBRE_ID, **more: str) -> Any:
    """Return what an endpoint says of an agent; any error fails the test."""
    path = name if name.startswith("/") else f"/api/v1/{name}"
    reply = client.get(path, query_string={"customer_id": "0", "agent_id": agent_id, **more})
    assert reply.status_code == 200, reply.text
    return reply.get_json()
