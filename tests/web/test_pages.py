"""The pages: whole HTML, no script needed, what was typed in is never run, names for those who cannot see."""

import re
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ispstatus.model.uplink import Contract
from ispstatus.web.factory import create_app
from ispstatus.web.pages.docs import FOLDER
from ispstatus.web.pages.markdown import _section, rendered
from ispstatus.web.pages.words import NOTHING
from tests.web.box import BACKUP, FIBRE, LTE, Box, unknown
from tests.web.page import Element, parsed

STATIC = Path(__file__).parents[2] / "ispstatus" / "web" / "static"
HOSTILE = "<b>\"x\"</b> & 'y' <script>alert(1)</script>"


def overview(box: Box) -> Element:
    reply = create_app(box.deps()).test_client().get("/")
    assert (reply.status_code, reply.mimetype) == (200, "text/html")
    return parsed(reply.text)


def card(page: Element, name: str) -> Element:
    (found,) = (one for one in page.all("article") if one.one("h2").text == name)
    return found


# ---------------------------------------------------------------- at a glance
def test_the_first_words_are_the_verdict(box: Box) -> None:
    page = overview(box)
    assert page.one("h1").text == f"1 of 3 uplinks is up; {BACKUP} is DOWN, {LTE} is DEGRADED."
    assert page.one("head").one("title").text.startswith(page.one("h1").text)
    assert "checked 4 s ago, 12:07:19" in page.one("section").text


def test_every_uplink_has_a_card_with_word_shape_and_colour(box: Box) -> None:
    page, shapes = overview(box), []
    for name, word in ((FIBRE, "UP"), (LTE, "DEGRADED"), (BACKUP, "DOWN")):
        one = card(page, name)
        chip = one.one("span", class_="chip")
        assert (chip.text, word.lower() in one.attributes["class"].split()) == (word, True)
        shapes.append([part.tag for part in chip.one("svg").below()])
    assert len({tuple(shape) for shape in shapes}) == 3


def test_a_card_says_since_when_why_and_what_to_do_now(box: Box) -> None:
    words = card(overview(box), BACKUP).text
    assert "Carrier present, gateway silent, 0 of 3 networks answer" in words
    assert re.search(r"since 1[12]:\d\d:\d\d \+02:00, 7 min", words)
    assert "Now: " in words
    assert "Now: " not in card(overview(box), FIBRE).text


def test_three_numbers_and_a_dash_for_what_was_not_measured(box: Box) -> None:
    page = overview(box)
    assert [one.text for one in card(page, FIBRE).all("dd")] == ["12.4 ms", "0 %", "0.65 ms"]
    assert [one.text for one in card(page, BACKUP).all("dd")] == [NOTHING, "100 %", NOTHING]


def test_the_strip_has_a_cell_for_every_five_minutes_and_says_it_in_words(box: Box) -> None:
    strip = card(overview(box), FIBRE).one("svg", class_="strip")
    cells = strip.all("rect")
    assert [int(cell.attributes["x"]) for cell in cells] == list(range(288))
    assert {cell.attributes["class"] for cell in cells} <= {"up", "degraded", "down", "unknown"}
    assert strip.attributes["role"] == "img"
    assert strip.attributes["aria-label"].startswith("Last 24 hours, in minutes: ")


def test_down_cells_are_taller_so_that_colour_is_not_needed(box: Box) -> None:
    heights = {
        cell.attributes["class"]: int(cell.attributes["height"])
        for one in overview(box).all("article")
        for cell in one.one("svg", class_="strip").all("rect")
    }
    assert heights["up"] > heights.get("unknown", 8)
    assert all(height > heights["up"] for css, height in heights.items() if css in {"down", "degraded"})


# ---------------------------------------------------------------- opened
def test_the_reports_come_first_and_last_months_sla_is_the_first(box: Box) -> None:
    details = card(overview(box), FIBRE).one("details")
    links = [link.attributes["href"] for link in details.all("a")]
    assert links[0] == "/api/sla.csv?name=Liquid+%28BGP01%29&month=2026-02&excel=1"
    assert [link.split("?")[0] for link in links[1:4]] == ["/api/sla.csv", "/api/outages.csv", "/api/history.csv"]


def test_every_link_leads_somewhere(box: Box) -> None:
    client = create_app(box.deps()).test_client()
    links = {link.attributes["href"] for link in parsed(client.get("/").text).all("a")}
    assert len(links) > 20
    for link in sorted(links):
        if link.startswith("/"):
            with client.get(link) as reply:
                assert reply.status_code == 200, link


