"""What a catalogue says of itself: its names, and the pages of its problems."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

from codex_doctor.model import AREAS
from codex_doctor.testing.pages import wrong_with
from codex_doctor.testing.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codex_doctor.catalogue import Catalogue
    from codex_doctor.check import Check
    from codex_doctor.model import Problem
    from codex_doctor.testing.proving.steps import Steps

_CHECK_ID: Final = re.compile(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*")
_RESERVED: Final = "CDX"


def prove_names(catalogue: Catalogue, steps: Steps, *, taken: Sequence[str], built_in: bool) -> None:
    """Note which names of *catalogue* have another form than agreed, or are in *taken* by somebody else."""
    problems, checks = catalogue.problems, catalogue.checks
    others = frozenset(taken)
    for what, used in (
        ("code", [problem.code for problem in problems]),
        ("name", [problem.name for problem in problems]),
        ("check id", [check.id for check in checks]),
    ):
        for word in sorted(set(used) & others):
            steps.breach(Rule.NAMES, word, f"the {what} {word} is codex-doctor's own: choose another")
        for word in _twice(used):
            steps.breach(Rule.NAMES, word, f"the {what} {word} is used twice")
    for problem in problems:
        if problem.code.startswith(_RESERVED) and not built_in:
            steps.breach(
                Rule.NAMES, problem.name, f"{problem.code} starts with {_RESERVED}, which is the doctor's own"
            )
        if {problem.code, problem.name} & set(catalogue.retired):
            steps.breach(Rule.NAMES, problem.name, "its code or name is retired, and never used again")
    for check in checks:
        _prove_check(check, problems, steps)


def _prove_check(check: Check, problems: Sequence[Problem], steps: Steps) -> None:
    if not _CHECK_ID.fullmatch(check.id) or check.area not in AREAS:
        areas = ", ".join(AREAS)
        steps.breach(
            Rule.NAMES, check.id, f"an id is an area, a full stop and a claim in kebab-case ({areas})"
        )
    for problem in check.reports:
        if problem not in problems:
            steps.breach(
                Rule.NAMES, check.id, f"it reports {problem.name}, which the catalogue does not list"
            )


def prove_pages(catalogue: Catalogue, steps: Steps) -> None:
    """Note which problems of *catalogue* have no page, or one that lacks something."""
    judged = [problem for check in catalogue.checks for problem in check.reports]
    for problem in catalogue.problems:
        done = steps.do(problem.name, "its page is read", partial(catalogue.page, problem.name))
        text = done.value
        if done.error is not None:
            steps.breach(Rule.PAGES, problem.name, f"its page cannot be read: {done.error!r}")
        elif not isinstance(text, str):
            steps.breach(Rule.PAGES, problem.name, f"it has no page: write pages/{problem.name}.md")
        else:
            for fault in wrong_with(problem, text, judged=problem in judged):
                steps.breach(Rule.PAGES, problem.name, fault)


def _twice(words: Iterable[str]) -> list[str]:
    return sorted(word for word, count in Counter(words).items() if count > 1)
