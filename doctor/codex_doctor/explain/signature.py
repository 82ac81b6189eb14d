"""What a catalogue knows of messages, as text files hold it: by which phrases each problem is known.

    refresh-token-reused            the problem; what belongs to it is indented
      exact   refresh_token_reused
      says    refresh token has already been used
      hint    another client ... token
      unless  mcp server

Each phrase is in the language of `codex_doctor.explain.phrase`. `exact` words are the failure's own and
sure alone, what it `says` is enough to answer, and a `hint` counts together with others, or in a text that
is of the program at all. A weight of one's own follows the word: `says@70`. `unless` rules the problem out,
`on` names the systems that it is found on (`linux`, `macos`, `windows`), `since 0.115` the first version of
Codex that has it, `until 0.131` the first one that has not, and `unchecked` says that no check looks for it.

Four words in place of a problem: `:about` (what shows that a text is of the program), `:others` (what shows
that it is of another one), `:aside` (lines that tell of no failure, see `codex_doctor.explain.aside`) and
`:ask NAME NAME`, followed by a question that tells these two apart. After `:learnt` everything is what
`codex_doctor.explain.likeness` reads.
"""

from __future__ import annotations

import re
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import CatalogueError
from codex_doctor.explain.aside import Aside
from codex_doctor.explain.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_doctor.explain.likeness import Learnt

WEIGHTS: Final[Mapping[str, float]] = {"exact": 0.97, "says": 0.85, "hint": 0.4}
"""How sure a phrase alone makes one."""

LEARNT: Final = re.compile(r"^:learnt[ \t\r]*$", re.MULTILINE)
"""After this line, none is of a signature."""

_HUNDRED: Final = 100

_NEVER: Final = 1 << 20
"""More than the second number of any version."""

ENOUGH: Final = 0.5
"""Less than that is no answer."""


class Signature:
    """By what the problem *name* is known; *number* tells its place among the others."""

    def __init__(self, name: str, number: int = 0) -> None:
        self.name = name
        self.number = number
        self.phrases: list[Phrase] = []
        self.unless: list[Phrase] = []
        self.systems: frozenset[str] = frozenset()
        self.versions = range(_NEVER)
        """The second numbers of those versions that have it; the first is 0."""
        self.checked = True


class Known:
    """Everything that some files of signatures say."""

    def __init__(self) -> None:
        self.signatures: dict[str, Signature] = {}
        self.about: list[Phrase] = []
        self.others: list[Phrase] = []
        self.aside = Aside()
        self.questions: dict[frozenset[str], str] = {}
        self._learnt = ""
        self._by_word: dict[bytes, list[tuple[Signature, Phrase]]] = {}

    @cached_property
    def learnt(self) -> Learnt | None:
        """What was learnt of the words of messages, where something was: of two, what was read first.

        :raises CatalogueError: it cannot be understood.
        """
        from codex_doctor.explain.likeness import Learnt

        return Learnt(self._learnt) if self._learnt.strip() else None

    def read(self, content: str, *, where: str, thoroughly: bool = False) -> None:
        """Add what stands in *content*; *where* names it in a complaint.

        *thoroughly*: take every phrase apart too, which is otherwise done when it may fit.

        :raises CatalogueError: it cannot be understood.
        """
        content, learnt = parted(content)
        self._learnt = self._learnt or learnt
        heading = ""
        add: Callable[[str], Phrase | None] = self._nothing
        for number, line in enumerate(content.splitlines(), start=1):
            text = line.strip()
            if not text or text.startswith("# "):
                continue
            try:
                if line[0] != " ":
                    heading = text
                    add = self._reader(heading)
                elif (added := add(text)) and thoroughly:
                    _ = added.parts
            except (KeyError, ValueError) as error:
                raise CatalogueError(where, f"line {number} cannot be understood: {text!r}") from error

    def _reader(self, heading: str) -> Callable[[str], Phrase | None]:
        """Return what adds a line that stands under *heading*, and returns the phrase that it is."""
        if heading == ":about":
            return partial(_mark, self.about)
        if heading == ":others":
            return partial(_mark, self.others)
        if heading == ":aside":
            return self.aside.add
        if heading.startswith(":ask "):
            return partial(self.questions.__setitem__, frozenset(heading.split()[1:]))
        if heading.startswith(":") or " " in heading:
            raise ValueError(heading)
        signature = self.signatures.setdefault(heading, Signature(heading, len(self.signatures)))
        return partial(self._add, signature)

    @staticmethod
    def _nothing(text: str) -> Phrase | None:
        raise ValueError(text)

    def _add(self, signature: Signature, text: str) -> Phrase | None:
        added = _add(signature, text)
        if added and added not in signature.unless:
            self._by_word.setdefault(added.key, []).append((signature, added))
        return added

    def possible(self, present: Mapping[bytes, object]) -> list[tuple[Signature, list[Phrase]]]:
        """Return the signatures that a text with the words *present* may fit, and by which phrases."""
        found: dict[Signature, list[Phrase]] = {}
        for word in (b"", *(self._by_word.keys() & present.keys())):
            for signature, phrase in self._by_word.get(word, ()):
                if phrase.may_fit(present):
                    found.setdefault(signature, []).append(phrase)
        # The words come in any order; the answer must not.
        return sorted(
            ((signature, sorted(phrases, key=_by_source)) for signature, phrases in found.items()),
            key=lambda pair: pair[0].number,
        )


def parted(content: str) -> tuple[str, str]:
    """Return the signatures in *content*, and what stands behind `:learnt`, if anything."""
    head, *learnt = LEARNT.split(content, maxsplit=1)
    return head, "".join(learnt)


def _by_source(phrase: Phrase) -> str:
    return phrase.source


def _mark(marks: list[Phrase], text: str) -> Phrase:
    phrase = Phrase(text, 1.0)
    marks.append(phrase)
    return phrase


def _add(signature: Signature, text: str) -> Phrase | None:
    """Add what *text* says to *signature*, and return it where it is a phrase.

    :raises ValueError: it cannot be understood.
    :raises KeyError: its first word is none of those that may stand there.
    """
    word, _, rest = text.partition(" ")
    rest = rest.strip()
    if word in WEIGHTS or "@" in word:
        if not rest:
            raise ValueError(text)
        phrase = Phrase(rest, WEIGHTS[word] if word in WEIGHTS else _weight(word))
        signature.phrases.append(phrase)
        return phrase
    if word == "unless":
        return _mark(signature.unless, rest)
    if word == "on":
        signature.systems |= frozenset(rest.split())
    elif word == "since":
        signature.versions = range(_minor(rest), signature.versions.stop)
    elif word == "until":
        signature.versions = range(signature.versions.start, _minor(rest))
    elif word == "unchecked":
        signature.checked = False
    else:
        raise ValueError(text)
    return None


def _minor(version: str) -> int:
    zero, _, second = version.partition(".")
    if zero != "0":
        raise ValueError(version)
    return int(second)


def _weight(word: str) -> float:
    """Return the weight that *word* tells, a number of hundredths behind its `@`.

    :raises ValueError: it is none.
    :raises KeyError: its kind is none of those that may stand there.
    """
    kind, _, hundredths = word.partition("@")
    if not WEIGHTS[kind] or not hundredths.isdecimal() or not 0 < int(hundredths[:4]) <= _HUNDRED:
        raise ValueError(word)
    return int(hundredths) / _HUNDRED