def test_the_evidence_is_a_table_with_every_check(box: Box) -> None:
    table = card(overview(box), BACKUP).all("table")[0]
    rows = [[cell.text for cell in row.all("th") + row.all("td")] for row in table.one("tbody").all("tr")]
    assert [row[0] for row in rows] == ["gateway", "ping", "ping", "ping", "web", "web", "web", "name", "name"]
    assert {row[2] for row in rows} == {"no answer"}
    assert all(cell.attributes["scope"] in {"row", "col"} for cell in table.all("th"))


def test_outages_are_listed_with_their_cause(box: Box) -> None:
    rows = card(overview(box), BACKUP).one("table", class_="outages").one("tbody").all("tr")
    assert "7 min so far" in rows[0].text
    assert rows[0].text.endswith("access carrier present, gateway silent, 0 of 3 networks answer")
    assert 1 <= len(rows) <= 10


def test_the_failure_trace_stands_beside_the_baseline(box: Box) -> None:
    rows = card(overview(box), BACKUP).one("table", class_="hops").one("tbody").all("tr")
    assert [[cell.text for cell in row.all("td")] for row in rows] == [
        ["203.0.113.1 0.8 ms", "203.0.113.1 0.8 ms"],
        ["198.51.100.7 6.2 ms", "silent"],
        ["silent", ""],
        ["192.0.2.1 9.4 ms", ""],
    ]


# ---------------------------------------------------------------- bad days
def test_old_verdicts_are_marked(box: Box) -> None:
    box.reports = tuple(replace(report, age_ms=300_000) for report in box.reports)
    marks = [one.text for one in overview(box).all("p", class_="old")]
    assert marks == ["This verdict is 5 min old: it may be wrong by now."] * 3


def test_a_sick_monitor_says_so_above_everything(box: Box) -> None:
    box.vitals = replace(box.vitals, writing=False, writer_problem="no space left")
    banner = overview(box).one("div", class_="stale")
    assert banner.attributes["role"] == "alert"
    assert "no space left" in banner.text


def test_a_healthy_one_shows_no_banner(box: Box) -> None:
    shown = [one for one in overview(box).all("*", class_="banner") if "hidden" not in one.attributes]
    assert shown == []


def test_an_unreadable_record_leaves_the_verdicts_standing(box: Box, tmp_path: Path) -> None:
    gone = Box(tmp_path / "ispstatus.db", reports=box.reports)
    page = overview(gone)
    assert len(page.all("article")) == 3
    assert "The record cannot be read now." in card(page, FIBRE).text


def test_a_box_without_uplinks_says_so(box: Box) -> None:
    client = create_app(replace(box.deps(), last_reports=lambda: ())).test_client()
    page = parsed(client.get("/").text)
    assert page.one("h1").text == "No uplink is known: this box has no default route."


def test_before_the_first_verdict_nothing_is_claimed(box: Box) -> None:
    box.reports = tuple(unknown(report.uplink) for report in box.reports)
    page = overview(box)
    assert {one.one("span", class_="chip").text for one in page.all("article")} == {"UNKNOWN"}
    assert "not checked yet" in page.one("section").text


def test_what_was_typed_in_is_shown_and_never_run(box: Box) -> None:
    first = box.reports[0]
    contract = Contract(isp=HOSTILE, circuit_id=HOSTILE, network_type=HOSTILE)
    uplink = replace(first.uplink, name=HOSTILE, interface="<b>", contract=contract)
    box.settings = replace(box.settings, site=replace(box.settings.site, name=HOSTILE))
    box.reports = (replace(first, uplink=uplink), *box.reports[1:])
    page = overview(box)
    assert card(page, HOSTILE).all("b") == []
    assert [one.attributes.get("src", "")[:15] for one in page.all("script")] == ["/static/page.js"]


# ---------------------------------------------------------------- any page
PAGES = ("/", "/docs", "/docs/how-to/prtg", "/docs/reference/contract", "/docs/reference/http")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_can_be_walked_through(client: FlaskClient, path: str) -> None:
    page = parsed(client.get(path).text)
    assert page.one("html").attributes["lang"] == "en"
    assert len(page.all("main")) == len(page.all("h1")) == len(page.one("head").all("title")) == 1
    assert page.all("a")[0].attributes["href"] == "#main"
    assert all(nav.attributes["aria-label"] for nav in page.all("nav"))
    assert all(link.text for link in page.all("a"))
    for svg in page.all("svg"):
        assert svg.attributes.get("aria-hidden") == "true" or svg.attributes["aria-label"]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_comes_from_elsewhere_and_nothing_is_inline(client: FlaskClient, path: str) -> None:
    page = parsed(client.get(path).text)
    loaded = [one.attributes[name] for name in ("src", "href") for tag in ("script", "link", "img")
              for one in page.all(tag) if name in one.attributes]  # fmt: skip
    assert loaded
    assert all(where.startswith("/static/") for where in loaded)
    assert not any(name == "style" or name.startswith("on") for one in page.below() for name in one.attributes)


