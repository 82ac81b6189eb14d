"""The collection as a whole: what is listed is complete, unique, documented and reachable."""

from __future__ import annotations

import re
from collections import Counter
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, Final

import pytest

import fix_rules
from codex_checks import pages
from codex_checks.catalogue import catalogue
from codex_checks.problems import PROBLEMS, RETIRED
from codex_checks.unchecked import UNCHECKED
from codex_doctor.model import AREAS, Problem
from codex_doctor.readings import allowed_touches
from codex_doctor.testing.pages import wrong_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codex_doctor.check import Check
    from codex_doctor.probe import Probe

CHECKS: Final = catalogue().checks

SEAMS: Final = {name: unchecked.told_by for name, unchecked in UNCHECKED.items()}
"""Problems that no check reports, and who does instead."""

NOT_A_PROBLEM: Final = {"index", "writing-a-check", "README"}
"""Pages that are about something else."""

HUNDREDS: Final = {
    "1": {"auth", "account"},
    "2": {"config"},
    "3": {"network"},
    "4": {"tls"},
    "5": {"service", "models", "usage"},
    "6": {"install", "terminal"},
    "7": {"sandbox"},
    "8": {"files", "state", "mcp"},
    "9": {"hosts", "doctor"},
}
"""Which areas a code's hundred may stand for."""


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _matching(pattern: str, names: Iterable[str]) -> set[str]:
    return {name for name in names if fnmatchcase(name, pattern)}


def _page(problem: Problem) -> str:
    return pages.page(problem.name) or ""


every_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
every_page = pytest.mark.parametrize(
    "problem", [problem for problem in PROBLEMS if pages.page(problem.name)], ids=lambda problem: problem.name
)
every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)


OFFLINE: Final = allowed_touches(offline=True, live=False)


def _probes(needs: Iterable[Probe[Any]]) -> Iterator[Probe[Any]]:
    for need in needs:
        actual = need.optional_of or need
        yield actual
        yield from _probes(actual.needs)


def test_what_is_read_offline_needs_no_event_loop() -> None:
    read = {probe for check in CHECKS for probe in _probes(check.needs) if probe.touches <= OFFLINE}

    assert len(read) > 50
    assert sorted(probe.id for probe in read if not probe.blocking) == []


def test_there_is_something_to_check() -> None:
    assert (len(PROBLEMS) > 0, len(CHECKS) > 0) == (True, True)


def test_no_code_is_used_twice() -> None:
    assert _twice(problem.code for problem in PROBLEMS) == []


def test_no_name_is_used_twice() -> None:
    assert _twice(problem.name for problem in PROBLEMS) == []


def test_no_title_is_used_twice() -> None:
    titles = [problem.title for problem in PROBLEMS] + [check.title for check in CHECKS]

    assert _twice(titles) == []


def test_no_check_id_is_used_twice() -> None:
    assert _twice(check.id for check in CHECKS) == []


def test_nothing_retired_is_used_again() -> None:
    assert {word for problem in PROBLEMS for word in (problem.code, problem.name)} & set(RETIRED) == set()


def test_problems_are_sorted_by_code() -> None:
    assert list(PROBLEMS) == sorted(PROBLEMS, key=lambda problem: problem.code)


def test_checks_are_sorted_by_id() -> None:
    assert list(CHECKS) == sorted(CHECKS, key=lambda check: check.id)


def test_every_page_is_about_a_problem() -> None:
    names = {path.stem for path in pages.folder().glob("*.md")} - NOT_A_PROBLEM

    assert names - {problem.name for problem in PROBLEMS} == set()


def test_no_problem_explains_its_own_cause() -> None:
    names = [problem.name for problem in PROBLEMS]
    follows = {
        problem.name: {
            name for pattern in problem.explains for name in _matching(pattern, names) - {problem.name}
        }
        for problem in PROBLEMS
    }

    TopologicalSorter(follows).prepare()  # raises CycleError, which names the circle


def test_a_seam_is_a_problem() -> None:
    assert set(SEAMS) - {problem.name for problem in PROBLEMS} == set()


@every_problem
def test_a_title_is_one_sentence_that_starts_like_one(problem: Problem) -> None:
    assert re.fullmatch(r"[A-Z0-9`$~.*][^\n]*[^.!?\s]", problem.title)


@every_problem
def test_an_advice_is_made_of_sentences(problem: Problem) -> None:
    assert re.fullmatch(r"[A-Z`][^\n]*[.)]", problem.advice)
    assert "please" not in problem.advice.lower()


@every_problem
def test_a_code_stands_in_the_hundred_of_its_area(problem: Problem) -> None:
    assert problem.area in HUNDREDS[problem.code[3]]


@every_problem
def test_a_problem_is_reported_by_a_check_or_declared_a_seam(problem: Problem) -> None:
    reported_by = [check.id for check in CHECKS if problem in check.reports]

    assert (reported_by != []) is not (problem.name in SEAMS), (
        f"no check in CHECKS reports {problem.name}, or one does and codex_checks/unchecked.py has it too"
    )


@every_problem
def test_what_a_problem_explains_exists(problem: Problem) -> None:
    names = [other.name for other in PROBLEMS if other is not problem]

    assert [pattern for pattern in problem.explains if not _matching(pattern, names)] == []


@every_problem
def test_what_a_problem_blocks_exists(problem: Problem) -> None:
    ids = [check.id for check in CHECKS]

    assert [pattern for pattern in problem.blocks if not _matching(pattern, ids)] == []


@every_problem
def test_a_problem_has_a_page(problem: Problem) -> None:
    assert pages.page(problem.name) is not None, f"write docs/troubleshooting/{problem.name}.md"


@every_page
def test_a_page_holds_what_every_page_must(problem: Problem) -> None:
    assert list(wrong_with(problem, _page(problem), judged=problem.name not in SEAMS)) == []


@every_page
def test_a_command_of_a_page_works_outside_a_repository(problem: Problem) -> None:
    said = re.findall(r"codex exec\b[^`\n]*", _page(problem))

    assert [each for each in said if " hi" in each and "--skip-git-repo-check" not in each] == []


@every_check
def test_an_id_is_an_area_and_a_claim(check: Check) -> None:
    assert check.area in AREAS
    assert re.fullmatch(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)+", check.id)


@every_check
def test_a_check_title_is_one_sentence_without_a_full_stop(check: Check) -> None:
    assert re.fullmatch(r"[A-Z0-9`$~.*][^\n]*[^.!?\s]", check.title)


@every_check
def test_what_a_check_reports_is_in_the_collection(check: Check) -> None:
    assert [problem.name for problem in check.reports if problem not in PROBLEMS] == [], (
        "these problems are not in the PROBLEMS at the end of their module"
    )
    assert len(set(check.reports)) == len(check.reports) > 0


@every_page
def test_a_page_tells_nobody_to_do_what_no_fix_may(problem: Problem) -> None:
    fences = re.findall(r"^```(?:sh|powershell)\n(.*?)^```", _page(problem), flags=re.MULTILINE | re.DOTALL)

    assert [word for fence in fences for line in fence.splitlines() for word in fix_rules.dangers(line)] == []
