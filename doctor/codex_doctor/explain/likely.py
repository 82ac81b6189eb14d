"""What a text may mean: what its phrases say, and how close its words come to each problem.

A phrase makes an answer. What only comes close is told beside it, or where no phrase fits, as what may be
meant; and where a text has the words of another problem, that comes before a phrase that is not the failure's
own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codex_doctor.explain.matching import SMALL, SURE, candidates, is_ours
from codex_doctor.explain.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codex_doctor.explain.likeness import Heard, Likeness
    from codex_doctor.explain.matching import Candidate
    from codex_doctor.explain.signature import Known

APART: Final = 0.08
"""By how much the next one has to be less likely than the answer."""

MOST: Final = 5
"""Candidates that are told of."""

CLOSE: Final = 0.5
"""How likely that is at most which only comes close: less than what a phrase says."""

FALLS: Final = 0.4
"""How much less likely each unit makes it by which it is further away than the closest."""

DOUBT: Final = 0.9
"""By how much words alone may speak against a phrase: one that is the failure's own is surer than that."""

LATER: Final = 0.1
APART_BYTES: Final = 150
"""How much it counts that one message stands so many bytes behind another one."""

SHOWN: Final = -0.2
"""Where no phrase fits and nothing names the program: how much the words show at least that it is of it, and
how close it comes at least, together. Of texts of other programs that were not learnt from 1 in 100 does."""

SHOWN_ALONE: Final = 0.5
"""The same where it has one rare word in common with what it comes closest to."""

COMPLAINING: Final = -0.85
"""Where no phrase fits: how close the program's own text comes at least, if it tells of something wrong."""

SILENT: Final = -0.7
"""The same of a text that tells of nothing wrong."""

_COMPLAINS: Final = (
    rb" (?:err\w*|eacces|eperm|eno\w+|econn\w+|etime\w+|eaddr\w+|epipe|eexist|ebusy|erofs|einval\w*"
    rb"|fail\w*|fatal|cannot|couldn?|can t|won t|isn t|unable|den\w*|invalid"
    rb"|missing|refus\w*|reject\w*|timed|timeout|unexpected|unknown|unsupported|unauthorized|forbidden|exceed\w*"
    rb"|expired|no such|not \w+|block\w*|broken|corrupt\w*|crash\w*|panicked|stuck|hang\w*|warning"
    rb"|disabled|deprecated|disconnect\w*|retry\w*|limits?|reached|no|lost|closed|wrong|problems?|ended|stopped"
    rb"|still|never|ignor\w*|stale|empty|slow|instead|warn|issue|exited|killed|loops?|keeps|old|too"
    rb"|[45]\d\d) "
)
"""What a text says that tells of something wrong."""

FEWEST: Final = 2
"""Rare words that a text has in common at least with what it comes closest to."""

ALONE: Final = -0.6
"""How close it comes at least where one is enough, because the text tells of something wrong."""

_NAMED: Final = 4
"""Words that are named."""

_VALUES: Final = rb"(?i)(pass(?:word|wd|phrase)?|secret|key|token)=[^\s&]+"
"""What somebody keeps to himself, which may be a word: it is no reason to name."""

_LONG: Final = 32 * 1024
"""Bytes: of a longer text, a log, nothing is told by its words, for it has them all; nor of one of more than
`SMALL` words."""


class Likely(NamedTuple):
    """A problem that a text may mean, how likely, and why: phrases, or words that were learnt.

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
    text = known.aside.without(text.encode("utf-8", "replace") if isinstance(text, str) else text)
    said = candidates(text, known, ours=ours)
    heard = words(re.sub(_VALUES, rb"\1", text)) if known.learnt and len(text) <= _LONG else []
    if not known.learnt or not 0 < len(heard) <= SMALL:
        return [_by_phrases(one) for one in said[:MOST]]
    told = known.learnt.heard(heard)
    if not said and not _is_close(told, b" %b " % b" ".join(heard), known, ours=ours):
        return []
    behind = {one.name: one.score - told.alike[0].score for one in told.alike}
    ranked = [
        (one.score + _later(one, said) + max(-DOUBT, behind.get(one.name, 0.0)), _by_phrases(one))
        for one in said
    ]
    phrased = {one.name for one in said}
    ranked += [
        (behind[one.name], _by_words(one, behind))
        for one in told.alike[: MOST + len(said)]
        if one.name not in phrased
    ]
    ranked.sort(key=lambda each: -each[0])
    return list(_falling(one for _, one in ranked[:MOST]))


def _later(one: Candidate, said: Sequence[Candidate]) -> float:
    """Return how much it counts for *one* that it stands behind another: what came last is what matters."""
    behind = any(one.place - other.place > APART_BYTES for other in said if other.score >= SURE)
    return LATER if behind and one.score >= SURE else 0.0


def sure(found: Sequence[Likely]) -> bool:
    """Whether the first of *found* is the answer."""
    if not found or found[0].score < SURE:
        return False
    return len(found) == 1 or found[0].score - found[1].score >= APART


def _by_phrases(one: Candidate) -> Likely:
    return Likely(one.name, one.score, tuple(f"matched `{phrase}`" for phrase in one.why), said=True)


def _by_words(one: Likeness, behind: Mapping[str, float]) -> Likely:
    why = (f"has the words {', '.join(one.words[:_NAMED])}",) if one.words else ()
    score = max(0.0, CLOSE + FALLS * behind[one.name])
    return Likely(one.name, score, why, said=False)


def _falling(found: Iterator[Likely]) -> Iterator[Likely]:
    """Yield *found*, none of them more likely than the one before."""
    most = 1.0
    for one in found:
        most = min(most, one.score)
        yield one._replace(score=most)


def _is_close(told: Heard, line: bytes, known: Known, *, ours: bool) -> bool:
    """Whether what is *told* by the words of *line* is worth telling, where no phrase fits."""
    if not told.alike:
        return False
    closest = told.alike[0].score
    complains = _complains(line)
    alone = len(told.alike[0].words) < FEWEST
    if not told.alike[0].words or (alone and not (complains and closest >= ALONE)):
        return False
    if ours or is_ours(line, known):
        return closest >= (COMPLAINING if complains else SILENT)
    return told.shown + closest >= (SHOWN_ALONE if alone else SHOWN)


def _complains(line: bytes) -> bool:
    """Whether *line*, words with a blank around each, tells of something wrong, or is not all English."""
    return not line.isascii() or re.search(_COMPLAINS, line) is not None
