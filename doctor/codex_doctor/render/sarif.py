"""The report as SARIF 2.1.0, the form in which analysers exchange results (an OASIS standard).

A result stands at a check, which is a logical location: a machine has no line to point at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from codex_doctor.model import Role, Severity
from codex_doctor.render.verdicts import fingerprint, judged, told
from codex_doctor.report import BORNE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.model import Report, ReportFinding
    from codex_doctor.redact import RedactedReport

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""As the standard names it in its first errata."""

_LEVELS: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "note",
}


def render(redacted: RedactedReport) -> str:
    """Return the report as an indented JSON document with one run."""
    report = redacted.report
    rules = {finding.code: finding for finding in report.findings}
    places = list(rules)
    run = {
        "tool": {
            "driver": {
                "name": report.tool.name,
                "version": report.tool.version,
                "rules": [_rule(finding) for finding in rules.values()],
            }
        },
        "invocations": [_invocation(report)],
        "results": [_result(finding, places.index(finding.code)) for finding in report.findings],
        "properties": {"status": report.status, "os": report.machine.os, "codex": report.machine.codex},
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _invocation(report: Report) -> dict[str, Any]:
    broken = [each.check for each in judged(report) if each.broken]
    return {
        "executionSuccessful": not broken,
        "exitCode": report.exit_code,
        "startTimeUtc": report.started,
        "toolExecutionNotifications": [
            {
                "level": "warning",
                "message": {"text": check.reason or check.verdict},
                "descriptor": {"id": check.id},
            }
            for check in broken
        ],
    }


def _rule(finding: ReportFinding) -> dict[str, Any]:
    return {
        **({"helpUri": finding.docs.url} if finding.docs.url else {}),
        "id": finding.code,
        "name": finding.name,
        "shortDescription": {"text": finding.title},
        "help": {"text": f"codex-doctor explain {finding.code}"},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {"tags": [finding.area], "page": finding.docs.page},
    }


def _result(finding: ReportFinding, rule: int) -> dict[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "kind": "fail",
        "message": {"text": f"{finding.title}\n{told(finding)}"},
        "locations": [
            {"logicalLocations": [{"fullyQualifiedName": finding.check, "kind": "module"}]},
        ],
        **({"suppressions": borne} if (borne := _suppressions(finding)) else {}),
        "partialFingerprints": {"codexDoctor/v1": fingerprint(finding)},
        "properties": {
            "role": finding.role,
            **({"caused_by": finding.caused_by} if finding.role is Role.BLOCKED else {}),
        },
    }


def _suppressions(finding: ReportFinding) -> list[dict[str, str]]:
    """Return why viewers need not show *finding*: somebody waived it, or a baseline knows it (SARIF 3.35)."""
    return [
        {"kind": "external", "status": "accepted", "justification": f"{key}: {finding.evidence[key]}"}
        for key in BORNE
        if key in finding.evidence
    ]
