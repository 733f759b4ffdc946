"""The documentation says what the code does: hosts, reasons, commands, files, and links that lead somewhere."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ispstatus import cli
from ispstatus.config import builtin
from ispstatus.jobs import planner
from ispstatus.model.state import Fault, Note, Reason, State

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def _page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def _default_hosts() -> Iterator[str]:
    yield from builtin.PING
    yield from (builtin.IPV6_TWIN[address] for address in builtin.PING)
    yield from (urlsplit(str(check["url"])).hostname or "" for check in builtin.HTTP)
    yield from builtin.RESOLVE
    yield from planner.PUBLIC_RESOLVERS


@pytest.mark.parametrize("host", sorted({*_default_hosts()}))
def test_every_host_contacted_by_default_is_told(host: str) -> None:
    assert f"`{host}`" in _page("what-we-contact.md") or f"/{host}/" in _page("what-we-contact.md")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_row(reason: Reason) -> None:
    assert f"\n| `{reason}` |" in _page("states-and-reasons.md")


@pytest.mark.parametrize("word", [*Fault, *Note])
def test_every_fault_and_note_has_a_row(word: str) -> None:
    assert f"\n| `{word}` |" in _page("states-and-reasons.md")


@pytest.mark.parametrize("state", list(State), ids=lambda state: state.name)
def test_every_state_has_a_row(state: State) -> None:
    assert f"\n| {state.name} |" in _page("states-and-reasons.md")


def _commands(monkeypatch: pytest.MonkeyPatch) -> dict[str, argparse.ArgumentParser]:
    """The commands as the program itself builds them, caught before it parses."""
    caught: list[argparse.ArgumentParser] = []

    def catch(parser: argparse.ArgumentParser, *_: object, **__: object) -> argparse.Namespace:
        caught.append(parser)
        raise SystemExit(0)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", catch)
    with pytest.raises(SystemExit):
        cli.main([])
    return dict(_inner(caught[0]))


def _inner(parser: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:  # argparse has no public way to list commands
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield f"{before}{name}", inner
                yield from _inner(inner, f"{before}{name} ")


def test_every_command_and_option_is_in_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _page("cli.md")
    commands = _commands(monkeypatch)
    assert "run" in commands
    missing = [name for name in commands if not re.search(rf"`ispstatus {re.escape(name)}\b", text)]
    options = {option for inner in commands.values() for action in inner._actions for option in action.option_strings}
    missing += [option for option in sorted(options - {"-h", "--help"}) if f"`{option}" not in text]
    assert missing == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+\s+(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _dead_links(page: Path) -> Iterator[str]:
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if urlsplit(link).scheme:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert list(_dead_links(page)) == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = {ROOT / "README.md"}, [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []


_PLACEHOLDER = re.compile(r"[A-Z]{4}")
_NAMED = re.compile(r"`((?:ispstatus|tests|systemd|docs)/[\w./-]+\w)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    named = _NAMED.findall(page.read_text(encoding="utf-8"))
    assert [name for name in named if not _PLACEHOLDER.search(name) and not (ROOT / name).exists()] == []
