"""A page as a browser and a screen reader take it: a checked tree with text, names and links."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override

VOID = {"meta", "link", "br", "hr", "img", "input", "rect", "circle", "path"}
"""Elements without an end; those of SVG are written with a slash."""


@dataclass
class Element:
    """One element; ``parts`` are its texts and children, in order."""

    tag: str
    attributes: dict[str, str]
    parts: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, white space collapsed."""
        return " ".join(" ".join(one if isinstance(one, str) else one.text for one in self.parts).split())

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """Every element below with this tag (``*``: any), whose attributes have these words among theirs."""
        return [one for one in self.below() if tag in ("*", one.tag) and one.has(attributes)]

    def one(self, tag: str, **attributes: str) -> "Element":
        """The only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    def has(self, attributes: dict[str, str]) -> bool:
        """Whether each attribute has this word among its own."""
        words = {name.rstrip("_").replace("_", "-"): word for name, word in attributes.items()}
        return all(word in self.attributes.get(name, "").split() for name, word in words.items())

    def below(self) -> Iterator["Element"]:
        """Every element inside, in document order."""
        for part in self.parts:
            if isinstance(part, Element):
                yield part
                yield from part.below()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("document", {})]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in VOID or tag in {"rect"}:
            self.open.append(element)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, f"<{tag}/> is not empty in HTML"
        self.open[-1].parts.append(Element(tag, {name: value or "" for name, value in attrs}))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    @override
    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def parsed(html: str) -> Element:
    """Return the document; AssertionError for tags that do not match and ids or references that are wrong."""
    assert html.startswith("<!doctype html>")
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert len(builder.open) == 1, f"<{builder.open[-1].tag}> is not closed"
    document = builder.open[0]
    ids = [one.attributes["id"] for one in document.below() if "id" in one.attributes]
    assert len(ids) == len(set(ids)), "an id is given twice"
    for one in document.below():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert one.attributes.get(name, ids[0] if ids else "") in {*ids, ""}, f"{name} names nothing"
    return document
