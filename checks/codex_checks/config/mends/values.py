"""Change one key or one value in a settings file that is TOML, and nothing else in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.config.mends.text import Change, changed, whole_lines
from codex_checks.config.toml import MARK
from codex_doctor.toml.grammar import Reader
from codex_doctor.toml.lexicon import NotTomlError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_doctor.toml.written import KeyPath, Pair

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


class Source:
    """The text of a settings file. What changes it returns the new text.

    That is None where what is named is not written there as a whole, once, or where it would be no TOML.
    """

    def __init__(self, text: str) -> None:
        """Read *text*; of one that is no TOML nothing can be changed."""
        self._body = text.removeprefix(MARK)
        self._mark = text[: len(text) - len(self._body)]
        self._reader = Reader(self._body)
        try:
            self._reader.read()
        except NotTomlError:
            self._reader = Reader("")

    def value_of(self, path: KeyPath) -> str | None:
        """Return what is written as the value of the key *path*."""
        pair = self._pair(path)
        return None if pair is None else self._body[pair.value : pair.end]

    def with_value(self, path: KeyPath, new: str) -> str | None:
        """Return the text with *new*, as it is to be written, for the value of the key *path*."""
        pair = self._pair(path)
        return None if pair is None else self._with([Change(start=pair.value, end=pair.end, new=new)])

    def without(self, path: KeyPath) -> str | None:
        """Return the text without the lines on which the key *path* stands with its value."""
        pair = self._pair(path)
        lines = None if pair is None else whole_lines(self._body, pair.start, pair.end)
        return None if lines is None else self._with([lines])

    def with_name(self, path: KeyPath, name: str) -> str | None:
        """Return the text with *name* for the last part of the key *path*, wherever that is written."""
        new = name if _BARE.fullmatch(name) else f'"{name}"'
        places = (one for one in self._reader.written if one.path == path)
        return self._with([Change(start=one.start, end=one.end, new=new) for one in places])

    def _pair(self, path: KeyPath) -> Pair | None:
        found = [pair for pair in self._reader.pairs if pair.path == path]
        return found[0] if len(found) == 1 else None

    def _with(self, changes: Iterable[Change]) -> str | None:
        after = changed(self._body, changes)
        try:
            Reader(after).read()
        except NotTomlError:
            return None
        return self._mark + after if after != self._body else None
