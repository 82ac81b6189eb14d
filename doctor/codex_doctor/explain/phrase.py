"""A phrase: the words by which a failure is known, wherever they stand, in a language without surprises.

    refresh token * already been used     words; `*` stands for any one word
    mcp client for ... timed out          `...` stands for up to eight words, or none
    gpt* is|was not supported             the beginning of a word; one word or another
    status 404 & url http & !openai       everything around `&` in one place, and nothing after `!`

`#` is a number, and `word?` may be missing. Capitals and punctuation do not count. Nothing in it can take
more than a bounded time for each place of a text, whoever wrote it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from codex_doctor.explain.words import words

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_WORD: Final = rb"[^ ]{1,80}"
"""Bounded: a text may be one word of ten million letters."""

MOST_GAPS: Final = 2
"""`...` in one part: each of them multiplies the ways to look at a place by nine."""

MOST_OPTIONAL: Final = 3
"""`word?` in one part: each of them doubles these ways."""

LONGEST: Final = 400
"""Characters of a phrase: those of the project have up to 150."""

_SPECIAL: Final = frozenset({"*", "...", "#"})

_PLAIN: Final = re.compile(r"[a-z0-9_]+")

_NEVER: Final = re.compile(rb"(?!)")
"""Stands for a pattern that was not compiled yet."""


class Part:
    """One of the phrases around `&`. *anchor* stands in every text that the part fits; it may be empty."""

    __slots__ = ("_pattern", "anchor", "negated", "source")

    def __init__(self, source: str) -> None:
        self.negated = source.startswith("!")
        self.source = source.removeprefix("!").strip()
        anchors = _anchors(self.source)
        self.anchor = max(anchors, key=len, default=b"")
        plain = len(anchors) == 1 and self.anchor.count(b" ") == len(self.source.split()) + 1
        self._pattern: re.Pattern[bytes] | None = None if plain else _NEVER

    def found(self, text: bytes) -> bool:
        """Whether the part stands in *text*: words with a blank between them, and at both ends."""
        if self.anchor not in text:
            return False
        if self._pattern is None:
            return True
        if self._pattern is _NEVER:
            self._pattern = re.compile(_pattern(self.source))
        return self._pattern.search(text) is not None


class Phrase:
    """Parts that belong together, and how sure they alone make one: between 0 and 1.

    It is taken apart when it may fit: of a thousand phrases few ever do.
    """

    def __init__(self, source: str, weight: float) -> None:
        self.source = source
        self.weight = weight

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts, those that must not fit too.

        :raises ValueError: there is no word that must be there, or it may take too long.
        """
        if len(self.source) > LONGEST:
            raise ValueError(f"{self.source[:40]!r}: more than {LONGEST} characters take too long")
        parts = tuple(Part(each.strip()) for each in self.source.split("&"))
        if not any(part.anchor for part in parts if not part.negated):
            raise ValueError(f"{self.source!r}: it has no word that must be there")
        if any(part.source.split().count("...") > MOST_GAPS for part in parts):
            raise ValueError(f"{self.source!r}: more than {MOST_GAPS} gaps take too long")
        if any(sum(word.endswith("?") for word in part.source.split()) > MOST_OPTIONAL for part in parts):
            raise ValueError(
                f"{self.source!r}: more than {MOST_OPTIONAL} words that may be missing take too long"
            )
        return parts

    @property
    def readable(self) -> str:
        """The phrase as a person reads it: one of each choice, `…` for what may stand there."""
        said = [part.source for part in self.parts if not part.negated]
        pieces = [_readable(piece) for source in said for piece in (*source.split(), "...")]
        return re.sub(r"(?:… ?)+", "… ", " ".join(pieces)).strip().removesuffix("…").strip()

    @cached_property
    def plain(self) -> tuple[bytes, ...]:
        """Those of its words that leave no choice, from the parts that must fit, each by itself."""
        return tuple(
            piece.encode()
            for part in self.source.split("&")
            if not part.strip().startswith("!")
            for piece in part.split()
            if _is_plain(piece)
        )

    def beside(self, word: bytes) -> list[tuple[int, bytes]]:
        """Return the words that stand at a known distance from *word*, one of the `plain` ones."""
        for part in self.parts:
            pieces = part.source.split()
            if not part.negated and word.decode() in pieces:
                middle = pieces.index(word.decode())
                return [*_row(pieces, middle, 1), *_row(pieces, middle, -1)]
        return []

    @property
    def key(self) -> bytes:
        """One of the `plain` words, the first; nothing where there is none."""
        first = self.source.partition(" ")[0]  # of most phrases it is that
        return first.encode() if _is_plain(first) else next(iter(self.plain), b"")

    @property
    def start(self) -> bytes:
        """How a word begins that is in every text that the phrase fits, or the foreign letters in one."""
        anchor = max((part.anchor for part in self.parts if not part.negated), key=len)
        return (anchor.split() or [b""])[0]

    def may_fit(self, known: Container[bytes]) -> bool:
        """Whether a text with the words *known* may fit; quick, and never wrong where it says no."""
        return all(map(known.__contains__, self.plain))

    def place(self, text: bytes) -> int:
        """Return the byte of *text*, which it fits, at which the words last stand that must be there."""
        return max(text.rfind(part.anchor) for part in self.parts if not part.negated)

    def found(self, text: bytes) -> bool:
        """Whether the phrase fits *text*."""
        return all(part.found(text) != part.negated for part in self.parts)


