from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.recorded import said
from codex_checks.recorded.signatures import known, problem_of

WORDS: Final = Path(__file__).parents[2] / "golden" / "recorded_words.tsv"

REAL: Final = tuple(
    (problem if problem != "-" else None, text)
    for line in WORDS.read_text("utf-8").splitlines()
    if not line.startswith("#")
    for problem, _, text in (line.partition("\t"),)
)


@pytest.mark.parametrize(("problem", "text"), REAL, ids=lambda value: str(value)[:60])
def test_real_words_are_a_sign_of_their_problem(problem: str | None, text: str) -> None:
    assert said.problem(said.from_text(text)) == problem


@pytest.mark.parametrize(
    ("problem", "info"),
    [
        ("usage-limit-hit", "usageLimitExceeded"),
        ("rate-limited-429", "rateLimitExceeded"),
        ("model-at-capacity", "serverOverloaded"),
        ("model-not-found", "modelNotFound"),
        ("context-window-exceeded", "contextWindowExceeded"),
        (None, "other"),
        (None, {"httpConnectionFailed": {"httpStatusCode": 403}}),
    ],
)
def test_where_the_words_say_nothing_codex_s_own_kind_decides(problem: str | None, info: object) -> None:
    heard = said.from_json(json.dumps({"message": "no", "codexErrorInfo": info}))

    assert heard is not None
    assert said.problem(heard) == problem


@given(text=st.text(), code=st.none() | st.text(), status=st.none() | st.integers())
def test_any_words_are_classified_or_not(text: str, code: str | None, status: int | None) -> None:
    names = {*known().signatures, None}

    assert problem_of(text=text, code=code, kind=None, status=status) in names
