"""Learn what words tell from the messages that were collected: `python docs/learn_words.py`.

It writes docs/troubleshooting/signatures/words.txt: how much each word shows that a text is of Codex rather
than of another program, and which words of its messages each problem has besides those of its phrases. Run it
after messages were added to tests/golden, or a page shows something new.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from math import exp, log
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zlib import crc32

from codex_checks import pages
from codex_doctor.explain.likeness import EVERYWHERE, SHORTEST, told_of
from codex_doctor.explain.signature import EVERY
from codex_doctor.explain.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FILE: Final = "words.txt"

GOLDEN: Final = Path(__file__).resolve().parents[1] / "tests" / "golden"

COLLECTED: Final = ("messages.tsv", "recorded_words.tsv", "reported.tsv")

UNIT: Final = 0.1
"""Of the logarithm of how much more likely a text is of Codex than of another program."""

LEAST: Final = 3
"""Units: less than that tells nothing."""

TURNS: Final = 10
STEP: Final = 0.3
"""How often, and how fast at first, the weights are learnt: more changes nothing in five-fold trials."""

MOST: Final = 16
"""Words, and pairs of words, that are told of one problem."""

_TELLING: Final = re.compile(r"(?!.*\d.*\d.*\d)[a-z][a-z0-9_]{1,23}")
"""No number, and nothing that is somebody's own, as an id is."""

_NUMBER: Final = re.compile(r"\d{2,5}")

HEAD: Final = """\
# Learnt from the messages in tests/golden and from what the pages show: `python docs/learn_words.py`.
"""


def main() -> None:
    """Write the file."""
    place = pages.folder() / "signatures"
    signatures = "\n".join(
        file.read_text("utf-8") for file in sorted(place.glob("*.txt")) if file.name != FILE
    )
    messages = [message for name in COLLECTED for message in labelled(lines(name))]
    weights = shown([text for _, text in messages], lines("unrelated.txt"))
    written = [HEAD, ":words", *weights, "", *typical(messages, signatures)]
    (place / FILE).write_text("\n".join(written) + "\n", "utf-8")


def lines(name: str) -> list[str]:
    """Return the lines of the file *name* that hold something."""
    found = (GOLDEN / name).read_text("utf-8").splitlines()
    return [line for line in found if line.strip() and not line.startswith("# ")]


def labelled(found: Iterable[str]) -> Iterator[tuple[list[str], str]]:
    """Yield each message with the names of the problems that it is of."""
    for line in found:
        names, _, text = line.partition("\t")
        if names != "-":
            yield names.split(), text


def shown(ours: list[str], others: list[str]) -> Iterator[str]:
    """Yield the words and pairs that show what a text is of, by how much they do, the most first."""
    texts = [(_features(text), own) for group, own in ((ours, 1), (others, 0)) for text in group]
    texts.sort(key=lambda each: crc32(" ".join(sorted(each[0])).encode()))  # in no order, and always the same
    by_weight: dict[int, list[str]] = {}
    for each, exact in regression(texts).items():
        weight = round(exact / UNIT)
        if abs(weight) >= LEAST or not each:
            by_weight.setdefault(weight, []).append(each.replace(" ", "+") or EVERY)
    for weight in sorted(by_weight, reverse=True):
        yield f"  {weight:+d} {' '.join(sorted(by_weight[weight]))}"


def regression(texts: Sequence[tuple[frozenset[str], int]]) -> dict[str, float]:
    """Return the weight of each feature in a logistic regression; that of `""` is the intercept."""
    weights: dict[str, float] = {"": 0.0}
    for turn in range(TURNS):
        step = STEP / (1 + 0.2 * turn)
        for features, own in texts:
            total = weights[""] + sum(weights.get(each, 0.0) for each in features)
            change = step * (own - 1 / (1 + exp(-max(-30.0, min(30.0, total)))))
            weights[""] += 0.3 * change
            for each in features:
                weights[each] = weights.get(each, 0.0) + change
    return weights


def _features(text: str) -> frozenset[str]:
    """Return the words of *text* and the pairs of words that stand together."""
    said = _said(text)
    single = {word for word in said if _TELLING.fullmatch(word) or _NUMBER.fullmatch(word)}
    return frozenset(single | {f"{one} {other}" for one, other in pairwise(said) if {one, other} <= single})


def typical(messages: Iterable[tuple[list[str], str]], signatures: str) -> Iterator[str]:
    """Yield of each problem that *signatures* know the words of its messages that they do not hold."""
    told = told_of(signatures)
    said: dict[str, Counter[str]] = {}
    for names, text in (*messages, *_pages(told.names)):
        for name in names:
            said.setdefault(name, Counter()).update(set(_telling(_said(text))))
    spread = Counter(words for counts in said.values() for words in counts)
    for name, begin, end in sorted(zip(told.names, (0, *told.ends), told.ends, strict=False)):
        worth = {
            words: log(1 + often) * log(1 + len(said) / spread[words])
            for words, often in said.get(name, {}).items()
            if f" {words} " not in told.text[begin:end]
        }
        best = sorted(worth, key=lambda words: (-worth[words], words))[:MOST]
        if best:
            yield name
            yield f"  like {' & '.join(sorted(best))}"


def _pages(names: Iterable[str]) -> Iterator[tuple[list[str], str]]:
    """Yield each line that the page of a problem shows as what is seen, with its name."""
    for name in names:
        seen = (pages.page(name) or "").partition("## What you see")[2].partition("\n## ")[0]
        for line in seen.splitlines():
            if line.strip() and not line.startswith("```"):
                yield [name], line


def _said(text: str) -> list[str]:
    return [word.decode("utf-8", "replace") for word in words(text)]


def _telling(said: list[str]) -> Iterator[str]:
    """Yield the words that tell something, and the pairs of such that stand together."""
    plain = {
        word for word in said if (_TELLING.fullmatch(word) and len(word) >= SHORTEST) or not word.isascii()
    }
    yield from (word for word in plain if word.encode() not in EVERYWHERE)
    yield from (f"{one} {other}" for one, other in pairwise(said) if {one, other} <= plain)


if __name__ == "__main__":
    main()
