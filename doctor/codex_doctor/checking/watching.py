"""Look again and again (`--watch`), and show only what changes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from codex_doctor.checking.changes import Change, Kind, changes
from codex_doctor.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_doctor.model import Report
    from codex_doctor.redact import RedactedReport
    from codex_doctor.render.style import Style

_STATUS: Final = {
    Status.HEALTHY: ("healthy", "Nothing is wrong"),
    Status.WARNING: ("warning", "Codex works, with warnings"),
    Status.ERROR: ("error", "Codex does not work"),
    Status.INCOMPLETE: ("timed-out", "Not everything could be examined"),
}


def watch(
    first: RedactedReport,
    look: Callable[[], RedactedReport],
    show: Callable[[RedactedReport, tuple[Change, ...]], None],
    *,
    pace: float,
) -> None:
    """Call *look* every *pace* seconds, and *show* what is new in it, until somebody ends it. Blocks."""
    before = first
    while True:
        time.sleep(pace)
        after = look()
        show(after, tuple(changes(before.report, after.report)))
        before = after


def as_text(report: Report, found: tuple[Change, ...], *, style: Style, at: str) -> str:
    """Return a line for each change, with the time *at* which it was seen; nothing where nothing changed."""
    return "".join(f"{at} {line}\n" for change in found for line in _line(report, change, style))


def _line(report: Report, change: Change, style: Style) -> Iterator[str]:
    finding = change.finding
    match change.kind:
        case Kind.STATUS:
            kind, words = _STATUS[report.status]
            yield f"{style.symbol(kind)} {words}"
        case Kind.UNEXAMINED:
            mark = style.symbol("timed-out")
            yield f"{mark} {change.check} could not be examined: {' '.join(change.reason.split())}"
        case Kind.EXAMINED:
            yield f"{style.symbol('healthy')} {change.check} can be examined again"
        case Kind.GONE if finding is not None:
            yield f"{style.symbol('healthy')} {finding.code} {finding.name} is gone"
        case _ if finding is not None:
            now = f", now {finding.severity}" if change.kind is Kind.WEIGHED else ""
            mark = style.symbol(finding.severity.value)
            yield f"{mark} {finding.code} {finding.name}{now}: {' '.join(finding.detail.split())}"
        case _:
            return


def as_lines(report: Report, found: tuple[Change, ...]) -> str:
    """Return a line of JSON for each change: `event` is `change`, and `change` what kind it is of."""
    return "".join(
        msgspec.json.encode(
            {
                "event": "change",
                "change": each.kind,
                "at": report.started,
                "finding": each.finding,
                "check": each.check,
                "reason": each.reason,
                "status": report.status,
            }
        ).decode()
        + "\n"
        for each in found
    )
