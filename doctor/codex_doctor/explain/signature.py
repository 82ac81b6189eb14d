"""What a catalogue knows of messages, as text files hold it: by which phrases each problem is known.

    refresh-token-reused            the problem; what belongs to it is indented
      exact   refresh_token_reused
      says    refresh token has already been used
      hint    another client ... token
      unless  mcp server

Each phrase is in the language of `codex_doctor.explain.phrase`. `exact` words are the failure's own and
decide alone, what it `says` is enough to answer, and a `hint` counts together with others, or in a text that
is of the program at all. A weight of one's own follows the word: `says@70`. `unless` rules the problem out,
`on` names the systems that it is found on (`linux`, `macos`, `windows`), `near` the problems that are often
told in the same words, and `unchecked` says that no check looks for it.

Three words in place of a problem: `:about` (what shows that a text is of the program), `:others` (what shows
that it is of another one) and `:ask NAME NAME`, followed by a question that tells these two apart.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import CatalogueError
from codex_doctor.explain.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.explain.likeness import Told

WEIGHTS: Final[Mapping[str, float]] = {"exact": 0.97, "says": 0.85, "hint": 0.4}
"""How sure a phrase alone makes one."""

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
        self.near: tuple[str, ...] = ()
        self.checked = True


class Known:
    """Everything that some files of signatures say."""

    def __init__(self) -> None:
        self.signatures: dict[str, Signature] = {}
        self.about: list[Phrase] = []
        self.others: list[Phrase] = []
        self.questions: dict[frozenset[str], str] = {}
        self.content = ""
        self._by_word: dict[bytes, list[tuple[Signature, Phrase]]] = {}

    @cached_property
    def told(self) -> Told:
        """All that is known of each problem, as `codex_doctor.explain.likeness` looks through it."""
        from codex_doctor.explain.likeness import told_of

        return told_of(self.content)

    def read(self, content: str, *, where: str, thoroughly: bool = False) -> None:
        """Add what stands in *content*; *where* names it in a complaint.

        *thoroughly*: take every phrase apart too, which is otherwise done when it may fit.

        :raises CatalogueError: it cannot be understood.
        """
        self.content += content + "\n"
        heading = ""
        for number, line in enumerate(content.splitlines(), start=1):
            text = line.strip()
            if not text or text.startswith("# "):
                continue
            try:
                if not line.startswith(" "):
                    heading = text
                    self._begin(heading)
                else:
                    added = self._add(heading, text)
                    _ = added.parts if thoroughly and added else ()
            except (KeyError, ValueError) as error:
                raise CatalogueError(where, f"line {number} cannot be understood: {text!r}") from error

    def _begin(self, heading: str) -> None:
        if not heading.startswith(":"):
            self.signatures.setdefault(heading, Signature(heading, len(self.signatures)))

    def _add(self, heading: str, text: str) -> Phrase | None:
        if heading in {":about", ":others"}:
            phrase = Phrase(text, 1.0)
            (self.about if heading == ":about" else self.others).append(phrase)
            return phrase
        if heading.startswith(":ask "):
            self.questions[frozenset(heading.split()[1:])] = text
            return None
        signature = self.signatures[heading]
        added = _add(signature, text)
        if added:
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


def _by_source(phrase: Phrase) -> str:
    return phrase.source


def _add(signature: Signature, text: str) -> Phrase | None:
    """Add what *text* says to *signature*, and return it where it is a phrase to look for.

    :raises ValueError: it cannot be understood.
    :raises KeyError: its first word is none of those that may stand there.
    """
    word, _, rest = text.partition(" ")
    kind, _, weight = word.partition("@")
    rest = rest.strip()
    if word == "unless":
        signature.unless.append(Phrase(rest, 1.0))
    elif word == "on":
        signature.systems |= frozenset(rest.split())
    elif word == "near":
        signature.near += tuple(rest.split())
    elif word == "unchecked":
        signature.checked = False
    elif rest:
        phrase = Phrase(rest, int(weight) / 100 if weight else WEIGHTS[kind])
        signature.phrases.append(phrase)
        return phrase
    else:
        raise ValueError(text)
    return None
