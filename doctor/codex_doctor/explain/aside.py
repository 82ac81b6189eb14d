"""Lines of a text that tell of no failure: what a program prints of itself, and what was asked and answered.

They are told in a file of signatures, so that the engine knows no program's words:

    :aside
      line    workdir:        such a line is left out, where there is another one of these too
      said    user            from a line that is just that, everything is left out ...
      ends    tokens used     ... until one that begins so
"""

from __future__ import annotations

from typing import Final

_ENOUGH: Final = 2
"""Different beginnings of lines that a text has at least: one alone may be of anything."""


class Aside:
    """What is left out of a text: lines that begin with one of *lines*, and those from *said* to *ends*."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.said: list[bytes] = []
        self.ends: list[bytes] = []

    def add(self, text: str) -> None:
        """Add what one line tells.

        :raises ValueError: it tells nothing of this.
        """
        word, _, rest = text.partition(" ")
        kinds = {"line": self.lines, "said": self.said, "ends": self.ends}
        if word not in kinds or not rest.strip():
            raise ValueError(text)
        kinds[word].append(rest.strip().encode())

    def without(self, text: bytes) -> bytes:
        """Return *text* without these lines, where it is one of the program's at all."""
        small = text.lower()
        if sum(small.startswith(begin) or b"\n" + begin in small for begin in self.lines) < _ENOUGH:
            return text
        kept: list[bytes] = []
        aside = False
        begins, ends = tuple(self.lines), tuple(self.ends)
        for line in text.split(b"\n"):
            said = line.strip().lower()
            aside = said in self.said or (aside and not said.startswith(ends))
            if not aside and not said.startswith(begins):
                kept.append(line)
        return b"\n".join(kept)
