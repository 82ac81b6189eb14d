"""Whether the names in settings are those of checks, areas and problems that there are."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from codex_doctor.catalogue import discover
from codex_doctor.examination import load
from codex_doctor.guests import strangers
from codex_doctor.settings.reading import Fault
from codex_doctor.settings.shape import RepositorySettings, Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from codex_doctor.toml.written import KeyPath


def strange(settings: Selection, where: Callable[[KeyPath], str]) -> Fault | None:
    """Return the first name in *settings* that nothing is called; None where third parties may know it."""
    installed = discover()
    catalogues = [loaded.catalogue for loaded in load(installed)]
    if strangers(installed, catalogues):
        return None
    problems = {
        word
        for each in catalogues
        for problem in each.problems
        for word in (problem.name, problem.code.lower())
    }
    checks = {
        word
        for each in catalogues
        for check in each.checks
        for word in (check.id, check.area, check.id.partition(".")[2])
    }
    for path, pattern in _problems(settings):
        if not _known(pattern, problems):
            return Fault(where=where(path), words=_words(pattern, problems, "problem"))
    for path, pattern in _selected(settings):
        if not _known(pattern, problems | checks):
            return Fault(
                where=where(path), words=_words(pattern, problems | checks, "check, area or problem")
            )
    return None


def _problems(settings: Selection) -> Iterator[tuple[KeyPath, str]]:
    for pattern in settings.severity:
        yield ("severity", pattern), pattern
    waivers = settings.waivers if isinstance(settings, RepositorySettings) else ()
    for place, waiver in enumerate(waivers):
        yield ("waivers", place, "problem"), waiver.problem


def _selected(settings: Selection) -> Iterator[tuple[KeyPath, str]]:
    for place, pattern in enumerate(settings.enable):
        yield ("enable", place), pattern
    for place, pattern in enumerate(settings.disable):
        yield ("disable", place), pattern


def _known(pattern: str, words: Iterable[str]) -> bool:
    return any(fnmatchcase(word, pattern.lower()) for word in words)


def _words(pattern: str, words: Iterable[str], what: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(pattern.lower(), sorted(words), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else " (see: codex-doctor checks)"
    return f"no {what} is called {pattern!r}{hint}"
