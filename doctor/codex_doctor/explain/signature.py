"""What a catalogue knows of messages, as text files hold it: by which phrases each problem is known.

    refresh-token-reused            the problem; what belongs to it is indented
      exact   refresh_token_reused
      says    refresh token has already been used
      hint    another client ... token
      unless  mcp server

Each phrase is in the language of `codex_doctor.explain.phrase`. `exact` words are the failure's own and
decide alone, what it `says` is enough to answer, and a `hint` counts together with others, or in a text that
is of the program at all. A weight of one's own follows the word: `says@70`. `unless` rules the problem out,
`on` names the systems that it is found on (`linux`, `macos`, `windows`), and `unchecked` says that no check
looks for it.

Three words in place of a problem: `:about` (what shows that a text is of the program), `:others` (what shows
that it is of another one) and `:ask NAME NAME`, followed by a question that tells these two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.errors import CatalogueError
from codex_doctor.explain.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS: Final[Mapping[str, float]] = {"exact": 0.97, "says": 0.85, "hint": 0.4}
"""How sure a phrase alone makes one."""

ENOUGH: Final = 0.5
"""Less than that is no answer."""


class Signature:
    """By what the problem *name* is known."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.phrases: list[Phrase] = []
        self.unless: list[Phrase] = []
        self.systems: frozenset[str] = frozenset()
        self.checked = True


class Known:
    """Everything that some files of signatures say."""

    def __init__(self) -> None:
        self.signatures: dict[str, Signature] = {}
        self.about: list[Phrase] = []
        self.others: list[Phrase] = []
        self.questions: dict[frozenset[str], str] = {}

    def read(self, content: str, *, where: str) -> None:
        """Add what stands in *content*; *where* names it in a complaint.

        :raises CatalogueError: it cannot be understood.
        """
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
                    self._add(heading, text)
            except (KeyError, ValueError) as error:
                raise CatalogueError(where, f"line {number} cannot be understood: {text!r}") from error

    def _begin(self, heading: str) -> None:
        if not heading.startswith(":"):
            self.signatures.setdefault(heading, Signature(heading))

    def _add(self, heading: str, text: str) -> None:
        if heading == ":about":
            self.about.append(Phrase(text, 1.0))
        elif heading == ":others":
            self.others.append(Phrase(text, 1.0))
        elif heading.startswith(":ask "):
            self.questions[frozenset(heading.split()[1:])] = text
        else:
            _add(self.signatures[heading], text)


def _add(signature: Signature, text: str) -> None:
    word, _, rest = text.partition(" ")
    kind, _, weight = word.partition("@")
    rest = rest.strip()
    if word == "unless":
        signature.unless.append(Phrase(rest, 1.0))
    elif word == "on":
        signature.systems |= frozenset(rest.split())
    elif word == "unchecked":
        signature.checked = False
    elif rest:
        signature.phrases.append(Phrase(rest, int(weight) / 100 if weight else WEIGHTS[kind]))
    else:
        raise ValueError(text)
