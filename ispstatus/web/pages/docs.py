"""``/docs``: the project's own documentation, rendered, with this box's address in its examples."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from ispstatus import __version__
from ispstatus.model.errors import NotFound
from ispstatus.web.shared.deps import CONTRACT, deps

bp = Blueprint("docs", __name__)

FOLDER = Path(__file__).parent.parent / "docs"
"""In a checkout a link to the project's ``docs``; in an installed package the files themselves."""
SECTIONS = ("tutorial", "how-to", "reference", "explanation", "adr")
_HIDDEN = {"HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Page:
    """One document."""

    path: str
    """Like ``how-to/prtg``."""
    title: str


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint, as the list shows it."""

    method: str
    path: str
    words: str
    is_link: bool


@bp.get("/docs")
def list_docs() -> ResponseReturnValue:
    """List the documentation and every endpoint."""
    return _page("Documentation", "docs_index.html", routes=list(routes()))


@bp.get("/docs/<path:name>")
def get_doc(name: str) -> ResponseReturnValue:
    """Show one document."""
    from ispstatus.web.pages.markdown import rendered

    known = {page.path: page for pages in catalogue().values() for page in pages}
    page = known.get(name.removesuffix(".md"))
    if page is None:
        raise NotFound(f"there is no document {name!r}", known=tuple(known))
    text = _addressed((FOLDER / f"{page.path}.md").read_text(encoding="utf-8"))
    return _page(page.title, "doc.html", body=rendered(text, page.path), path=page.path)


def catalogue() -> dict[str, list[Page]]:
    """Return the documents by section, sections as a reader meets them."""
    found = {section: list(_pages(section)) for section in SECTIONS}
    return {section: pages for section, pages in found.items() if pages}


def routes() -> Iterator[Route]:
    """Yield every endpoint with the first line of what it promises."""
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        promise = current_app.view_functions[rule.endpoint].__doc__ or ""
        words = "Style and script." if rule.endpoint == "static" else promise.splitlines()[0].replace("``", "")
        for method in sorted((rule.methods or set()) - _HIDDEN):
            yield Route(method, rule.rule, words, is_link=method == "GET" and "<" not in rule.rule)


def _pages(section: str) -> Iterator[Page]:
    for path in sorted((FOLDER / section).rglob("*.md")):
        with path.open(encoding="utf-8") as file:
            title = file.readline().lstrip("# ").strip()
        yield Page(path.relative_to(FOLDER).with_suffix("").as_posix(), title or path.stem)


def _addressed(text: str) -> str:
    """Put this box's address, and the name of its first uplink, into the URLs that hold places for them."""
    names = [report.uplink.name for report in deps().last_reports()]
    # Only listed proxies may forward: the guard has seen to that.
    scheme = "https" if request.headers.get("X-Forwarded-Proto") == "https" else "http"
    text = text.replace("http://HOST:PORT", f"{scheme}://{request.host}")
    return text.replace("name=UPLINK", f"name={quote(names[0], safe='')}") if names else text


def _page(title: str, template: str, **values: object) -> Response:
    common = {"title": title, "deps": deps(), "version": __version__, "contract": CONTRACT, "catalogue": catalogue()}
    html = render_template(template, **{**common, "path": "", **values})
    return Response(html, mimetype="text/html", headers={"Cache-Control": "no-cache"})
