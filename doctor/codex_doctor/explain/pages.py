"""The page of a problem, by its name or code: offline, without examining anything."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.explain.knowledge import Knowledge
    from codex_doctor.model import Problem


class Explained(Struct, frozen=True, kw_only=True):
    """A problem and the text of its page, in Markdown."""

    problem: Problem
    page: str


def explain(word: str, knowledge: Sequence[Knowledge]) -> Explained | None:
    """Return the page of the problem that is called *word* (a name or a code), or None."""
    for each in knowledge:
        for problem in each.problems:
            if word.lower() == problem.name or word.upper() == problem.code:
                page = each.page(problem.name)
                return None if page is None else Explained(problem=problem, page=page)
    return None


def as_json(word: str, found: Explained | None) -> str:
    """Return the answer for programs: one candidate or none, as indented JSON."""
    import json

    candidates = []
    if found:
        problem = found.problem
        page = f"docs/troubleshooting/{problem.name}.md"
        why = [f"{word} is its {'code' if word.upper() == problem.code else 'name'}"]
        candidates = [{"code": problem.code, "name": problem.name, "score": 1.0, "why": why, "page": page}]
    return json.dumps({"schema": 1, "candidates": candidates, "confident": bool(found)}, indent=2) + "\n"


def retired(word: str, knowledge: Sequence[Knowledge]) -> str | None:
    """Return what became of a name or code that is no longer used, or None."""
    for each in knowledge:
        became = each.retired.get(word.lower()) or each.retired.get(word.upper())
        if became:
            return became
    return None


def near(word: str, knowledge: Sequence[Knowledge]) -> list[str]:
    """Return the names that come close to *word*, the closest first; at most three."""
    from difflib import get_close_matches

    names = [problem.name for each in knowledge for problem in each.problems]
    codes = [problem.code for each in knowledge for problem in each.problems]
    return get_close_matches(word.lower(), names, n=3, cutoff=0.5) or get_close_matches(
        word.upper(), codes, n=3, cutoff=0.8
    )


def shown(markdown: str) -> str:
    """Return the page as a terminal shows it best, or as it is written where there is no terminal."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return markdown
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(no_color=bool(os.environ.get("NO_COLOR")) or None)
    with console.capture() as captured:
        console.print(Markdown(markdown))
    return captured.get()
