"""What Codex's own doctor finds: by asking it with `--live`, or from a report that was given instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.official.asking import own_report
from codex_checks.official.given import Given, given
from codex_checks.official.judging import NAMED, SOURCE, findings_of
from codex_checks.problems import sources as problems
from codex_doctor.catalogue import Machine, Option
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
    report = found.report
    if report is None:
        yield problems.CODEX_DOCTOR_REPORT_INCOMPLETE.found(
            f"{found.where}: {found.fault}", evidence={"source": found.where}
        )
        return
    told = tuple(findings_of(report, where=found.where))
    yield from told
    counted = f"{found.where} holds {len(report.rows)} checks"
    version = f" of Codex {report.version}" if report.version else ""
    if not told and report.overall in (None, "ok", "warning") and (report.whole or report.overall == "ok"):
        yield problems.CODEX_DOCTOR_SAYS.weighed(Severity.NOTE).found(
            f"{counted}{version}, and none tells of a fault. {UNPROVEN}",
            evidence={"source": found.where, "overall": report.overall},
            advice="Run codex-doctor on that machine: it proves what the report only describes.",
        )
    elif not told:
        verdict = f", and its own verdict is {report.overall}" if report.overall else ""
        yield problems.CODEX_DOCTOR_REPORT_INCOMPLETE.weighed(Severity.WARNING).found(
            f"{counted}{version}, none of which tells of a fault; it is cut off{verdict}",
            evidence={"source": found.where, "overall": report.overall},
        )


UNPROVEN: Final = (
    f"{SOURCE} sends nothing with the sign-in and starts nothing: that signing in, MCP servers and the "
    "sandbox work is not proved"
)


def _machine(found: Given) -> Mapping[str, str | None]:
    """Return the head of a report on a report: the machine is the one that was reported."""
    report = found.report
    state = report.row("state.paths") or report.row("config.load") if report is not None else None
    home = state.detail("CODEX_HOME").partition(" (")[0] if state is not None else ""
    os, arch = report.platform or ("unknown", "unknown") if report is not None else ("unknown", "unknown")
    return {
        "codex": report.version if report is not None else None,
        "codex_home": home or None,
        "os": os,
        "arch": arch,
    }


FROM_CODEX_DOCTOR: Final = Option(
    name="from-codex-doctor",
    metavar="FILE|-",
    help="Judge a saved or pasted report of `codex doctor` instead of this machine.",
    checks=(given_report_is_content,),
    machine=Machine(needs=(given,), tell=_machine),
)

CHECKS: Final[tuple[Check, ...]] = (codex_doctor_is_content,)
