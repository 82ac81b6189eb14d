"""Which problems a text comes close to by its words, where no phrase says so: what may be read next.

The words of all phrases of a problem are looked for in any order, and so is each together with the next one.
A word counts the more the fewer problems have it, and a problem of which much is known counts for no more
than another.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, islice, pairwise
from math import log
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

SHORTEST: Final = 3
"""Letters: shorter words are in nearly every text."""

MOST_WORDS: Final = 200
"""Different words of one text that are looked for, and pairs of them, the first: a message has fewer."""

ENOUGH: Final = 5.0
"""Of a text that no phrase fits, less than that is chance."""

UNNAMED: Final = 9.0
"""The same of one in which nothing names the program."""

_LONG: Final = 1600
"""Characters that are known of one problem by which it counts for half."""

EVERYWHERE: Final = frozenset(
    b"the and for not your you with has have was are this that from can its but all any codex openai chatgpt"
    b" exact says hint unless like".split()
)
"""Words that tell nothing: of every text, of every text of the program, and of the signatures' own form."""

_COMPLAINS: Final = re.compile(
    rb" (?:err\w*|e[a-z]{4,12}\d?|fail\w*|fatal|cannot|couldn?|can t|won t|isn t|unable|den\w*|invalid"
    rb"|missing|refus\w*|reject\w*|timed|timeout|unexpected|unknown|unsupported|unauthorized|forbidden|exceed\w*"
    rb"|expired|no such|not \w+|block\w*|broken|corrupt\w*|crash\w*|panicked|stuck|hang\w*|warning"
    rb"|disabled|deprecated|disconnect\w*|retry\w*|limits?|reached|no|lost|closed|wrong|problems?|ended|stopped"
    rb"|still|never|ignor\w*|stale|empty|slow|instead|warn|issue|exited|killed|denied|loops?|keeps|old|too"
    rb"|[45]\d\d) "
)
"""What a text says that tells of something wrong."""

_DENIED: Final = re.compile(r"![^&\n]*")
_RULES: Final = re.compile(r"\n +(?:unless|on|since|until|near) .*")
"""What must not be in a text, and what a line says that is not of one."""

_BETWEEN: Final = "|&?"
"""What stands between words."""


class Likeness(NamedTuple):
    """How close a text comes to a problem, in no unit, and the words that they have in common."""

    name: str
    score: float
    words: tuple[str, ...]


class Told(NamedTuple):
    """All that is known of problems, words with a blank around each: that of one *name* ends at its *end*.

    *stems* are the beginnings of words that stand in it with a `*`.
    """

    text: str
    names: tuple[str, ...]
    ends: tuple[int, ...]
    stems: frozenset[str]


def told_of(signatures: str) -> Told:
    """Return what *signatures* tell of each problem, without what must not be in a text."""
    known: dict[str, str] = {}
    told = _RULES.sub("", _DENIED.sub("", signatures))
    for sign in _BETWEEN:
        told = told.replace(sign, " ")
    for block in re.split(r"\n(?=[^\s#])", "\n" + told):
        name, _, text = block.lstrip("\n").partition("\n")
        if text and not name.startswith((":", "#")):
            known[name] = known.get(name, " ") + text.replace("\n", " ") + " "
    whole = "".join(known.values())
    ends = tuple(accumulate(map(len, known.values())))
    return Told(whole, tuple(known), ends, frozenset(_stems(whole)))


def _stems(text: str) -> Iterator[str]:
    """Yield the beginnings of words that stand in *text* with a `*`."""
    at = text.find("* ")
    while at >= 0:
        stem = text[text.rfind(" ", 0, at) + 1 : at]
        if len(stem) >= SHORTEST and "*" not in stem:
            yield stem
        at = text.find("* ", at + 1)


def complains(text: bytes) -> bool:
    """Whether *text*, words with a blank around each, tells of something wrong, or is not all English."""
    return not text.isascii() or _COMPLAINS.search(text) is not None


def alike(heard: Sequence[bytes], told: Told) -> list[Likeness]:
    """Return the problems that have words in common with *heard*, the closest first."""
    scores: dict[int, float] = {}
    common: dict[int, list[tuple[float, str]]] = {}
    for words in _asked(heard):
        forms = (f" {words} ",) if " " in words else _forms(words, told.stems)
        places = {place for form in forms for place in _places(form, told)}
        worth = log(1 + len(told.names) / len(places)) if places else 0.0
        for place in places:
            scores[place] = scores.get(place, 0.0) + worth
            common.setdefault(place, []).append((-worth, words))
    found = [
        Likeness(
            told.names[place],
            score / (1 + (told.ends[place] - (told.ends[place - 1] if place else 0)) / _LONG),
            tuple(words for _, words in sorted(common[place]) if " " not in words),
        )
        for place, score in scores.items()
    ]
    return sorted(found, key=lambda likeness: (-likeness.score, likeness.name))


def _asked(heard: Sequence[bytes]) -> Iterator[str]:
    """Yield the words of *heard* that tell something, then the pairs of them that stand together."""
    single = (word for word in dict.fromkeys(heard) if len(word) >= SHORTEST and word not in EVERYWHERE)
    pairs = (b"%b %b" % pair for pair in dict.fromkeys(pairwise(heard)) if min(map(len, pair)) >= SHORTEST)
    for words in (*islice(single, MOST_WORDS), *islice(pairs, MOST_WORDS)):
        yield words.decode("utf-8", "replace")


def _forms(word: str, stems: Collection[str]) -> Iterator[str]:
    yield f" {word} "
    yield from (f" {word[:end]}* " for end in range(SHORTEST, len(word)) if word[:end] in stems)


def _places(form: str, told: Told) -> Iterator[int]:
    """Yield the numbers of the problems of which *form* is told."""
    at = told.text.find(form)
    while at >= 0:
        place = bisect_right(told.ends, at)
        yield place
        at = told.text.find(form, told.ends[place])
