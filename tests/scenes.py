"""Reports of every kind, and for each format the parser that others read it with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import jsonschema

from codex_doctor.fix import Fix, ShellLine
from codex_doctor.model import Severity, Verdict
from codex_doctor.redact import Vault, redact
from codex_doctor.render import json as report_json
from codex_doctor.render.formats import How, rendered
from codex_doctor.render.style import Style
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from codex_doctor.settings.required import Required
from codex_doctor.wanted import ReportFormat
from engine import LINUX, outcome, problem
from outlines import only_folded, well_formed

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_doctor.model import Outcome
    from codex_doctor.redact import RedactedReport

# Readers that others wrote; they ship no types, or not all.
junitparser: Any = import_module("junitparser")
prometheus: Any = import_module("prometheus_client.parser")
sarif: Any = import_module("sarif_pydantic")
tap: Any = import_module("tap.parser")

CODE_QUALITY: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/.]"},
                    "lines": {"type": "object", "required": ["begin"]},
                },
            },
        },
    },
}
"""What GitLab's documentation of code quality reports asks of each issue."""

SCHEMA: Any = jsonschema.Draft202012Validator(report_json.schema())

NASTY = 'seen <here> & "there" # SKIP ::error:: 50%, a\\b: \u2028 \U0001f600 ]]>'


def scene(*outcomes: Outcome, strict: bool = False, required: Required | None = None) -> RedactedReport:
    report = assemble(
        Examination(outcomes=outcomes, machine={"codex": "0.169.0", "codex_home": "/home/sam/.codex"}),
        Circumstances(
            started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC),
            seconds=0.41,
            system=LINUX,
            strict=strict,
            required=required,
        ),
    )
    return redact(report, vault=Vault(), home="/home/sam")


def broken(detail: str = NASTY) -> tuple[Outcome, ...]:
    cause = problem("proxy-dead", code="TST301", area="network", explains=("host-dead",), blocks=("tls.*",))
    host = problem("host-dead", code="TST302", area="network")
    fix = Fix(summary="Start it", steps=(ShellLine(line="systemctl --user start proxy"),))
    return (
        outcome("network.proxy", cause.found(detail, fix=fix)),
        outcome("network.hosts", host.found("no answer")),
        outcome("tls.trusted", verdict=Verdict.SKIPPED, reason="no connection", could_be_blocked=True),
        outcome("auth.a"),
        outcome("mcp.b", verdict=Verdict.SKIPPED, reason="no server is set up"),
    )


WARNED = (
    outcome("auth.a", problem("old", code="TST102", severity=Severity.WARNING).found("it is old")),
    outcome("auth.b", problem("odd", code="TST103", severity=Severity.NOTE).found("it is odd")),
)
SCENES = {
    "healthy": scene(outcome("auth.a")),
    "nothing": scene(),
    "broken": scene(*broken()),
    "warned": scene(*WARNED),
    "warned, strict": scene(*WARNED, strict=True),
    "required": scene(outcome("auth.a"), required=Required(names={"tls.b": frozenset({"tls.b"})})),
    "crashed": scene(
        outcome("auth.a", verdict=Verdict.CRASHED, reason="ValueError"),
        outcome("tls.b", verdict=Verdict.TIMED_OUT, reason="5 s"),
    ),
}


def written(report: RedactedReport, format: ReportFormat, *, strict: bool = False) -> str:
    return rendered(report, format, How(style=Style(), strict=strict))


def valid_jsonl(text: str) -> None:
    events = [json.loads(line) for line in text.splitlines()]
    assert {event["event"] for event in events} <= {"check", "finding", "report"}
    last = events[-1]
    assert last.pop("event") == "report"
    SCHEMA.validate(last)


def valid_github(text: str) -> None:
    lines = text.split("\n")
    start = next(at for at, line in enumerate(lines) if line.startswith("::group::"))
    assert all(
        line.startswith(("::error title=", "::warning title=", "::notice title=")) for line in lines[:start]
    )
    assert lines[-2:] == ["::endgroup::", ""]
    assert not any(line.startswith("::") for line in lines[start + 1 : -2])


def valid_tap(text: str) -> None:
    lines = list(tap.Parser().parse_text(text))
    assert {line.category for line in lines} <= {"version", "plan", "test"}
    (plan,) = (line for line in lines if line.category == "plan")
    tests = [line for line in lines if line.category == "test"]
    assert [line.number for line in tests] == list(range(1, plan.expected_tests + 1))


READERS: dict[ReportFormat, Callable[[str], object]] = {
    ReportFormat.TEXT: str.splitlines,
    ReportFormat.JSON: lambda text: SCHEMA.validate(json.loads(text)),
    ReportFormat.MARKDOWN: only_folded,
    ReportFormat.HTML: well_formed,
    ReportFormat.JSONL: valid_jsonl,
    ReportFormat.JUNIT: lambda text: junitparser.JUnitXml.fromstring(text.encode()),
    ReportFormat.SARIF: sarif.Sarif.model_validate_json,
    ReportFormat.GITHUB: valid_github,
    ReportFormat.GITLAB: lambda text: jsonschema.validate(json.loads(text), CODE_QUALITY),
    ReportFormat.TAP: valid_tap,
    ReportFormat.PROMETHEUS: lambda text: list(prometheus.text_string_to_metric_families(text)),
}
