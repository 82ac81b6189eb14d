"""Problems of what the doctor itself was told: CDX91x. They are found in it, not on the machine."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

REQUIRED_NOT_EXAMINED: Final = Problem(
    code="CDX910",
    name="required-not-examined",
    area="doctor",
    severity=Severity.WARNING,
    title="What had to be examined was not",
    advice="Mend what stands in the way, or do not require it here.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (REQUIRED_NOT_EXAMINED,)
