"""The report as GitLab's code quality: a list of issues, which a merge request shows.

GitLab wants a file and a line for each. A machine has neither, so the page of the problem is named.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from codex_doctor.model import Severity
from codex_doctor.render.verdicts import causes, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.model import ReportFinding
    from codex_doctor.redact import RedactedReport

_SEVERITIES: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "critical",
    Severity.WARNING: "minor",
    Severity.NOTE: "info",
}


def render(redacted: RedactedReport) -> str:
    """Return the causes of the report as a JSON array."""
    return json.dumps([_issue(finding) for finding in causes(redacted.report)], indent=2) + "\n"


def _issue(finding: ReportFinding) -> Mapping[str, object]:
    return {
        "description": f"{finding.code} {finding.title}: {finding.detail} {finding.advice}",
        "check_name": finding.name,
        "fingerprint": fingerprint(finding),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": finding.docs.page, "lines": {"begin": 1}},
    }
