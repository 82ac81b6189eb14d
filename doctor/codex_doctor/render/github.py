"""The report as annotations of GitHub Actions, and the whole text folded below them.

The form is that of GitHub's workflow commands: `::error title=...::...`, one line each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.model import Severity
from codex_doctor.render import text
from codex_doctor.render.verdicts import causes, judged, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.redact import RedactedReport
    from codex_doctor.render.style import Style

_LEVELS: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def render(redacted: RedactedReport, *, style: Style, everything: bool = False) -> str:
    """Return one annotation for each cause and each check that failed itself, then a folded group."""
    report = redacted.report
    lines = [
        _annotation(_LEVELS[finding.severity], f"{finding.code} {finding.title}", told(finding))
        for finding in causes(report)
    ]
    for each in judged(report):
        if each.broken and not each.findings:
            said = f"{each.check.id}: {each.check.reason or each.check.verdict}"
            lines.append(_annotation("warning", "Not everything could be examined", said))
    shown = _no_command(text.render(redacted, style=style, everything=everything))
    return "\n".join([*lines, f"::group::codex-doctor: {report.status}", *shown, "::endgroup::"]) + "\n"


def folded(redacted: RedactedReport, *, style: Style) -> str:
    """Return the text of the report for the log of a job, with every check folded below it."""
    shown = _no_command(text.render(redacted, style=style))
    every = _no_command(text.render(redacted, style=style, everything=True))
    return "\n".join([*shown, "::group::Every check of codex-doctor", *every, "::endgroup::"]) + "\n"


def _no_command(said: str) -> list[str]:
    """Return the lines of *said*, none of which is a command of the job, whatever was seen on the machine."""
    return [f" {line}" if line.lstrip().startswith(("::", "##[")) else line for line in said.splitlines()]


def _annotation(level: str, title: str, said: str) -> str:
    return f"::{level} title={_property(title)}::{_data(said)}"


def _data(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
