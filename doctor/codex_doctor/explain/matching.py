"""Which problems a text tells of, the most likely first, and by which of their phrases each is known."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from codex_doctor.explain.places import AROUND, places
from codex_doctor.explain.signature import ENOUGH
from codex_doctor.explain.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codex_doctor.explain.phrase import Phrase
    from codex_doctor.explain.signature import Known, Signature

SURE: Final = 0.75
"""From here on one answer is given, if no other comes near."""

OWN: Final = 0.95
"""From here on a phrase is the failure's own, and no other program says the same."""

SMALL: Final = 1200
"""Words: a text of that many is looked at as one."""

SHORT: Final = 16 * 1024
"""Characters of a text that is looked at a second time, as if its lines had been broken inside words."""

_MORE: Final = 0.5
"""How much a further phrase counts: several of them mostly say the same."""

_OURS: Final = 0.35
"""How much of what is missing is made up for where the text is of the program itself."""

_HINTED: Final = 0.7
"""More than that hints alone are never worth."""

_OTHERS: Final = 0.55
"""What is left of a phrase that is not the failure's own where the text is of another program."""

_ELSEWHERE: Final = 0.8
"""The same where it is of another system than the problem, or of a version of Codex that has it not."""

_VERSION: Final = re.compile(rb" codex(?: cli)?(?: version)? v?0 (\d{1,4}) \d+ ")

_SYSTEMS: Final = {
    "windows": (b" windows ", b" win32 ", b" powershell ", b" c users ", b" appdata ", b" exe "),
    "macos": (b" darwin ", b" macos ", b" homebrew ", b" zsh ", b" library "),
    "linux": (b" linux ", b" ubuntu ", b" debian ", b" home ", b" wsl ", b" docker "),
}
"""Words by which a system shows in a text."""


class Candidate(NamedTuple):
    """A problem that a text may tell of: how likely, between 0 and 1, and the phrases that fit.

    *place*: the byte at which the surest of them last stands among the words that were looked at together.
    """

    name: str
    score: float
    why: tuple[str, ...]
    place: int = 0


def candidates(text: str | bytes, known: Known, *, ours: bool = False) -> list[Candidate]:
    """Return the problems that *text* tells of, the most likely first; none where nothing fits.

    *ours*: it is known to be of the program.
    """
    found = _in_words(words(text), known, ours=ours)
    lines = text.count("\n") if isinstance(text, str) else text.count(b"\n")
    if lines and len(text) <= SHORT and (not found or found[0].score < SURE):
        again = _in_words(words(text, joined=True), known, ours=ours)
        if again and (not found or again[0].score > found[0].score):
            return again
    return found


def is_ours(text: bytes, known: Known) -> bool:
    """Whether *text*, words with a blank around each, is of the program itself."""
    return any(phrase.found(text) for phrase in known.about)


def _in_words(heard: list[bytes], known: Known, *, ours: bool) -> list[Candidate]:
    present = Counter(heard)
    possible = known.possible(present)
    if len(heard) <= SMALL:
        found = _at(b" %b " % b" ".join(heard), possible, known, ours=ours)
        return sorted(found, key=lambda candidate: -candidate.score)
    best: dict[str, Candidate] = {}
    for place in places(heard, present, [phrase for _, phrases in possible for phrase in phrases]):
        piece = heard[max(0, place - AROUND) : place + AROUND]
        here = set(piece)
        near = [
            (signature, fitting)
            for signature, phrases in possible
            if (fitting := [phrase for phrase in phrases if phrase.may_fit(here)])
        ]
        for candidate in _at(b" %b " % b" ".join(piece), near, known, ours=ours):
            before = best.get(candidate.name)
            if before is None or candidate.score >= before.score:
                best.pop(candidate.name, None)  # the later one stands further behind
                best[candidate.name] = candidate
    latest_first = list(best.values())[::-1]
    return sorted(latest_first, key=lambda candidate: -candidate.score)


def _at(
    text: bytes, possible: Iterable[tuple[Signature, list[Phrase]]], known: Known, *, ours: bool
) -> Iterator[Candidate]:
    looked = False
    theirs = False
    systems: frozenset[str] = frozenset()
    version: int | None = None
    for signature, phrases in possible:
        fitting = [phrase for phrase in phrases if phrase.found(text)]
        if not fitting or any(phrase.found(text) for phrase in signature.unless):
            continue
        if not looked:
            looked = True
            ours = ours or is_ours(text, known)
            theirs = not ours and any(phrase.found(text) for phrase in known.others)
            systems = _systems(text)
            version = _version(text)
        if not ours:  # a hint is one only in a text that is of the program
            fitting = [phrase for phrase in fitting if phrase.weight >= ENOUGH]
        score = _score(sorted((phrase.weight for phrase in fitting), reverse=True), ours=ours, theirs=theirs)
        if systems and signature.systems and not systems & signature.systems:
            score *= _ELSEWHERE
        if version is not None and version not in signature.versions:
            score *= _ELSEWHERE
        if score >= ENOUGH:
            surest = sorted(fitting, key=lambda phrase: -phrase.weight)
            why = dict.fromkeys(phrase.readable for phrase in surest)
            yield Candidate(signature.name, score, tuple(why), surest[0].place(text))


def _score(weights: Sequence[float], *, ours: bool, theirs: bool) -> float:
    """Return how likely phrases of these *weights*, the greatest first, make a problem together."""
    score = 0.0
    for weight in weights:
        if theirs and weight < OWN:
            score = max(score, weight * _OTHERS)
        else:
            score += (1 - score) * weight * (_MORE if score else 1)
    if ours and score < SURE:
        score += (1 - score) * _OURS
    return score if weights and weights[0] >= ENOUGH else min(score, _HINTED)


def _systems(text: bytes) -> frozenset[str]:
    return frozenset(name for name, marks in _SYSTEMS.items() if any(mark in text for mark in marks))


def _version(text: bytes) -> int | None:
    """Return the second number of the version of Codex that *text* names last; the first is 0."""
    found = _VERSION.findall(text)
    return int(found[-1]) if found else None
