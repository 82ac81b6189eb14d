"""What a text may mean: what its phrases say, what is often said in the same words, what comes close.

Only phrases make an answer. The others are told beside it, or where there is none, as what may be read next.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from codex_doctor.explain.matching import APART, candidates, is_ours
from codex_doctor.explain.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.explain.likeness import Likeness
    from codex_doctor.explain.matching import Candidate
    from codex_doctor.explain.signature import Known

MOST: Final = 5
"""Candidates that are told of."""

WANTED: Final = 3
"""Candidates that are filled up to."""

NEAR: Final = 0.45
"""How likely a neighbour of the first is at most: less than what a phrase says."""

CLOSE: Final = 0.3
"""The same of what only has words in common."""

SHOWS: Final = 5
"""Where no phrase fits: how much the words of a text show at least that it is of the program.
One in two hundred texts of other programs that were not learnt from shows as much and comes close."""

COMMON: Final = 0.1
"""How much the words that a text has in common with a problem count beside what a phrase says."""

_SHOWN: Final = 4
"""Words in common that are named."""

_WORDS: Final = 1200
_LONG: Final = 32 * 1024
"""Words, and bytes: of a longer text, a log, nothing is told by its words, for it has them all."""


class Likely(NamedTuple):
    """A problem that a text may mean, how likely, and why: in words that hold nothing of the text itself.

    *said*: a phrase that is known of it fits.
    """

    name: str
    score: float
    why: tuple[str, ...]
    said: bool


def likely(text: str | bytes, known: Known, *, ours: bool = False) -> list[Likely]:
    """Return what *text* may mean, the most likely first; nothing where nothing comes close.

    *ours*: it is known to be of the program.
    """
    said = candidates(text, known, ours=ours)
    alike = _alike(text, said, known, ours=ours)
    said = _closest_first(said, alike)
    found = [
        Likely(one.name, one.score, tuple(f"matched `{phrase}`" for phrase in one.why), said=True)
        for one in said
    ]
    for pair in zip_longest(_near(said, known), _close(alike)):
        for more in pair:
            if more and len(found) < WANTED and all(one.name != more.name for one in found):
                found.append(more)
    return found[:MOST]


def _near(said: Sequence[Candidate], known: Known) -> Iterator[Likely]:
    """Yield the neighbours of the first."""
    for first in said[:1]:
        score = max(0.0, min(NEAR, first.score - APART))
        for name in known.signatures[first.name].near:
            yield Likely(name, score, (f"often said where it is {first.name}",), said=False)


def _close(alike: Sequence[Likeness]) -> Iterator[Likely]:
    """Yield what has words in common with the text."""
    for one in alike:
        shown = ", ".join(one.words[:_SHOWN])
        yield Likely(one.name, CLOSE, (f"has the words {shown}",), said=False)


def _closest_first(said: Sequence[Candidate], alike: Sequence[Likeness]) -> list[Candidate]:
    """Return *said*; of those that are nearly as likely, the one first that has more words in common."""
    if not alike:
        return [*said]
    most = alike[0].score
    common = {one.name: one.score / most for one in alike}
    return sorted(said, key=lambda one: -(one.score + COMMON * common.get(one.name, 0.0)))


def _alike(text: str | bytes, said: Sequence[Candidate], known: Known, *, ours: bool) -> list[Likeness]:
    """Return what has words in common with *text*; where no phrase fits, only if it complains and is ours."""
    from codex_doctor.explain.likeness import ENOUGH, UNNAMED, alike, complains

    heard = words(text) if len(text) <= _LONG else []
    if not heard or len(heard) > _WORDS:
        return []
    if said:
        return alike(heard, known.told)
    line = b" %b " % b" ".join(heard)
    if not complains(line):
        return []
    named = ours or is_ours(line, known)
    if not named and known.shows(heard) < SHOWS:
        return []
    least = ENOUGH if named else UNNAMED
    return [one for one in alike(heard, known.told) if one.score >= least]
