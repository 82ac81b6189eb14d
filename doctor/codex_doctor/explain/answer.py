"""The answer to a message: what it tells of, why, what to do; in words and as data.

Nothing of the message itself is in it, only the phrases that it was recognised by, and words that were learnt
from the messages of others: so no secret can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from codex_doctor.explain.likely import likely, sure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codex_doctor.explain.knowledge import Knowledge, Remembered
    from codex_doctor.explain.signature import Known
    from codex_doctor.model import Problem
    from codex_doctor.render.style import Style

SCHEMA: Final = 1

SHOWN: Final = 3
"""Phrases that are shown of each."""

FAINT: Final = 0.1
"""What is less likely is left to who reads the data: people have enough to read."""

_CHOICES: Final = (
    "No message that is known says this. What comes closest:",
    "This message may mean, not certainly:",
    "This message may mean:",
)
"""How a choice begins, by how many of it have words of their own in the message."""

_PAGE_PARTS: Final = ("## Why", "## What to do", "## How to confirm")


class Told(Struct, frozen=True, kw_only=True):
    """A problem that the message may tell of. *check*: there is one that looks for it on this machine.

    *said*: the message has words that are known of it; else it only comes close.
    """

    problem: Problem
    score: float
    why: tuple[str, ...]
    check: bool
    said: bool = True
    page: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """The problems that fit, the most likely first. *question* tells the first two apart."""

    told: tuple[Told, ...] = ()
    sure: bool = False
    question: str = ""

    @property
    def to_check(self) -> tuple[str, ...]:
        """The problems to look for here, by name: the answer, or of several the first two with a check."""
        if self.sure:
            return tuple(one.problem.name for one in self.told[:1] if one.check)
        close = [one for one in self.told[:SHOWN] if one.score >= FAINT]
        shown = [one for one in close if one.said] or close
        return tuple(one.problem.name for one in shown if one.check)[:2]

    @property
    def command(self) -> str:
        """The command that runs the checks for what may be meant, or nothing where there is none."""
        names = self.to_check
        return f"codex-doctor check {' '.join(names)}" if names else ""


def answer(text: str | bytes, knowledge: Sequence[Knowledge], known: Known, *, ours: bool = False) -> Answer:
    """Return what *text* tells of; *ours*: it is known to be of the program."""
    problems = {problem.name: (problem, each.page) for each in knowledge for problem in each.problems}
    found = [
        one for one in likely(text, known, ours=ours) if one.name in problems.keys() & known.signatures.keys()
    ]
    told = tuple(
        Told(
            problem=problems[one.name][0],
            score=round(one.score, 2),
            why=one.why[:SHOWN],
            check=known.signatures[one.name].checked,
            said=one.said,
            page=problems[one.name][1](one.name) or "",
        )
        for one in found
    )
    certain = sure(found)
    first_two = frozenset(one.name for one in found[:2])
    return Answer(told=told, sure=certain, question="" if certain else known.questions.get(first_two, ""))


def as_data(found: Answer) -> Mapping[str, Any]:
    """Return *found* as plain data, schema 1."""
    return {
        "schema": SCHEMA,
        "candidates": [
            {
                "code": one.problem.code,
                "name": one.problem.name,
                "score": one.score,
                "why": list(one.why),
                "said": one.said,
                "page": f"docs/troubleshooting/{one.problem.name}.md",
                "title": one.problem.title,
                "advice": one.problem.advice,
            }
            for one in found.told
        ],
        "confident": found.sure,
        "question": found.question or None,
        "command": found.command or None,
    }


def as_json(found: Answer, remembered: Remembered | None = None) -> str:
    """Return *found* as indented JSON, with the record it is about, if it is about one."""
    import json

    data = dict(as_data(found))
    if remembered is not None:
        data["recorded"] = {
            "said": remembered.said,
            "seen": remembered.often,
            "in": remembered.where,
            "last": remembered.when,
        }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def recorded(remembered: Remembered, *, style: Style) -> str:
    """Return what was recorded, for a person."""
    lines = [style.paint(f"What went wrong last: {remembered.often}", "bold")]
    lines += _wrapped("said", " ".join(remembered.said.split()), style)
    lines += _wrapped("in", remembered.where, style)
    return "\n".join(lines) + "\n"


def as_text(found: Answer, *, style: Style) -> str:
    """Return *found* for a person: the answer with its cause and fix, or what it may be."""
    if found.sure:
        return "\n".join(_answer(found, style)) + "\n"
    return "\n".join(_choice(found, style)) + "\n"


def _answer(found: Answer, style: Style) -> Iterator[str]:
    first = found.told[0]
    yield _head(first, style)
    yield from _wrapped("matched", _matched(first), style)
    yield from _wrapped("do", first.problem.advice, style)
    if found.command:
        yield from _row("check", found.command, style, "looks whether it is so on this machine")
    yield from _row("read", f"codex-doctor explain {first.problem.code}", style, "the whole page")
    for part in _parts(first.page):
        yield ""
        yield part
    rest = [one for one in found.told[1:] if one.said]
    if rest:
        yield ""
        yield style.paint("Less likely:", "dim")
        yield from (f"  {_head(one, style)}" for one in rest[:2])
    yield from _maybe([one for one in found.told[:SHOWN] if not one.said], style)


def _choice(found: Answer, style: Style) -> Iterator[str]:
    shown = found.told[:SHOWN]
    said = [one for one in shown if one.said]
    told = said if shown[0].said else shown  # where words speak for another first, all in their order
    yield style.paint(_CHOICES[min(len(told), 2) if said else 0], "bold")
    for one in told:
        yield ""
        yield _head(one, style)
        yield from _wrapped(*_reason(one), style)
        yield from _wrapped("do", one.problem.advice, style)
        yield from _row("read", f"codex-doctor explain {one.problem.code}", style)
    yield from _maybe([one for one in shown if one not in told], style)
    yield ""
    if found.question:
        yield from _wrapped("tell", found.question, style)
    if found.command:
        yield from _row("check", found.command, style, "looks which it is on this machine")


def _maybe(unsaid: Sequence[Told], style: Style) -> Iterator[str]:
    """Yield what may be meant although the message does not say it, each with the reason."""
    close = [one for one in unsaid if one.score >= FAINT and one.why]
    if close:
        yield ""
        yield style.paint("It may also be, though the message does not say so:", "dim")
    for one in close:
        yield f"  {_head(one, style)}"
        yield from _wrapped("why", ", ".join(one.why), style)


def _head(one: Told, style: Style) -> str:
    return f"{style.paint(f'{one.problem.code} {one.problem.name}', 'bold')}   {one.problem.title}"


def _matched(one: Told) -> str:
    return ", ".join(reason.removeprefix("matched ") for reason in one.why)


def _reason(one: Told) -> tuple[str, str]:
    """Return why *one* may be meant, with the label before it."""
    return ("matched", _matched(one)) if one.said else ("why", ", ".join(one.why))


def _row(label: str, command: str, style: Style, remark: str = "") -> Iterator[str]:
    from codex_doctor.render.style import LABEL

    yield f"  {label:<{LABEL - 2}}{style.paint(command, 'cyan')}{f'   ({remark})' if remark else ''}"


def _wrapped(label: str, text: str, style: Style) -> Iterator[str]:
    from codex_doctor.render.style import LABEL, WIDEST
    from codex_doctor.render.wrapping import wrapped

    first, *rest = wrapped(text, max(20, min(style.width, WIDEST) - LABEL))
    yield f"  {label:<{LABEL - 2}}{first}"
    yield from (f"{' ' * LABEL}{line}" for line in rest)


def _parts(page: str) -> Iterator[str]:
    """Yield the parts of a page that say why, what to do and how to confirm."""
    for part in page.split("\n## ")[1:]:
        text = f"## {part.strip()}"
        if text.startswith(_PAGE_PARTS):
            yield text
