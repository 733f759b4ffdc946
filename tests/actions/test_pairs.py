from dataclasses import replace

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.samples import record_runs
from ispstatus.model.series import Protocol
from ispstatus.store import pairs, series
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON_TS, a_run

MIDNIGHT_TS = NOON_TS - NOON_TS % DAY


def record(db: Db, agent_id: int, at_ts: int, rtt_us: int, protocol: Protocol = Protocol.ICMP) -> None:
    run = a_run(agent_id, protocol=protocol, offsets_ms=(0,), rtts_us=(rtt_us,))
    record_runs(db, [replace(run, ts=at_ts)], Pasts())


def test_a_day_that_is_over_has_the_sums_of_its_pairs(db: Db) -> None:
    for place, (one_us, two_us) in enumerate([(10, 40), (20, 50), (30, 70)]):
        record(db, 1, MIDNIGHT_TS + place * 300, one_us)
        record(db, 2, MIDNIGHT_TS + place * 300, two_us)
    record(db, 1, MIDNIGHT_TS + 5 * HOUR, 90)
    record(db, 1, MIDNIGHT_TS, 1000, Protocol.TCP)
    record(db, 1, MIDNIGHT_TS, 1000, Protocol.HTTPS)
    one, two, tcp, https = (found.id for found in sorted(series.every(db), key=lambda found: found.id))
    assert pairs.alone(db, (one, two), MIDNIGHT_TS, MIDNIGHT_TS + DAY) == {}

    record(db, 1, MIDNIGHT_TS + DAY, 10)

    found = pairs.added(db, (one, two, tcp, https), (MIDNIGHT_TS,))
    assert found == {(one, two): (3, 60, 160, 1400, 9000, 10 * 40 + 20 * 50 + 30 * 70)}
    assert pairs.alone(db, (one, two, tcp, https), MIDNIGHT_TS, MIDNIGHT_TS + DAY) == {
        MIDNIGHT_TS: {one: (4, 150), two: (3, 160), tcp: (1, 1000)}
    }


def test_samples_that_come_late_are_in_the_sums_of_their_day(db: Db) -> None:
    for hour in range(26):
        record(db, 1, MIDNIGHT_TS + hour * HOUR, 10)
    record(db, 2, MIDNIGHT_TS + 7 * HOUR, 20)

    assert pairs.added(db, (1, 2), (MIDNIGHT_TS,)) == {(1, 2): (1, 10, 20, 100, 400, 200)}
