"""/api/history, /api/sla, /api/outages: the past in figures."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.box import BACKUP, FIBRE, NOW, OLD

BUCKET_S = 300


def get(client: FlaskClient, path: str, **query: Any) -> Any:
    reply = client.get(path, query_string={name.rstrip("_"): value for name, value in query.items()})
    assert reply.status_code == 200, reply.text
    return reply.get_json()


# ---------------------------------------------------------------- history
@pytest.mark.parametrize(("span", "points"), [("24h", 288), ("72h", 864), ("7d", 2016), ("30d", 8640), ("90d", 25920)])
def test_every_range_has_exactly_its_points_and_gaps_are_null(client: FlaskClient, span: str, points: int) -> None:
    body = get(client, "/api/history", name=FIBRE, range=span)
    moments = [point["ts"] for point in body["points"]]
    assert len(moments) == points
    assert moments == list(range(moments[0], moments[0] + points * BUCKET_S, BUCKET_S))
    assert all(point["up"] + point["degraded"] + point["down"] + point["no_data"] == 5 for point in body["points"])
    assert all((point["state"] is None) == (point["no_data"] == 5) for point in body["points"])


def test_the_last_point_is_the_last_complete_bucket(client: FlaskClient) -> None:
    last = get(client, "/api/history", name=FIBRE)["points"][-1]
    assert datetime.fromtimestamp(last["ts"], UTC) == datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


def test_there_is_a_row_for_every_utc_day(client: FlaskClient) -> None:
    days = [row["day"] for row in get(client, "/api/history", name=FIBRE, range="72h")["daily"]]
    assert days == ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]


def test_a_removed_uplink_keeps_its_history(client: FlaskClient) -> None:
    assert get(client, "/api/history", name=OLD)["removed"] is True


@pytest.mark.parametrize("span", ["24h", "90d"])
def test_gzip_says_the_same_as_plain(client: FlaskClient, span: str) -> None:
    query = {"name": FIBRE, "range": span}
    plain = client.get("/api/history", query_string=query)
    zipped = client.get("/api/history", query_string=query, headers={"Accept-Encoding": "gzip"})
    assert (plain.headers.get("Content-Encoding"), zipped.headers["Content-Encoding"]) == (None, "gzip")
    assert zipped.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert json.loads(gzip.decompress(zipped.data)) == plain.get_json()


def test_who_has_it_already_gets_304_without_a_body(client: FlaskClient) -> None:
    query = {"name": FIBRE}
    tag = client.get("/api/history", query_string=query).headers["ETag"]
    assert tag.startswith("W/"), "plain and gzip have the same tag"
    again = client.get("/api/history", query_string=query, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    for other in ({"name": BACKUP}, {"name": FIBRE, "range": "72h"}):
        assert client.get("/api/history", query_string=other, headers={"If-None-Match": tag}).status_code == 200


def test_without_a_name_the_names_are_told(client: FlaskClient) -> None:
    reply = client.get("/api/history")
    assert reply.status_code == 400
    assert FIBRE in reply.get_json()["error"]


# ---------------------------------------------------------------- SLA
def test_every_second_of_a_month_is_exactly_one_thing(client: FlaskClient) -> None:
    report = get(client, "/api/sla", name=FIBRE, month="2026-03")
    parts = [report[f"{name}_s"] for name in ("up", "degraded", "down", "unknown", "excluded")]
    assert sum(parts) == report["period_s"] > 0
    assert (report["partial"], report["tz"]) == (True, "Africa/Johannesburg")
    assert report["period_start_local"] == "2026-03-01T02:00:00+02:00", "the uplink is younger than the month"
    assert report["availability_lower_pct"] <= report["availability_pct"] <= report["availability_upper_pct"]


def test_without_a_name_every_uplink_is_reported(client: FlaskClient) -> None:
    body = get(client, "/api/sla")
    assert body["total"] == len(body["uplinks"]) == 4
    assert body["uplinks"][0] == get(client, "/api/sla", name=FIBRE)


def test_a_period_may_be_given_by_its_ends(client: FlaskClient) -> None:
    day = get(client, "/api/sla", name=FIBRE, from_="2026-03-02", to="2026-03-02")
    same = get(client, "/api/sla", name=FIBRE, from_="2026-03-01T22:00:00Z", to="2026-03-03T00:00:00+02:00")
    assert day == same
    assert (day["period_s"], day["partial"]) == (86400, False)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"month": "2026-13"}, "YYYY-MM"),
        ({"month": "2026-03", "from": "2026-03-01", "to": "2026-03-02"}, "only one"),
        ({"from": "2026-03-01"}, "together"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "before"),
        ({"from": "2020-01-01", "to": "2026-03-01"}, "800 days"),
        ({"from": "2026-03-01T00:00:00", "to": "2026-03-02"}, "offset"),
        ({"from": "noon", "to": "2026-03-02"}, "2026-03-01"),
    ],
)
def test_a_period_that_means_nothing_is_refused_in_words(client: FlaskClient, query: Any, words: str) -> None:
    reply = client.get("/api/sla", query_string=query)
    assert reply.status_code == 400
    assert words in reply.get_json()["error"]


# ---------------------------------------------------------------- outages
def test_outages_are_told_newest_first_with_four_edges(client: FlaskClient) -> None:
    body = get(client, "/api/outages")
    began = [one["started_utc"] for one in body["outages"]]
    assert began == sorted(began, reverse=True)
    assert body["total"] == len(began) > 1
    newest = body["outages"][0]
    assert (newest["name"], newest["ongoing"], newest["ended_utc"]) == (BACKUP, True, None)
    assert newest["duration_min_s"] <= newest["duration_s"] == 431 <= newest["duration_max_s"]
    assert (newest["started_utc"], newest["fault"]) == (newest["first_bad_utc"], "access")
    assert [hop["ttl"] for hop in newest["trace"]["hops"]] == [1, 2]
    assert newest["baseline_trace"]["reached"] is True


def test_an_ended_outage_ends_at_the_first_good_answer(client: FlaskClient) -> None:
    ended = get(client, "/api/outages")["outages"][1]
    assert ended["ended_utc"] == ended["first_good_utc"] is not None
    assert ended["last_good_utc"] < ended["first_bad_utc"] <= ended["last_bad_utc"] < ended["first_good_utc"]


def test_a_long_list_is_read_in_pages(client: FlaskClient) -> None:
    whole = get(client, "/api/outages")["outages"]
    pages = [get(client, "/api/outages", limit=1, offset=n) for n in range(len(whole) + 1)]
    assert [page["outages"] for page in pages] == [*([one] for one in whole), []]
    assert [page["truncated"] for page in pages] == [True] * (len(whole) - 1) + [False, False]
    assert {page["total"] for page in pages} == {len(whole)}


def test_an_outage_that_reaches_into_a_range_is_in_it(client: FlaskClient) -> None:
    recent = get(client, "/api/outages", range="24h", name=BACKUP)["outages"]
    assert all(one["ended_utc"] is None or one["ended_utc"] > cut() for one in recent)
    assert recent[0]["ongoing"]


def cut() -> str:
    return (NOW - timedelta(hours=24, minutes=10)).isoformat()
