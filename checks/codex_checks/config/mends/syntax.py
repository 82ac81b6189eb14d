"""What is meant where a text is not quite TOML, as far as only one reading is possible.

A Windows path in double quotes is what stands between them. A word without quotes that ends its line is
that text, and True is true. Curly quotes are quotes. What is set twice to the same value is set once.
Everything else is left to whoever wrote it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.config.mends.text import Change, changed, new_places, quoted, whole_lines
from codex_checks.config.shape import MisfitKind, misfits
from codex_checks.config.toml import MARK
from codex_doctor.toml.grammar import Reader
from codex_doctor.toml.lexicon import NotTomlError, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codex_doctor.toml.written import KeyPath, Pair, Repeated

LONGEST: Final = 300_000
"""Characters: they take a third of a second to read; the largest files that Codex wrote hold a third."""

_PATH: Final = re.compile(
    r'"(?:[A-Za-z]:[\\/]|\\\\[\w.?$-]+\\|%\w+%\\|[^"\\/:\n]*\\(?:Users|AppData|Windows)\b)[^"\x00-\x08\x0a-\x1f\x7f]*"'
)
"""A string on one line that is a path of Windows for sure: a drive, a share, a variable, a known folder."""

_WORD: Final = re.compile(r"""[A-Za-z/][^\s"'#,\[\]{}=]*(?=[ \t]*(?:\#[^\r\n]*)?\r?(?:\n|\Z))""")
"""A word that ends its line."""

_TRUTHS: Final = {"True": True, "TRUE": True, "False": False, "FALSE": False}
_AMBIGUOUS: Final = frozenset({"none", "null", "nil", "undefined", "yes", "no", "on", "off", "nan", "inf"})
"""Words that mean something elsewhere, and so two things here."""

_CURLY: Final = re.compile('[“”„]([^“”„"\\\\\x00-\x08\x0a-\x1f\x7f]*)[“”]')


class _Meant(Text):
    """A text that is read as it was meant; *changes* would make it say so itself.

    *guessed* are those of them after which a value must also be one that Codex expects there.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.changes: list[Change] = []
        self.guessed: list[Change] = []

    def _basic(self) -> str:
        opened = self.at
        try:
            return super()._basic()
        except NotTomlError:
            found = _PATH.match(self.text, opened)
            path = found[0][1:-1] if found else ""
            if not path or "\\\\" in path.removeprefix("\\\\"):  # some are written out, and some are not
                raise
            self.changes.append(self._say(opened, len(path) + 2, quoted(path)))
            return path

    def scalar(self) -> object:
        begins = self.at
        try:
            return super().scalar()
        except NotTomlError:
            if curly := _CURLY.match(self.text, begins):
                self.guessed.append(self._say(begins, len(curly[0]), f'"{curly[1]}"'))
                return curly[1]
            word = _WORD.match(self.text, begins)
            if word is None or word[0].lower() in _AMBIGUOUS:
                raise
            value = _TRUTHS.get(word[0], word[0])
            new = quoted(value) if isinstance(value, str) else str(value).lower()
            self.guessed.append(self._say(begins, len(word[0]), new))
            return value

    def _say(self, start: int, length: int, new: str) -> Change:
        self.at = start + length
        return Change(start=start, end=self.at, new=new)


def meant(text: str) -> str | None:
    """Return the TOML that *text* was meant to be, or None where that is not certain, or is what it is."""
    if len(text) > LONGEST:
        return None
    mark = MARK if text.startswith(MARK) else ""
    read = _Meant(text.removeprefix(MARK))
    reader = Reader(read, forgiving=True)
    try:
        reader.read()
    except NotTomlError:
        return None
    again = _removals(read.text, reader)
    changes = (*read.changes, *read.guessed, *(again or ()))
    if again is None or not changes:
        return None
    after = changed(read.text, changes)
    return mark + after if _is_sound(after, changes, read.guessed) else None


def _removals(text: str, reader: Reader) -> Sequence[Change] | None:
    """Return the removal of all that is said again, None where one thing is said in two ways."""
    found: list[Change] = []
    for one in reader.repeated:
        for start, end in _spans(one, reader.pairs):
            removal = whole_lines(text, start, end)
            if not one.same or removal is None:
                return None
            found.append(removal)
    return found


def _spans(one: Repeated, pairs: Iterable[Pair]) -> Iterator[tuple[int, int]]:
    yield one.start, one.end
    if one.section is not None:
        yield from (
            (pair.start, pair.end) for pair in pairs if pair.section == one.section and not pair.depth
        )


def _is_sound(after: str, changes: Sequence[Change], guessed: Sequence[Change]) -> bool:
    """Whether *after* is TOML, and what was guessed is what Codex expects in its place."""
    reader = Reader(after)
    try:
        values = reader.read()
    except NotTomlError:
        return False
    places = new_places(changes)
    paths = [path for change in guessed if (path := _innermost(places[change.start], reader.pairs))]
    return not any(
        misfit.path[: len(path)] == path
        for misfit in misfits(values)
        if misfit.kind is not MisfitKind.UNKNOWN
        for path in paths
    )


def _innermost(place: int, pairs: Iterable[Pair]) -> KeyPath:
    """Return the path of the value in which *place* is."""
    around = [pair for pair in pairs if pair.value <= place < pair.end]
    return max(around, key=lambda pair: pair.value).path if around else ()
