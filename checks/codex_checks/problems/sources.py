"""Problems that another source tells of, Codex's own doctor or its background server: CDX97x."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

CODEX_DOCTOR_SAYS: Final = Problem(
    code="CDX970",
    name="codex-doctor-says",
    area="doctor",
    severity=Severity.WARNING,
    title="Codex's own doctor finds something that this one has no name for",
    advice="Do what Codex's own doctor advises, and let it look again: `codex doctor`.",
)

CODEX_DOCTOR_REPORT_INCOMPLETE: Final = Problem(
    code="CDX971",
    name="codex-doctor-report-incomplete",
    area="doctor",
    severity=Severity.ERROR,
    title="The report of Codex's own doctor that was given tells nothing of what is wrong",
    advice="Give all of what `codex doctor --json` prints (codex doctor --json > report.json).",
)
"""A warning where a part of it can be read."""

DAEMON_ENVIRONMENT_DIFFERS: Final = Problem(
    code="CDX972",
    name="daemon-environment-differs",
    area="hosts",
    severity=Severity.WARNING,
    title="Codex's background server has another environment than this shell",
    advice="Run `codex app-server daemon restart` in the shell whose settings are right; a turn in it ends.",
)
"""A note where only PATH differs."""

NAMELESS: Final = frozenset({CODEX_DOCTOR_SAYS.code, CODEX_DOCTOR_REPORT_INCOMPLETE.code})
"""The codes which only say that something is wrong that has no name here."""

PROBLEMS: Final[tuple[Problem, ...]] = (
    CODEX_DOCTOR_SAYS,
    CODEX_DOCTOR_REPORT_INCOMPLETE,
    DAEMON_ENVIRONMENT_DIFFERS,
)
