"""How the text for a person may look: its width, its colours, its marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LABEL: Final = 10
"""Columns of the labels (`seen`, `do`, ...) with the blanks around them."""

WIDEST: Final = 110
"""Columns: longer lines are hard to read, however wide the terminal is."""


class Style(Struct, frozen=True, kw_only=True):
    """How the text may look. *link* returns an address for a page's name, or None."""

    width: int = 100
    colour: bool = False
    ascii: bool = False
    link: Callable[[str], str | None] = lambda _name: None

    def symbol(self, kind: str) -> str:
        """Return the mark of *kind*; it always stands beside words that say the same."""
        return (_ASCII if self.ascii else _SYMBOLS)[kind]

    def paint(self, text: str, *colours: str) -> str:
        """Return *text* in the named colours, where colours are allowed."""
        if not self.colour or not text:
            return text
        codes = ";".join(_COLOURS[colour] for colour in colours)
        return f"\x1b[{codes}m{text}\x1b[0m"


_SYMBOLS: Final[Mapping[str, str]] = {
    "error": "✗",
    "warning": "⚠",
    "note": "•",
    "healthy": "✓",
    "skipped": "○",
    "blocked": "⊘",
    "crashed": "‼",
    "timed-out": "⧗",
}
_ASCII: Final[Mapping[str, str]] = {
    "error": "[X]",
    "warning": "[!]",
    "note": "[i]",
    "healthy": "[ok]",
    "skipped": "[-]",
    "blocked": "[/]",
    "crashed": "[#]",
    "timed-out": "[T]",
}
_COLOURS: Final[Mapping[str, str]] = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "bold": "1",
    "dim": "2",
}
