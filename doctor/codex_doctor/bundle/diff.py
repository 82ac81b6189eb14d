"""What changed between two reports of one machine, or of two: findings, verdicts, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Report, ReportFinding


class Change(Struct, frozen=True, kw_only=True):
    """One difference, of a *what* (`machine`, `finding`, `check`) called *name*; None: it is not there."""

    what: str
    name: str
    before: str | None
    after: str | None


def changes(before: Report, after: Report) -> tuple[Change, ...]:
    """Return what differs, in the order in which it matters; when they were made, and how fast, does not."""
    return (*_findings(before, after), *_machine(before, after), *_checks(before, after))


def as_text(found: tuple[Change, ...]) -> str:
    """Return *found* as lines for a person."""
    if not found:
        return "Both reports say the same.\n"
    return "".join(f"{_line(change)}\n" for change in found)


def as_data(found: tuple[Change, ...]) -> dict[str, Any]:
    """Return *found* as data of schema 1."""
    import msgspec

    return {"schema": 1, "same": not found, "changes": msgspec.to_builtins(found)}


def _line(change: Change) -> str:
    match change.before, change.after:
        case None, str(after):
            return f"+ {change.name}: {after}"
        case str(before), None:
            return f"- {change.name}: {before}"
        case before, after:
            return f"~ {change.name}: {before} -> {after}"


def _findings(before: Report, after: Report) -> Iterator[Change]:
    old, new = _by_name(before), _by_name(after)
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name):
            yield Change(what="finding", name=name, before=old.get(name), after=new.get(name))


def _by_name(report: Report) -> dict[str, str]:
    found: dict[str, list[ReportFinding]] = {}
    for finding in report.findings:
        found.setdefault(f"{finding.code} {finding.name}", []).append(finding)
    return {
        name: f"{each[0].severity}, {each[0].role}: {'; '.join(sorted(one.detail for one in each))}"
        for name, each in found.items()
    }


def _machine(before: Report, after: Report) -> Iterator[Change]:
    pairs = {"codex-doctor": (before.tool.version, after.tool.version)}
    for field in type(before.machine).__struct_fields__:
        pairs[field] = (getattr(before.machine, field), getattr(after.machine, field))
    for name, (old, new) in pairs.items():
        if old != new:
            yield Change(what="machine", name=name, before=old, after=new)


def _checks(before: Report, after: Report) -> Iterator[Change]:
    old = {check.id: check.verdict.value for check in before.checks}
    new = {check.id: check.verdict.value for check in after.checks}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Change(what="check", name=name, before=old.get(name), after=new.get(name))
