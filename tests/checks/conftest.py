"""Every finding that a test of the checks makes is held to the rules of fixes."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import pytest

import fix_rules
from codex_doctor.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding


@pytest.fixture(scope="session", autouse=True)
def rules_of_fixes() -> Iterator[None]:
    """Let a test fail in which a check gives a fix that breaks a rule."""
    with pytest.MonkeyPatch.context() as patch:
        found = Problem.found

        @wraps(found)
        def checked(problem: Problem, detail: str, **rest: Any) -> Finding:  # noqa: ANN401 - as it is called
            finding = found(problem, detail, **rest)
            if problem.code.startswith("CDX"):
                assert list(fix_rules.broken(finding)) == [], finding
            return finding

        patch.setattr(Problem, "found", checked)
        yield
