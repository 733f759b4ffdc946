"""Markdown to HTML: raw HTML off, tables on, headings that can be linked to, links between documents that work.

Imported when the first document is read: most boxes never pay for it.
"""

import posixpath
import re
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_SECTIONS = re.compile(r"^(?=##+ )", re.MULTILINE)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("js-default", {"linkify": False, "typographer": False})


def rendered(text: str, path: str) -> Markup:
    """Return a document as HTML. ``path`` (like ``how-to/prtg``) is where its relative links start.

    Section by section: what a long one is parsed into would leave two megabytes of holes in the daemon's memory.
    """
    html = "".join(_section(section, path) for section in _SECTIONS.split(text))
    return Markup(html)  # noqa: S704  raw HTML is off: the parser escaped everything


def _section(text: str, path: str) -> str:
    tokens = _parser().parse(text)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", slug(inline.content))
    for token in tokens:
        for child in token.children or ():
            _relink(child, path)
    html: str = _parser().renderer.render(tokens, _parser().options, {})
    return html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")


def slug(heading: str) -> str:
    """Return the anchor of a heading, as code hosts make it: "Five minutes!" is ``five-minutes``."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _relink(token: Token, path: str) -> None:
    """Point a link to another document's file at its page."""
    target = str(token.attrGet("href") or "")
    name, mark, anchor = target.partition("#")
    if token.type == "link_open" and name.endswith(".md") and "://" not in name:
        page = posixpath.normpath(posixpath.join(posixpath.dirname(path), name.removesuffix(".md")))
        token.attrSet("href", f"/docs/{page}{mark}{anchor}")
