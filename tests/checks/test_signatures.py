from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest

from codex_checks import pages
from codex_checks.catalogue import CHECKS
from codex_checks.problems import PROBLEMS
from codex_doctor.explain.matching import candidates
from codex_doctor.explain.signature import Known, parted

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

    assert signature is None or signature.checked == (problem.name in CHECKED), (
        f"{problem.name}: a signature says `unchecked` where, and only where, no check looks for it"
    )


@pytest.mark.parametrize("signature", KNOWN.signatures.values(), ids=lambda signature: signature.name)
def test_no_phrase_stands_twice_in_a_signature(signature: Signature) -> None:
    sources = [phrase.source for phrase in signature.phrases]

    assert sorted(set(sources)) == sorted(sources)


def test_each_word_that_was_learnt_can_be_read() -> None:
    assert KNOWN.learnt is not None
    _, _, lines = parted(pages.signatures())[1].strip().partition("\n")
    words = [line.partition(" ")[0].encode() for line in lines.splitlines()]

    assert words == sorted(words)
    for start in range(0, len(words), 200):
        assert KNOWN.learnt.heard(words[start : start + 200]).alike


def test_a_signature_is_of_a_problem() -> None:
    assert KNOWN.signatures.keys() - {problem.name for problem in PROBLEMS} == set()


HOSTILE: Final = (
    "mcp client for " * 40_000,
    "a " * 300_000,
    " ".join(dict.fromkeys(pages.signatures().replace("*", "x").split())) * 20,
    "token " * 50 + "x" * 500_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=["begins", "short", "all", "long"])
def test_no_text_takes_the_signatures_together_more_than_linear_time(text: str) -> None:
    began = time.process_time()
    candidates(text, KNOWN)
    once = time.process_time() - began
    began = time.process_time()
    candidates(text * 4, KNOWN)

    # Quadratic time would be sixteen times as much.
    assert time.process_time() - began < 10 * once + 0.5


def test_words_were_learnt_of_all_problems_that_have_messages_and_of_no_other() -> None:
    assert KNOWN.learnt is not None
    assert KNOWN.learnt.names == sorted(KNOWN.signatures), "learn again: python docs/learn_words.py"


def test_every_problem_has_its_messages_but_those_of_which_nothing_is_said() -> None:
    assert {problem.name for problem in PROBLEMS} - KNOWN.signatures.keys() == {
        "access-token-missing",
        "account-id-mismatch",
        "account-refused",
        "auth-file-exposed",
        "auth-save-left-behind",
        "auth-tokens-not-renewed",
        "baseline-outdated",
        "cache-folder-unusable",
        "codex-doctor-report-incomplete",
        "codex-doctor-says",
        "codex-home-exposed",
        "daemon-environment-differs",
        "disk-nearly-full",
        "dotenv-overrides-shell",
        "host-model-not-offered",
        "last-refresh-missing",
        "own-checks-invalid",
        "provider-key-refused",
        "repair-interrupted",
        "required-not-examined",
        "session-environment-differs",
        "settings-invalid",
        "settings-refused",
        "update-changes-another",
        "usage-limit-near",
        "waiver-expired",
        "waiver-unused",
    }


def test_every_question_tells_two_problems_apart() -> None:
    names = {problem.name for problem in PROBLEMS}

    for pair, question in KNOWN.questions.items():
        assert len(pair) == 2
        assert pair <= names
        assert "?" in question
