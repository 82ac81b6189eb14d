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

SETTINGS_INVALID: Final = Problem(
    code="CDX911",
    name="settings-invalid",
    area="doctor",
    severity=Severity.WARNING,
    title="The settings of this repository for codex-doctor are wrong, and nothing of them holds",
    advice="Correct the file at that place.",
)

SETTINGS_REFUSED: Final = Problem(
    code="CDX912",
    name="settings-refused",
    area="doctor",
    severity=Severity.WARNING,
    title="The settings of this repository want what only you may decide, and nothing of them holds",
    advice="Take the key out of that file; if you want it yourself, put it into your own codex-doctor.toml.",
)

WAIVER_EXPIRED: Final = Problem(
    code="CDX913",
    name="waiver-expired",
    area="doctor",
    severity=Severity.WARNING,
    title="A waiver has come to its end, and waives nothing any more",
    advice="Mend the problem and take the waiver out, or give it another day and say why.",
)

WAIVER_UNUSED: Final = Problem(
    code="CDX914",
    name="waiver-unused",
    area="doctor",
    severity=Severity.NOTE,
    title="A waiver matches nothing that is found here",
    advice="Take the waiver out if the problem is gone on every machine that reads this file.",
)

BASELINE_OUTDATED: Final = Problem(
    code="CDX915",
    name="baseline-outdated",
    area="doctor",
    severity=Severity.NOTE,
    title="The baseline names problems that are gone",
    advice="Write the baseline anew, with `--write-baseline`.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    REQUIRED_NOT_EXAMINED,
    SETTINGS_INVALID,
    SETTINGS_REFUSED,
    WAIVER_EXPIRED,
    WAIVER_UNUSED,
    BASELINE_OUTDATED,
)
