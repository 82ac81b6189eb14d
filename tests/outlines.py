"""Pages of HTML and Markdown, read as a browser or GitHub would."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

from markdown_it import MarkdownIt

VOID: Final = frozenset({"meta", "br"})
"""Elements that are never closed."""

FOLDING: Final = ("<details>", "</details>", "<summary>")
"""The beginnings of the HTML that Markdown of ours may hold."""


class Outline(HTMLParser):
    """Takes down the elements of a page, and what is wrong with how they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down an element that begins."""
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Take down an element that ends, and a fault where another should have."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        """Take down what is read."""
        self.text += data


def outline(page: str) -> Outline:
    """Return what the page is made of."""
    read = Outline()
    read.feed(page)
    read.close()
    return read


def well_formed(page: str) -> None:
    """Refuse a page whose elements do not nest, or that holds what nobody meant."""
    read = outline(page)
    assert (read.faults, read.open) == ([], [])
    assert {"img", "iframe", "object"} & {tag for tag, _ in read.seen} == set()


def only_folded(text: str) -> None:
    """Refuse Markdown with HTML in it that does more than fold, with links, or with pictures."""
    for token in MarkdownIt().enable("table").parse(text):
        for each in (token, *(token.children or ())):
            assert each.type not in {"link_open", "image"}, each
            if each.type in {"html_block", "html_inline"}:
                assert each.content.startswith(FOLDING), each.content
