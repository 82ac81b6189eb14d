"""The page of a problem, by its name or code: offline, without examining anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.model import Problem
    from codex_doctor.wire import Described


class Explained(Struct, frozen=True, kw_only=True):
    """A problem and the text of its page, in Markdown."""

    problem: Problem
    page: str


def explain(word: str, catalogues: Sequence[Catalogue]) -> Explained | None:
    """Return the page of the problem that is called *word* (a name or a code), or None."""
    for catalogue in catalogues:
        for problem in catalogue.problems:
            if word.lower() == problem.name or word.upper() == problem.code:
                page = catalogue.page(problem.name)
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


def as_catalogue(described: Described) -> Catalogue:
    """Return the problems and pages of a third party as a catalogue without checks."""
    return Catalogue(
        checks=(), problems=described.problems, page=described.pages.get, retired=described.retired
    )


def retired(word: str, catalogues: Sequence[Catalogue]) -> str | None:
    """Return what became of a name or code that is no longer used, or None."""
    for catalogue in catalogues:
        became = catalogue.retired.get(word.lower()) or catalogue.retired.get(word.upper())
        if became:
            return became
    return None


def near(word: str, catalogues: Sequence[Catalogue]) -> list[str]:
    """Return the names that come close to *word*, the closest first; at most three."""
    from difflib import get_close_matches

    names = [problem.name for catalogue in catalogues for problem in catalogue.problems]
    codes = [problem.code for catalogue in catalogues for problem in catalogue.problems]
    return get_close_matches(word.lower(), names, n=3, cutoff=0.5) or get_close_matches(
        word.upper(), codes, n=3, cutoff=0.8
    )
