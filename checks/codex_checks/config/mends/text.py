"""Changes in a text, by offsets, lines that can go as a whole, and strings as TOML writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_REST: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?\r?(?:\n|\Z)")
"""What may follow a value on its line."""


class Change(Struct, frozen=True, kw_only=True):
    """What stands from *start* to *end* is to be *new*."""

    start: int
    end: int
    new: str

    def __repr__(self) -> str:
        """Tell where it is, and nothing of the text: a key may stand in it."""
        return f"Change(start={self.start}, end={self.end})"


def changed(text: str, changes: Iterable[Change]) -> str:
    """Return *text* with *changes* made."""
    parts: list[str] = []
    at = 0
    for change in _in_order(changes):
        parts += (text[at : change.start], change.new)
        at = change.end
    return "".join((*parts, text[at:]))


def new_places(changes: Iterable[Change]) -> Mapping[int, int]:
    """Return for the start of each of *changes* where it is in the text that `changed` returns."""
    places: dict[int, int] = {}
    shift = 0
    for change in _in_order(changes):
        places[change.start] = change.start + shift
        shift += len(change.new) - (change.end - change.start)
    return places


def whole_lines(text: str, start: int, end: int) -> Change | None:
    """Return the removal of the lines from *start* to *end*, or None where something else stands on them."""
    begin = text.rfind("\n", 0, start) + 1
    rest = _REST.match(text, end)
    if text[begin:start].strip(" \t") or rest is None:
        return None
    return Change(start=begin, end=rest.end(), new="")


def _in_order(changes: Iterable[Change]) -> Iterator[Change]:
    """Yield *changes* in the order of the text; of two that overlap, the one that begins first."""
    at = 0
    for change in sorted(changes, key=lambda change: (change.start, -change.end)):
        if change.start >= at:
            yield change
            at = change.end


def quoted(text: str) -> str:
    """Return *text*, which is one line, as a string of TOML."""
    if "\\" not in text and '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