def test_the_page_reloads_itself_without_script(client: FlaskClient) -> None:
    refresh = parsed(client.get("/").text).one("noscript").one("meta")
    assert refresh.attributes == {"http-equiv": "refresh", "content": "60"}


@pytest.mark.parametrize("path", PAGES)
def test_a_demo_says_on_every_page_that_it_is_invented(box: Box, path: str) -> None:
    box.is_demo = True
    assert "invented" in parsed(create_app(box.deps()).test_client().get(path).text).one("p", class_="demo").text


def test_style_and_script_change_address_with_the_version(client: FlaskClient) -> None:
    page = parsed(client.get("/").text)
    loaded = [page.one("link", rel="stylesheet").attributes["href"], page.one("script").attributes["src"]]
    assert all(re.search(r"\?v=\d", where) for where in loaded)


# ---------------------------------------------------------------- documents
def test_documents_show_this_boxs_own_address_and_first_uplink(client: FlaskClient) -> None:
    text = client.get("/docs/how-to/prtg", base_url="http://192.168.50.1:8080").text
    assert "http://192.168.50.1:8080/api/prtg?name=Liquid%20%28BGP01%29" in text
    assert "HOST:PORT" not in text


def test_behind_a_proxy_with_tls_the_address_is_the_one_that_works(box: Box) -> None:
    box.settings = replace(box.settings, web=replace(box.settings.web, trusted_proxies=(ip_network("127.0.0.1/32"),)))
    proxied = {"X-Forwarded-For": "192.168.50.20", "X-Forwarded-Proto": "https", "Host": "192.168.50.1"}
    text = create_app(box.deps()).test_client().get("/docs/how-to/prtg", headers=proxied).text
    assert "https://192.168.50.1/api/prtg?name=" in text


def test_a_document_in_sections_is_the_whole_document() -> None:
    documents = sorted(FOLDER.rglob("*.md"))
    assert len(documents) > 20
    for document in documents:
        text = document.read_text(encoding="utf-8")
        assert rendered(text, "a/b") == _section(text, "a/b"), f"{document.name}: a fenced line looks like a heading"


def test_every_document_is_listed_and_opens(client: FlaskClient) -> None:
    links = [link.attributes["href"] for link in parsed(client.get("/docs").text).one("nav", class_="side").all("a")]
    assert len(links) > 15
    for link in links:
        assert parsed(client.get(link).text).all("h1")


def test_every_endpoint_is_listed_with_a_sentence(client: FlaskClient) -> None:
    rows = parsed(client.get("/docs").text).one("main").one("tbody").all("tr")
    listed = {row.all("th")[0].text: row.all("td")[0].text for row in rows}
    assert {"GET /api/status", "GET /metrics", "GET /api/prtg", "GET /docs/<path:name>"} <= listed.keys()
    assert all(words.endswith(".") and "`" not in words for words in listed.values())


def test_what_a_browser_can_open_is_a_link_and_nothing_else(client: FlaskClient) -> None:
    rows = parsed(client.get("/docs").text).one("main").one("tbody").all("tr")
    linked = {row.all("th")[0].text for row in rows if row.all("a")}
    assert {"GET /api/status", "GET /api/v1/networks"} <= linked
    assert {name for name in linked if not name.startswith("GET ") or "<" in name} == set()


# ---------------------------------------------------------------- contrast
def colours(scheme: str) -> dict[str, str]:
    css = (STATIC / "page.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    named = dict(re.findall(r"--([\w-]+): (#\w{6})", light))
    return named | (dict(re.findall(r"--([\w-]+): (#\w{6})", dark)) if scheme == "dark" else {})


def contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


TEXT_ON = [
    *((text, ground) for text in ("ink", "dim", "link") for ground in ("ground", "sheet")),
    *((state, ground) for state in ("up", "degraded", "down", "unknown") for ground in ("sheet",)),
    *((text, f"{state}-tint") for text in ("ink", "dim") for state in ("up", "degraded", "down", "unknown")),
    ("on", "down"), ("on", "link"), ("on", "up"), ("on", "degraded"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_is_readable_on_its_ground(scheme: str, text: str, ground: str) -> None:
    named = colours(scheme)
    assert contrast(named[text], named[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["degraded", "down"])
def test_trouble_stands_out_of_the_strip(scheme: str, state: str) -> None:
    named = colours(scheme)
    assert contrast(named[f"{state}-cell"], named["sheet"]) >= (3 if state == "down" else 1.9)
