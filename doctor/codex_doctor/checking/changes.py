"""What is different from one report of a machine to the next."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.model import Report, ReportFinding


class Kind(StrEnum):
    """What has become of a finding, of a check, or of the whole."""

    APPEARED = "appeared"
    GONE = "gone"
    WEIGHED = "weighed"
    UNEXAMINED = "unexamined"
    EXAMINED = "examined"
    STATUS = "status"


class Change(Struct, frozen=True, kw_only=True):
    """One difference: of a *finding*, or of a *check* that cannot be examined (*reason*), or can again."""

    kind: Kind
    finding: ReportFinding | None = None
    check: str | None = None
    reason: str = ""


def changes(before: Report, after: Report) -> Iterator[Change]:
    """Yield what is different in *after*, in the order of the reports; the status last.

    A finding is known again by its code and its check: what it says may have a time or a number in it.
    """
    known = {(each.code, each.check): each for each in before.findings}
    more = Counter(map(_key, after.findings)) - Counter(map(_key, before.findings))
    fewer = Counter(map(_key, before.findings)) - Counter(map(_key, after.findings))
    for finding in _unlike(after, before):
        key = _key(finding)
        if more[key] > 0:
            more[key] -= 1
            yield Change(kind=Kind.APPEARED, finding=finding)
        elif key in known and known[key].severity is not finding.severity:
            yield Change(kind=Kind.WEIGHED, finding=finding)
    for finding in _unlike(before, after):
        if fewer[_key(finding)] > 0:
            fewer[_key(finding)] -= 1
            yield Change(kind=Kind.GONE, finding=finding)
    yield from _examined(before, after)
    if before.status is not after.status:
        yield Change(kind=Kind.STATUS)


def _unlike(these: Report, others: Report) -> Sequence[ReportFinding]:
    """Return the findings of *these*, first those of which *others* do not have the very words."""
    said = {(*_key(each), each.detail) for each in others.findings}
    return sorted(these.findings, key=lambda each: (*_key(each), each.detail) in said)


def _key(finding: ReportFinding) -> tuple[str, str]:
    return finding.code, finding.check


def _examined(before: Report, after: Report) -> Iterator[Change]:
    unknown = (Verdict.CRASHED, Verdict.TIMED_OUT)
    was = {check.id for check in before.checks if check.verdict in unknown}
    now = {check.id: check.reason for check in after.checks if check.verdict in unknown}
    for check, reason in now.items():
        if check not in was:
            yield Change(kind=Kind.UNEXAMINED, check=check, reason=reason)
    for check in sorted(was - now.keys()):
        yield Change(kind=Kind.EXAMINED, check=check)
