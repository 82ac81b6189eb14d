"""Judge a saved report again, by today's checks: support staff get tomorrow's answer for yesterday's machine.

A check whose facts have all left the machine judges them. Of any other, what it concluded there stands.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec.structs import replace

from codex_doctor.bundle.archive import BundleError
from codex_doctor.bundle.contents import disclosed
from codex_doctor.bundle.decoding import Decoder
from codex_doctor.catalogue import select
from codex_doctor.context import System
from codex_doctor.examination import load
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.model import Finding, Outcome, Problem
from codex_doctor.readings import excused
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination, judged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_doctor.bundle.reading import Bundle
    from codex_doctor.check import Check
    from codex_doctor.model import Report, ReportCheck, ReportFinding
    from codex_doctor.readings import Answer


def judge_again(bundle: Bundle, *, patterns: Sequence[str] = (), strict: bool = False) -> Report:
    """Return the report of *bundle* with its facts judged by the checks of this codex-doctor.

    *patterns* select checks as those of `check` do.

    :raises BundleError: something in it is not what codex-doctor writes.
    :raises UsageError: a pattern names nothing.
    """
    recorded = bundle.report()
    catalogues = [loaded.catalogue for loaded in load()]
    problems = [problem for catalogue in catalogues for problem in catalogue.problems]
    checks = select([check for each in catalogues for check in each.checks], patterns, problems)
    answers, subjects = _facts(bundle, Decoder(disclosed(each.discloses() for each in catalogues), problems))
    known = {problem.code: problem for problem in problems}
    record = _Record(recorded, known, subjects)
    outcomes = [_outcome(check, answers, record) for check in checks]
    ours = {check.id for each in catalogues for check in each.checks}
    if not patterns:  # what third parties found there, nobody can judge here
        outcomes += [record.outcome(check) for check in recorded.checks if check.id not in ours]
    report = assemble(
        Examination(outcomes=tuple(outcome for outcome in outcomes if outcome), machine={}),
        Circumstances(
            started=_started(recorded.started),
            seconds=recorded.seconds,
            system=System(os=recorded.machine.os, arch=recorded.machine.arch, release="", user=None),
            strict=strict,
        ),
    )
    return replace(report, machine=recorded.machine, redactions=recorded.redactions)


def _facts(
    bundle: Bundle, decoder: Decoder
) -> tuple[Mapping[str, Answer], Mapping[tuple[str, str], frozenset[str]]]:
    """Return what the probes answered there, and what each finding concerned, by its code and detail."""
    answers: dict[str, Answer] = {}
    subjects: dict[tuple[str, str], frozenset[str]] = {}
    for name, content in bundle.facts():
        told = content.get("facts")
        if not isinstance(told, dict):
            continue  # a file of another kind
        decoder.begin()
        for probe, data in cast("dict[str, object]", told).items():
            if (answer := decoder.answer(data)) is not None:
                answers[probe] = answer
        for each in cast("list[object]", content.get("subjects", [])):
            code, detail, words = _concern(each, name)
            subjects[code, detail] = words
    return answers, subjects


def _concern(data: object, name: str) -> tuple[str, str, frozenset[str]]:
    """Return the code and the detail of a finding, and what it concerns.

    :raises BundleError: the file called *name* says it in another form.
    """
    try:
        told = msgspec.convert(data, _Concern)
    except msgspec.ValidationError:
        raise BundleError(f"{name}: what a finding concerns has another form") from None
    return told.code, told.detail, frozenset(told.subjects)


class _Concern(msgspec.Struct):
    code: str
    detail: str
    subjects: tuple[str, ...]


def _outcome(check: Check, answers: Mapping[str, Answer], record: _Record) -> Outcome | None:
    needed: list[Answer] = []
    for probe in check.needs:
        answer = answers.get((probe.optional_of or probe).id)
        if answer is None:
            return record.of(check.id)
        needed.append(excused(probe, answer))
    return judged(check, needed, started=time.monotonic())


class _Record:
    """What a report says of its checks, as outcomes."""

    def __init__(
        self,
        report: Report,
        known: Mapping[str, Problem],
        subjects: Mapping[tuple[str, str], frozenset[str]],
    ) -> None:
        self._checks = {check.id: check for check in report.checks}
        self._findings = report.findings
        self._known = known
        self._subjects = subjects

    def of(self, check: str) -> Outcome | None:
        """Return what was concluded there, or None where nobody asked."""
        return self.outcome(self._checks[check]) if check in self._checks else None

    def outcome(self, check: ReportCheck) -> Outcome:
        """Return *check* as the outcome that it was."""
        return Outcome(
            check=check.id,
            title=check.title,
            area=check.area,
            verdict=check.verdict,
            reason=check.reason,
            findings=tuple(self._finding(each) for each in self._findings if each.check == check.id),
            seconds=check.seconds,
            could_be_blocked=check.blocked_by is not None,
        )

    def _finding(self, found: ReportFinding) -> Finding:
        stranger = Problem(
            code=found.code,
            name=found.name,
            area=found.area,
            severity=found.severity,
            title=found.title.rstrip(".") or found.name,
            advice=found.advice,
        )
        fix = found.fix
        return Finding(
            problem=self._known.get(found.code, stranger).weighed(found.severity),
            detail=found.detail,
            evidence=found.evidence,
            advice=found.advice,
            fix=None
            if fix is None
            else Fix(
                summary=fix.summary,
                steps=tuple(ShellLine(line=line) for line in fix.commands),
                destructive=fix.destructive,
            ),
            subjects=self._subjects.get((found.code, found.detail), frozenset()),
        )


def _started(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BundleError("report.json says no instant at which it was made") from None
