"""The report as JSON Lines, as it happens: a line for each check that is done, then what was found.

A line is an object with `event`: `check` (its id, area, verdict and seconds), `finding` (as in the report
of schema 1), and at the end `report`, which holds the whole of it. What a check has found may hold secrets
until all is known that must be taken out: so a check's own line has nothing but what was declared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codex_doctor.report import DISABLED, OWN_CLAIMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_doctor.model import Outcome, ReportCheck, Verdict
    from codex_doctor.redact import RedactedReport


class Stream:
    """Says each check as it is done."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def finished(self, outcome: Outcome) -> None:
        """Say that the check is done."""
        self._say(_check(outcome.check, outcome.area, outcome.verdict, outcome.seconds))

    def tick(self, in_flight: Sequence[str]) -> None:
        """Nothing is to be said while time passes."""

    def clear(self) -> None:
        """Nothing is to be taken away."""


def render(redacted: RedactedReport, *, streamed: bool = False) -> str:
    """Return the lines of the report, without those of the checks where these were *streamed*."""
    report = redacted.report
    checks = [check for check in report.checks if not streamed or _came_last(check)]
    return "".join(
        [
            *(_check(check.id, check.area, check.verdict, check.seconds) for check in checks),
            *(_line({"event": "finding", **_members(finding)}) for finding in report.findings),
            _line({"event": "report", **_members(report)}),
        ]
    )


def _came_last(check: ReportCheck) -> bool:
    """Whether *check* was not streamed: settings left it out, or it is about the others."""
    return check.id in OWN_CLAIMS or check.reason.startswith(DISABLED)


def _check(id_: str, area: str, verdict: Verdict, seconds: float) -> str:
    return _line(
        {"event": "check", "id": id_, "area": area, "verdict": verdict, "seconds": round(seconds, 4)}
    )


def _members(value: msgspec.Struct) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


def _line(event: dict[str, object]) -> str:
    text = msgspec.json.encode(event).decode()
    # JSON leaves them as they are, and some who read by lines take them for the end of one.
    for mark in "\x85\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text + "\n"
