from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from codex_checks import pages
from codex_checks.catalogue import CHECKS
from codex_checks.problems import PROBLEMS
from codex_doctor.explain.signature import Known

if TYPE_CHECKING:
    from codex_doctor.explain.signature import Signature
    from codex_doctor.model import Problem

KNOWN: Final = Known()
KNOWN.read(pages.signatures(), where="signatures")

CHECKED: Final = frozenset(problem.name for check in CHECKS for problem in check.reports)


@pytest.mark.parametrize("signature", KNOWN.signatures.values(), ids=lambda signature: signature.name)
def test_every_phrase_of_a_signature_can_fit_something(signature: Signature) -> None:
    for phrase in (*signature.phrases, *signature.unless):
        assert any(part.anchor for part in phrase.parts), phrase.source
    assert signature.phrases
    assert signature.systems <= {"linux", "macos", "windows"}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_signature_says_whether_a_check_looks_for_its_problem(problem: Problem) -> None:
    signature = KNOWN.signatures.get(problem.name)

    assert signature is None or signature.checked == (problem.name in CHECKED)


def test_a_signature_is_of_a_problem() -> None:
    assert KNOWN.signatures.keys() - {problem.name for problem in PROBLEMS} == set()


def test_a_neighbour_is_another_problem_that_has_messages() -> None:
    for name, signature in KNOWN.signatures.items():
        assert name not in signature.near
        assert set(signature.near) <= KNOWN.signatures.keys(), name


def test_every_problem_has_its_messages_but_those_of_which_nothing_is_said() -> None:
    assert {problem.name for problem in PROBLEMS} - KNOWN.signatures.keys() == {
        "access-token-missing",
        "account-refused",
        "auth-file-exposed",
        "auth-save-left-behind",
        "auth-tokens-not-renewed",
        "codex-doctor-report-incomplete",
        "codex-doctor-says",
        "daemon-environment-differs",
        "disk-nearly-full",
        "dotenv-overrides-shell",
        "host-model-not-offered",
        "last-refresh-missing",
        "account-id-mismatch",
        "codex-home-exposed",
        "required-not-examined",
        "own-checks-invalid",
        "repair-interrupted",
        "update-changes-another",
        "usage-limit-near",
    }


def test_every_question_tells_two_problems_apart() -> None:
    names = {problem.name for problem in PROBLEMS}

    for pair, question in KNOWN.questions.items():
        assert len(pair) == 2
        assert pair <= names
        assert "?" in question
