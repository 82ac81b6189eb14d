"""Where in a long text something may stand that is known: ten megabytes are looked through in half a second.

Each phrase is looked for by that of its words which the text has least often.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from codex_doctor.explain.phrase import Phrase

AROUND: Final = 200
"""Words on each side of a place that belong to it."""

PLACES: Final = 60
"""Places that are looked at: where the surest was said, and of these the last."""

EACH: Final = 20
"""Places of one phrase: the last ones."""

TRIES: Final = 500
"""Places of its rarest word at which one phrase is looked for: the last ones."""


def places(heard: Sequence[bytes], counts: Mapping[bytes, int], phrases: Sequence[Phrase]) -> list[int]:
    """Return the numbers of words in *heard*, in order, near which one of *phrases* may fit.

    *counts* says how often each word is there, and each of *phrases* may fit these words.
    """
    stems = _alike({phrase.start for phrase in phrases if not phrase.plain}, counts)
    rarest = {phrase: min(phrase.plain, key=counts.__getitem__) for phrase in phrases if phrase.plain}
    wanted = set(rarest.values()).union(*stems.values())
    at: dict[bytes, list[int]] = {word: [] for word in wanted}
    for number in [number for number, word in enumerate(heard) if word in wanted]:
        at[heard[number]].append(number)
    sure: dict[int, float] = {}
    for phrase in phrases:
        for number in _standing(phrase, rarest.get(phrase), at, heard, stems):
            sure[number] = max(sure.get(number, 0.0), phrase.weight)
    chosen: dict[int, int] = {}
    for number in sorted(sure, key=lambda number: (-sure[number], -number)):
        chosen.setdefault(number // (AROUND // 2), number)
        if len(chosen) == PLACES:
            break
    return sorted(chosen.values())


def _alike(starts: set[bytes], present: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """Return for each of *starts* the words in *present* that begin with it, or hold its foreign letters."""
    latin = tuple(start for start in starts if start.isascii())
    found: dict[bytes, list[bytes]] = {start: [] for start in starts}
    foreign: list[bytes] = []
    for word in present:
        if not word.isascii():
            foreign.append(word)
        elif word.startswith(latin):
            for start in latin:
                if word.startswith(start):
                    found[start].append(word)
    for start in starts.difference(latin):
        found[start] = list(_holding(start, b" %b " % b" ".join(foreign)))
    return found


def _holding(letters: bytes, text: bytes) -> Iterator[bytes]:
    """Yield the words of *text*, which has a blank around each, that hold *letters*."""
    at = text.find(letters)
    while at >= 0:
        end = text.index(b" ", at)
        yield text[text.rindex(b" ", 0, at) + 1 : end]
        at = text.find(letters, end)


def _standing(
    phrase: Phrase,
    rarest: bytes | None,
    at: Mapping[bytes, Sequence[int]],
    heard: Sequence[bytes],
    stems: Mapping[bytes, Sequence[bytes]],
) -> Iterator[int]:
    """Yield where *phrase* may stand, by its *rarest* word and the words next to that."""
    if rarest is None:
        yield from sorted(number for stem in stems[phrase.start] for number in at[stem])[-EACH:]
        return
    beside = phrase.beside(rarest)
    found = 0
    for number in islice(reversed(at[rarest]), TRIES):
        if all(heard[number + by : number + by + 1] == [word] for by, word in beside):
            yield number
            found += 1
            if found == EACH:
                return
