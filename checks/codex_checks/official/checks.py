"""What Codex's own doctor finds: by asking it with `--live`, or from a report that was given instead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from codex_checks.official.asking import own_report
from codex_checks.official.given import Given, given
from codex_checks.official.judging import NAMED, SOURCE, findings_of
from codex_checks.problems import sources as problems
from codex_doctor.catalogue import Machine, Option, Told
from codex_doctor.check import Check, check
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_checks.official.report import Report
    from codex_doctor.model import Finding


@check(
    "doctor.codex-doctor-is-content",
    title="Codex's own doctor finds nothing wrong",
    needs=(own_report,),
    reports=(problems.CODEX_DOCTOR_SAYS, *NAMED),
)
def codex_doctor_is_content(report: Report) -> Iterator[Finding]:
    """Judge what the Codex of this machine says of it; what is found here too stands there as evidence."""
    yield from findings_of(report)


@check(
    "doctor.given-report-is-content",
    title="The report of Codex's own doctor that was given tells of no fault",
    needs=(given,),
    reports=(problems.CODEX_DOCTOR_REPORT_INCOMPLETE, problems.CODEX_DOCTOR_SAYS, *NAMED),
)
def given_report_is_content(found: Given) -> Iterator[Finding]:
    """Judge a report that was given; that it tells of no fault proves little, and is a note."""
    if found.report is None:
        yield problems.CODEX_DOCTOR_REPORT_INCOMPLETE.found(
            f"{found.where}: {found.fault}", evidence={"source": found.where}
        )
        return
    yield from _told_by(found.report, where=found.where)


def _told_by(report: Report, *, where: str) -> Iterator[Finding]:
    """Yield what the *report* at *where* tells; there is always something."""
    told = tuple(findings_of(report, where=where))
    yield from told
    counted = f"{where} holds {len(report.rows)} checks"
    version = f" of Codex {report.version}" if report.version else ""
    if not told and report.overall in (None, "ok", "warning") and (report.whole or report.overall == "ok"):
        yield problems.CODEX_DOCTOR_SAYS.weighed(Severity.NOTE).found(
            f"{counted}{version}, and none tells of a fault. {UNPROVEN}",
            evidence={"source": where, "overall": report.overall},
            advice="Run codex-doctor on that machine: it proves what the report only describes.",
        )
    elif not told:
        verdict = f", and its own verdict is {report.overall}" if report.overall else ""
        yield problems.CODEX_DOCTOR_REPORT_INCOMPLETE.weighed(Severity.WARNING).found(
            f"{counted}{version}, none of which tells of a fault; it is cut off{verdict}",
            evidence={"source": where, "overall": report.overall},
        )


UNPROVEN: Final = (
    f"{SOURCE} sends nothing with the sign-in and starts nothing: that signing in, MCP servers and the "
    "sandbox work is not proved"
)


def _machine(found: Given) -> Mapping[str, str | None]:
    """Return the head of a report on a report: the machine is the one that was reported."""
    if found.report is None:
        return {"codex": None, "codex_home": None, "os": "unknown", "arch": "unknown"}
    return _head(found.report)


def _head(report: Report) -> Mapping[str, str | None]:
    state = report.row("state.paths") or report.row("config.load")
    home = state.detail("CODEX_HOME").partition(" (")[0] if state is not None else ""
    os, arch = report.platform or ("unknown", "unknown")
    return {"codex": report.version, "codex_home": home or None, "os": os, "arch": arch}


def _tells(content: bytes) -> Told | None:
    """Return what a report of Codex's own doctor tells that stands in *content*, or None without one."""
    from codex_checks.official.reading import read  # its patterns are for those who have something to read

    report = read(content)
    if report is None:
        return None
    made = None if report.made is None else datetime.fromtimestamp(report.made, UTC).isoformat()
    return Told(
        findings=tuple(_told_by(report, where="the report")),
        machine={**_head(report), "channel": report.channel, "started": made},
    )


FROM_CODEX_DOCTOR: Final = Option(
    name="from-codex-doctor",
    metavar="FILE|-",
    help="Judge a report of `codex doctor` instead.",
    checks=(given_report_is_content,),
    machine=Machine(needs=(given,), tell=_machine),
    tells=_tells,
    nameless=problems.NAMELESS,
)

CHECKS: Final[tuple[Check, ...]] = (codex_doctor_is_content,)