def _readable(piece: str) -> str:
    if piece in _SPECIAL:
        return "…"
    first = piece.removesuffix("?").partition("|")[0]
    return f"{first.strip('*')}…" if first.endswith("*") else first.strip("*")


def _row(pieces: list[str], middle: int, step: int) -> Iterator[tuple[int, bytes]]:
    """Yield the plain words on one side of the one at *middle*, until there is a choice."""
    at = middle + step
    while 0 <= at < len(pieces) and _is_plain(pieces[at]):
        yield at - middle, pieces[at].encode()
        at += step


def _is_plain(piece: str) -> bool:
    return _PLAIN.fullmatch(piece) is not None


def _anchors(source: str) -> list[bytes]:
    """Return what stands in every text that *source* fits: runs of words, and the parts of words."""
    found: list[bytes] = []
    run: list[bytes] = []
    for piece in (*source.split(), "*"):
        plain = words(piece)
        if piece in _SPECIAL or "|" in piece or piece.endswith(("*", "?")) or not piece.isascii():
            if run:
                found.append(b" %b " % b" ".join(run))
                run = []
            if not piece.isascii():  # a language that puts no blanks between words
                found.append(max(plain, key=len, default=b""))
            elif plain and "|" not in piece and not piece.endswith("?"):
                found.append(b" " + plain[0])
        elif piece.startswith("*") and plain:
            found.append(plain[-1] + b" ")
        else:
            run += plain
    return found


def _pattern(source: str) -> bytes:
    """Return *source* as a regular expression over words; each word takes the blank after it."""
    return b" " + b"".join(map(_piece, source.split()))


def _piece(piece: str) -> bytes:
    if piece == "...":
        return rb"(?:%b ){0,8}?" % _WORD
    if piece == "*":
        return _WORD + b" "
    if piece == "#":
        return rb"[0-9]{1,20} "
    optional = b"?" if piece.endswith("?") else b""
    return rb"(?:%b)%b" % (b"|".join(map(_choice, piece.removesuffix("?").split("|"))), optional)


def _choice(word: str) -> bytes:
    before = rb"[^ ]{0,80}" if word.startswith("*") else b""
    after = rb"[^ ]{0,80}" if word.endswith("*") else b""
    if not word.isascii():
        before = after = rb"[^ ]{0,80}"
    return before + rb" ".join(map(re.escape, words(word))) + after + b" "
