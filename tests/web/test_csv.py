"""CSV: as RFC 4180 says, streamed, harmless in a spreadsheet, and never more than two at once."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from ispstatus.web.factory import create_app
from ispstatus.web.shared.csv import MOST_AT_ONCE, chunks, disposition, file_name
from tests.web.box import BACKUP, FIBRE, Box
from tests.web.contract_shape import CSV_COLUMNS

ZONE = ZoneInfo("Africa/Johannesburg")
PATHS = sorted(CSV_COLUMNS)


def text(client: FlaskClient, path: str, **query: Any) -> str:
    reply = client.get(path, query_string=query)
    assert reply.status_code == 200
    found = reply.text
    reply.close()
    return found


def rows(client: FlaskClient, path: str, **query: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(client, path, **query)), strict=True))


def written(*cells: Any, columns: tuple[str, ...] = (), is_excel: bool = False) -> list[str]:
    names = columns or tuple(f"c{n}" for n in range(len(cells)))
    document = b"".join(chunks(names, [cells], zone=ZONE, is_excel=is_excel)).decode("utf-8-sig")
    return next(iter(list(csv.reader(io.StringIO(document), strict=True))[1:]))


@pytest.mark.parametrize("path", PATHS)
def test_the_first_line_names_the_columns_and_every_line_ends_with_crlf(client: FlaskClient, path: str) -> None:
    document = text(client, path)
    assert document.split("\r\n")[0] == ",".join(CSV_COLUMNS[path])
    assert document.endswith("\r\n")
    assert "\n" not in document.replace("\r\n", "")
    assert {len(row) for row in csv.reader(io.StringIO(document), strict=True)} == {len(CSV_COLUMNS[path])}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_begins_with_an_apostrophe(cell: str) -> None:
    assert written(cell) == [f"'{cell}"]


def test_numbers_may_be_negative_and_text_may_hold_anything() -> None:
    assert written(-1.5, 'a "b", c\nd', None, True, 0) == ["-1.5", 'a "b", c\nd', "", "1", "0"]


def test_hostile_names_are_harmless_in_real_answers(client: FlaskClient) -> None:
    (row,) = rows(client, "/api/sla.csv", name=BACKUP)
    assert (row["uplink"], row["isp"], row["circuit_id"]) == (f"'{BACKUP}", "'@Telco", "'-7")


def test_times_are_iso_for_scripts_and_plain_for_spreadsheets() -> None:
    moment, columns = datetime(2026, 3, 1, 12, 0, 5, 999000, UTC), ("a_utc", "a_local")
    assert written(moment, moment, columns=columns) == ["2026-03-01T12:00:05Z", "2026-03-01T14:00:05+02:00"]
    plain = ["2026-03-01 12:00:05", "2026-03-01 14:00:05"]
    assert written(moment, moment, columns=columns, is_excel=True) == plain


@pytest.mark.parametrize("path", PATHS)
def test_excel_gets_a_byte_order_mark_and_others_none(client: FlaskClient, path: str) -> None:
    assert [text(client, path, excel=word)[:1] == "\ufeff" for word in ("1", "0")] == [True, False]


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("/api/history.csv", {"name": FIBRE, "range": "7d"}, "Head-office_Liquid-BGP01_7d_history.csv"),
        ("/api/sla.csv", {"name": FIBRE, "month": "2026-02"}, "Head-office_Liquid-BGP01_2026-02_sla.csv"),
        ("/api/outages.csv", {}, "Head-office_all_30d_outages.csv"),
    ],
)
def test_a_download_is_named_by_site_uplink_and_period(client: FlaskClient, path: str, query: Any, name: str) -> None:
    with client.get(path, query_string=query) as reply:
        assert reply.headers["Content-Disposition"].startswith(f"attachment; filename=\"{name}\"; filename*=UTF-8''")


def test_a_file_name_never_holds_a_path_or_a_header() -> None:
    assert file_name("../etc", 'a"b\r\nX: 1', "7d", "sla") == "..-etc_a-b-X- 1_7d_sla.csv"
    assert disposition("Büro_=1.csv") == "attachment; filename=\"B-ro_1.csv\"; filename*=UTF-8''B%C3%BCro_%3D1.csv"


def test_rows_are_read_while_they_are_sent() -> None:
    taken = []

    def source() -> Iterator[list[Any]]:
        for number in range(1000):
            taken.append(number)
            yield [number]

    parts = chunks(["n"], source(), zone=ZONE, is_excel=False)
    assert (next(parts), taken) == (b"n\r\n", [])
    next(parts)
    assert 0 < len(taken) < 1000


def test_history_has_a_row_for_every_bucket_and_empty_cells_for_what_was_not_measured(client: FlaskClient) -> None:
    found = rows(client, "/api/history.csv", name=FIBRE, range="7d")
    assert len(found) == 2016
    assert (found[0]["state"], found[0]["no_data_minutes"], found[0]["rtt_avg_ms"]) == ("", "5", "")
    assert float(found[-1]["rtt_avg_ms"]) > 0
    assert found[-1]["bucket_start_local"].endswith("+02:00")


def test_without_a_name_every_uplink_follows_the_other(client: FlaskClient) -> None:
    names = [row["uplink"] for row in rows(client, "/api/history.csv")]
    assert list(dict.fromkeys(names)) == [FIBRE, "MTN LTE", f"'{BACKUP}", "Old line"]


def test_an_outage_says_what_answered_and_how_far_the_trace_came(client: FlaskClient) -> None:
    newest = rows(client, "/api/outages.csv", name=BACKUP)[0]
    told = ("ongoing", "gateway_ok", "pings_ok", "pings_total", "networks_ok", "networks_total", "trace_last_hop")
    assert [newest[column] for column in told] == ["1", "0", "0", "3", "0", "3", "203.0.113.1"]
    assert (newest["end_utc"], newest["start_local"][-6:]) == ("", "+02:00")


def test_beyond_two_downloads_the_next_is_asked_to_come_again(box: Box) -> None:
    client = create_app(box.deps()).test_client()
    held = [client.get("/api/history.csv", query_string={"name": FIBRE}, buffered=False) for _ in range(MOST_AT_ONCE)]
    refused = client.get("/api/history.csv", query_string={"name": FIBRE})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert "downloads" in refused.get_json()["error"]
    assert client.get("/api/history", query_string={"name": FIBRE}).status_code == 200
    for reply in held:
        reply.close()
    assert len(text(client, "/api/history.csv", name=FIBRE)) > 1000
