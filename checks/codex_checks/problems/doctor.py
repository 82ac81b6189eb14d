"""Problems of the doctor's own surroundings: CDX92x."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

OWN_CHECKS_INVALID: Final = Problem(
    code="CDX920",
    name="own-checks-invalid",
    area="doctor",
    severity=Severity.WARNING,
    title="A file of your own checks has a mistake in it",
    advice="Correct the line that is named; the checks that have no mistake are examined all the same.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (OWN_CHECKS_INVALID,)
