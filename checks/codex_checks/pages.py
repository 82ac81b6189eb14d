"""The troubleshooting pages: the packaged copy, else the repository's own folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codex_doctor.model import Problem

# Not with pathlib: a quick answer would take longer to load it than to use it.
_HERE: Final = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120
_PLACES: Final = (
    os.path.join(_HERE, "pages"),  # noqa: PTH118
    os.path.join(os.path.dirname(os.path.dirname(_HERE)), "docs", "troubleshooting"),  # noqa: PTH118, PTH120
)
"""A wheel carries the pages inside the package; a development install reads the repository's."""


LEARNT: Final = "words.txt"
"""What was learnt, among the signatures: `python docs/learn_words.py` writes it."""

MESSAGES: Final = 4
"""Messages of one problem that the index lists."""


def folder() -> Path:
    """Return the folder that holds the pages."""
    from pathlib import Path

    return Path(_folder())


def page_file(name: str) -> Path | None:
    """Return the file that holds the page of the problem *name*, or None where there is none."""
    path = folder() / f"{name}.md"
    return path if path.is_file() else None


def page(name: str) -> str | None:
    """Return the text of the page of the problem *name*, or None where there is none."""
    try:
        return _read(_folder(), f"{name}.md")
    except FileNotFoundError:
        return None


def signatures() -> str:
    """Return by which messages each problem is known: the files beside the pages, what was learnt last."""
    place = os.path.join(_folder(), "signatures")  # noqa: PTH118
    names = sorted(name for name in os.listdir(place) if name.endswith(".txt") and name != LEARNT)  # noqa: PTH208
    return "\n".join(_read(place, name) for name in (*names, LEARNT))


def _folder() -> str:
    return next((place for place in _PLACES if os.path.isdir(place)), _PLACES[0])  # noqa: PTH112


def _read(place: str, name: str) -> str:
    with open(os.path.join(place, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        return file.read()


def index(problems: Sequence[Problem]) -> str:
    """Return the index of the pages in Markdown: every problem by area, and every message by its words.

    `python -m codex_checks.pages` writes it to `docs/troubleshooting/index.md`.
    """
    from codex_doctor.model import AREAS

    lines = [
        "# Troubleshooting",
        "",
        "One page for each problem: what you see, why, what to do, how to confirm.",
        "`codex-doctor explain NAME` shows the same page in the terminal, offline.",
        "How to add a check is told in [writing-a-check.md](writing-a-check.md).",
    ]
    for area in AREAS:
        rows = [problem for problem in problems if problem.area == area]
        if rows:
            lines += ["", f"## {area}", "", "| code | page | what is wrong |", "|---|---|---|"]
            lines += [f"| {row.code} | [{row.name}]({row.name}.md) | {row.title} |" for row in rows]
    lines += ["", "## Found by no check", "", *_unchecked(problems)]
    lines += ["", "## By message", "", *_by_message(problems)]
    return "\n".join(lines) + "\n"


def _unchecked(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield a table of the problems that no check reports, who tells of them, and why no check does."""
    from codex_checks.unchecked import UNCHECKED

    yield "These are recognised by what was said, or told of by the command that meets them."
    yield ""
    yield "| page | told of by | why no check finds it |"
    yield "|---|---|---|"
    for problem in problems:
        if (known := UNCHECKED.get(problem.name)) is not None:
            yield f"| [{problem.name}]({problem.name}.md) | `{known.told_by}` | {known.why} |"


def _by_message(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield a table of the words by which problems are known, in the order of the alphabet."""
    from codex_doctor.explain.signature import ENOUGH, Known

    yield "What is said, in small letters and without punctuation; `…` stands for anything. A whole message,"
    yield "or a log, is looked up by `codex-doctor explain`. Of a log of more than 1 MB it looks at the last"
    yield "640 KB, at the first 64 KB, and between these at the last 256 KB that tell of something wrong."
    yield ""
    yield "| what you see | page |"
    yield "|---|---|"
    known = Known()
    known.read(signatures(), where="signatures")
    pages = {problem.name for problem in problems}
    rows: set[tuple[str, str]] = set()
    for name in pages & known.signatures.keys():
        phrases = sorted(known.signatures[name].phrases, key=lambda phrase: -phrase.weight)
        shown = dict.fromkeys(phrase.readable for phrase in phrases if phrase.weight >= ENOUGH)
        rows.update((words, name) for words in list(shown)[:MESSAGES])
    yield from (f"| {words} | [{name}]({name}.md) |" for words, name in sorted(rows))


if __name__ == "__main__":
    from codex_checks.problems import PROBLEMS

    (folder() / "index.md").write_text(index(PROBLEMS), "utf-8")
