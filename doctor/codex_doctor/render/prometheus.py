"""The report as metrics in Prometheus's text format, also for the textfile collector of a node exporter."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from codex_doctor.model import Severity, Status, Verdict
from codex_doctor.render.verdicts import causes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from codex_doctor.redact import RedactedReport

    Sample = tuple[Mapping[str, str], float]


def render(redacted: RedactedReport) -> str:
    """Return the metrics, each a gauge with its help; they describe the last examination."""
    report = redacted.report
    found = causes(report)
    of_checks = [check.verdict for check in report.checks]
    lines = [
        *_metric(
            "codex_doctor_info",
            "The program that examined, and the Codex that it found.",
            [({"version": report.tool.version, "codex": report.machine.codex or ""}, 1)],
        ),
        *_metric(
            "codex_doctor_status",
            "1 for the status that the examination came to.",
            [({"status": status}, float(status is report.status)) for status in Status],
        ),
        *_metric(
            "codex_doctor_exit_code", "The exit code of the examination.", [({}, float(report.exit_code))]
        ),
        *_metric(
            "codex_doctor_causes",
            "How many causes were found, by how much they matter.",
            [
                ({"severity": severity}, float(sum(each.severity is severity for each in found)))
                for severity in Severity
            ],
        ),
        *_metric(
            "codex_doctor_finding",
            "1 for each problem that was found.",
            [
                ({"code": code, "name": name, "area": area, "severity": severity, "role": role}, 1)
                for code, name, area, severity, role in dict.fromkeys(
                    (each.code, each.name, each.area, each.severity, each.role) for each in report.findings
                )
            ],
        ),
        *_metric(
            "codex_doctor_checks",
            "How many checks came to which verdict.",
            [({"verdict": verdict}, float(of_checks.count(verdict))) for verdict in Verdict],
        ),
        *_metric(
            "codex_doctor_run_seconds", "How long the examination took, in seconds.", [({}, report.seconds)]
        ),
        *_metric(
            "codex_doctor_run_timestamp_seconds",
            "When the examination began, in seconds since the epoch.",
            [({}, datetime.fromisoformat(report.started).timestamp())],
        ),
    ]
    return "\n".join(lines) + "\n"


def _metric(name: str, help_: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {help_}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(each)}"' for key, each in labels.items())
        yield f"{name}{f'{{{inside}}}' if inside else ''} {value!r}".removesuffix(".0")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
