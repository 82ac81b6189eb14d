"""How close a text comes to each problem by its words alone, as was learnt from messages that were collected.

What was learnt stands in a text of its own, one word a line, and only the lines of the few words of a message
are taken apart:

    * -130 auth-401:-93 binary-broken:-101
    refused 8 41 0:6 1:-2

After a word: how much it shows that a text is of the program rather than of another one, how rare it is, and
how much it speaks for or against which problem, by its number in the first line; in whole tenths. There,
after `*` and in hundredths, stand how much any text shows it, and the names of the problems, with how much
speaks for each before a word is heard.

The weights are those of two linear methods over the words of a text, each counted once by how rare it is, and
all of them together as one: a logistic regression, and a linear support vector machine for each problem.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from codex_doctor.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_WORDS: Final = 300
"""Different words of one text that are looked up, the first: a message has fewer."""

RARE: Final = 45
"""How rare a word is that is told as a reason, in tenths: it stands in fewer than one of thirty texts."""

TENTHS: Final = 10
HUNDREDTHS: Final = 100
"""The units of what was learnt."""

_ANY: Final = "* "
_WHERE: Final = "signatures"


class Likeness(NamedTuple):
    """How close a text comes to a problem, and which of its rare words say so, the most telling first.

    *score* has no unit: from 0 on it is close, for the problem that a text is of it is mostly above -0.5, and
    for one of which it has no word near -1.
    """

    name: str
    score: float
    words: tuple[str, ...]


class Heard(NamedTuple):
    """What the words of a text tell: how close it comes to each problem, the closest first.

    *shown* is how much they show that it is of the program: 0 where it is as likely as not.
    """

    alike: tuple[Likeness, ...] = ()
    shown: float = 0.0


class Learnt:
    """What was learnt, as it is written above. All problems' *names*, in the order of their numbers.

    :raises CatalogueError: it cannot be understood.
    """

    def __init__(self, text: str) -> None:
        head, _, rest = text.strip().partition("\n")
        self.names: list[str] = []
        self._before: list[int] = []
        any_text, *problems = head.removeprefix(_ANY).split() or [""]
        try:
            self._shown = int(any_text)
            for problem in problems:
                name, _, before = problem.rpartition(":")
                self.names.append(name)
                self._before.append(int(before))
        except ValueError as error:
            where = f"the line after `:learnt` cannot be understood: {head[:40]!r}"
            raise CatalogueError(_WHERE, where) from error
        lines = (line.partition(" ") for line in rest.splitlines())
        self._told = {word: told for word, _, told in lines}

    def heard(self, words: Sequence[bytes]) -> Heard:
        """Return what *words* tell.

        :raises CatalogueError: what was learnt of one of them cannot be understood.
        """
        rare = shown = 0
        speaks: list[tuple[int, int, str]] = []
        for word in [*dict.fromkeys(words)][:MOST_WORDS]:
            said = word.decode("utf-8", "replace")
            told = self._told.get(said)
            if told is not None:
                each_shown, each_rare, weights = self._read(said, told)
                shown += each_shown
                rare += each_rare**2
                reason = said if each_rare >= RARE and _is_readable(said) else ""
                speaks += [(number, weight, reason) for number, weight in weights]
        if not rare:
            return Heard()
        length = sqrt(rare) / TENTHS
        found = self._alike(speaks, length)
        return Heard(alike=found, shown=self._shown / HUNDREDTHS + shown / TENTHS / length)

    def _read(self, word: str, told: str) -> tuple[int, int, list[tuple[int, int]]]:
        """Return what was *told* of *word*: how much it shows, how rare it is, and what it speaks for.

        :raises CatalogueError: it cannot be understood.
        """
        try:
            shown, rare, *weights = told.split()
            numbers = int(shown), int(rare)
            pairs = [(int(number), int(weight)) for number, weight in (each.split(":") for each in weights)]
        except ValueError:
            numbers = 0, 0
            pairs = [(-1, 0)]  # of no problem, as a number that is too great
        if any(number not in range(len(self.names)) for number, _ in pairs):
            raise CatalogueError(_WHERE, f"what was learnt of {word!r} cannot be understood")
        return numbers[0], numbers[1], pairs

    def _alike(self, speaks: Sequence[tuple[int, int, str]], length: float) -> tuple[Likeness, ...]:
        scores = [0] * len(self.names)
        words: dict[int, list[tuple[int, str]]] = {}
        for number, weight, word in speaks:
            scores[number] += weight
            if word and weight > 0:
                words.setdefault(number, []).append((-weight, word))
        found = (
            Likeness(
                name,
                self._before[number] / HUNDREDTHS + scores[number] / TENTHS / length,
                tuple(word for _, word in sorted(words.get(number, ()))),
            )
            for number, name in enumerate(self.names)
        )
        return tuple(sorted(found, key=lambda likeness: (-likeness.score, likeness.name)))


def _is_readable(word: str) -> bool:
    """Whether *word* tells a person something: a number does only where it is a status of HTTP."""
    return not word.isdigit() or (len(word) == len("404") and word[0] in "45")
