"""Learn what words tell from the messages that were collected.

    .venv/bin/pip install --group learn
    .venv/bin/python docs/learn_words.py

It writes docs/troubleshooting/signatures/words.txt, in the form that `codex_doctor.explain.likeness` reads:
how much each word shows that a text is of Codex rather than of another program, and for which problems it
speaks. Run it after a problem got its first signature, and after many messages or phrases were added; a few
make no difference. It takes ten seconds, and gives the same bytes for the same texts.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from codex_checks import pages
from codex_checks.recorded.signatures import known
from codex_doctor.explain.likeness import HUNDREDTHS, TENTHS
from codex_doctor.explain.signature import ENOUGH
from codex_doctor.explain.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codex_doctor.explain.signature import Signature

FILE: Final = Path(__file__).parent / "troubleshooting" / "signatures" / pages.LEARNT

GOLDEN: Final = Path(__file__).resolve().parents[1] / "tests" / "golden"

COLLECTED: Final = ("messages.tsv", "recorded_words.tsv", "reported.tsv", "reported_words.tsv")

OTHERS: Final = ("unrelated.txt", "resembling.txt")

OF_PROBLEMS: Final = 0.5
OF_THE_PROGRAM: Final = 10.0
"""How closely what is learnt follows the messages: `C` of both methods."""

LEAST: Final = 0.08
"""What a word speaks for a problem, in a text of one word, is left out below: in trials on a quarter of the
messages, learnt from the others, the right one is then among the first three as often (97.3 %)."""

OFTEN: Final = 2
"""In how many different texts a word stands at least: what one person alone wrote tells nothing of others."""

_TELLING: Final = re.compile(
    r"(?!.*\d.*\d.*\d)[a-z][a-z0-9_]{1,23}|\d{2,5}|[\u0400-\u1fff\u3040-\u9fff\uac00-\ud7af]{1,12}"
)
"""No long number, nothing that is somebody's own, as an id is, and no single letter with an accent."""

HEAD: Final = """\
# Learnt from the messages in tests/golden and from what the pages say: `python docs/learn_words.py`.
:learnt
"""


def main() -> None:
    """Write the file."""
    ours = [message for name in COLLECTED for message in labelled(lines(name))]
    for name, signature in known().signatures.items():
        ours += [(name, text) for text in (*shown(name), *said(signature))]
    FILE.write_text(
        HEAD + "\n".join(learnt(ours, [text for name in OTHERS for text in lines(name)])) + "\n", "utf-8"
    )


def lines(name: str) -> list[str]:
    """Return the lines of the file *name* that hold something."""
    found = (GOLDEN / name).read_text("utf-8").splitlines()
    return [line for line in found if line.strip() and not line.startswith("# ")]


def labelled(found: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each message behind the name of the problem that it is of; twice where it is of two."""
    for line in found:
        names, _, text = line.partition("\t")
        if names != "-":
            yield from ((name, text) for name in names.split())


def shown(name: str) -> Iterator[str]:
    """Yield what the page of *name* shows as what is seen, and what it says of it and why."""
    title, _, rest = (pages.page(name) or "").partition("## What to do")[0].partition("## What you see")
    seen, _, why = rest.partition("\n## ")
    yield f"{title} {why}"
    yield seen


def said(signature: Signature) -> Iterator[str]:
    """Yield the words of each phrase of *signature* that is enough for an answer."""
    for phrase in signature.phrases:
        if phrase.weight >= ENOUGH:
            yield re.sub(r"![^&]*|[|*]", " ", phrase.source)


def telling(text: str) -> list[str]:
    """Return the words of *text* that tell something, each once."""
    heard = (word.decode("utf-8", "replace") for word in words(text))
    return sorted({word for word in heard if _TELLING.fullmatch(word)})


def learnt(ours: Sequence[tuple[str, str]], others: Sequence[str]) -> Iterator[str]:
    """Yield what *ours*, texts behind their names, and the texts of *others* teach: a line for each word."""
    # Not among the tools of development: it is large, needed only here, and has no types.
    text: Any = import_module("sklearn.feature_extraction.text")
    linear: Any = import_module("sklearn.linear_model")
    vector_machines: Any = import_module("sklearn.svm")
    names, texts = zip(*ours, strict=True)
    measure = text.TfidfVectorizer(analyzer=telling, min_df=OFTEN)
    measure.fit(dict.fromkeys((*texts, *others)))  # one of two problems is there twice
    vectors = measure.transform([*texts, *others])
    program = linear.LogisticRegression(C=OF_THE_PROGRAM, max_iter=2000)
    program.fit(vectors, [True] * len(texts) + [False] * len(others))
    problems = vector_machines.LinearSVC(C=OF_PROBLEMS, random_state=0)
    problems.fit(vectors[: len(texts)], names)
    speaks = problems.coef_ * (abs(problems.coef_) >= LEAST) * measure.idf_ * TENTHS
    shows = program.coef_[0] * measure.idf_ * TENTHS
    before = (
        f"{name}:{round(each * HUNDREDTHS)}"
        for name, each in zip(problems.classes_, problems.intercept_, strict=True)
    )
    yield f"* {round(program.intercept_[0] * HUNDREDTHS)} {' '.join(before)}"
    for at, word in enumerate(measure.get_feature_names_out()):
        weights = (f"{number}:{round(each)}" for number, each in enumerate(speaks[:, at]) if round(each))
        yield " ".join((word, str(round(shows[at])), str(round(measure.idf_[at] * TENTHS)), *weights))


if __name__ == "__main__":
    main()
