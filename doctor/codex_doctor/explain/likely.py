"""What a text may mean: what its phrases say, what is often said in the same words, what comes close.

Only phrases make an answer. The others are told beside it, or where there is none, as what may be read next.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from codex_doctor.explain.matching import APART, OWN, candidates, is_ours, sure
from codex_doctor.explain.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    found = [
        Likely(one.name, one.score, tuple(f"matched `{phrase}`" for phrase in one.why), said=True)
        for one in said
    ]
    if sure(said) and said[0].score >= OWN:  # by its very own words: nothing else is meant
        return found[:MOST]
    for pair in zip_longest(_near(said, known), _close(text, said, known, ours=ours)):
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


def _close(text: str | bytes, said: Sequence[Candidate], known: Known, *, ours: bool) -> Iterator[Likely]:
    """Yield what has words in common with *text*; where no phrase fits, only if it complains and is ours."""
    from codex_doctor.explain.likeness import ENOUGH, alike, complains

    heard = words(text) if len(text) <= _LONG else []
    if not heard or len(heard) > _WORDS:
        return
    line = b" %b " % b" ".join(heard)
    if not said and not (complains(line) and (ours or is_ours(line, known))):
        return
    for one in alike(heard, known.told):
        if not said and one.score < ENOUGH:
            return
        shown = ", ".join(one.words[:_SHOWN])
        yield Likely(one.name, CLOSE, (f"has the words {shown}",), said=False)
