"""Judge the rows of Codex's own doctor: ours by name where we have one, else in its own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.install.version import older
from codex_checks.official.mapping import ABOUT, CORRESPONDING, FOLLOWS, ONLY_WARNING, spoken_of
from codex_checks.official.report import IDS
from codex_checks.problems.signin import STALE_OPENAI_API_KEY_ENV
from codex_checks.problems.sources import CODEX_DOCTOR_SAYS
from codex_doctor.cutting import on_one_line
from codex_doctor.model import Hearsay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.official.report import Report, Row
    from codex_doctor.model import Finding, Problem

SOURCE: Final = "Codex's own doctor"

NAMED: Final = (*CORRESPONDING, STALE_OPENAI_API_KEY_ENV)
"""Every problem of ours that a report may tell of."""

MOST: Final = 3
"""Details that a sentence quotes; the evidence holds more."""

KEPT: Final = 20
"""Details that the evidence holds; Codex tells up to a hundred, and a list of all its features."""

LONGEST: Final = 300
"""Characters of one quotation."""

_TELLING: Final = (
    r"fail|error|missing|not (?:set|exist|resolvable|executable|found)|denied|unreachable|ignored|stale"
    r"|redacted|invalid|timed out|os error|blocked|app-server version|API key auth"
)
"""What marks a detail that says why; the others describe the machine."""


def findings_of(report: Report, *, where: str = "") -> Iterator[Finding]:
    """Yield what the rows of *report* say, but for rows that only follow from others that failed.

    *where* is the place that the report stands in, where it is not this machine's.
    """
    failed = {
        row.id for row in report.rows if row.status == "fail" or (row.failing and row.id in ONLY_WARNING)
    }
    behind = {later for first, later in FOLLOWS if first in failed}
    for row in report.rows:
        if row.status == "ok" or row.id in behind:
            continue
        named = spoken_of(report, row)
        if row.failing and (named is None or named == (None,)):
            if named is None:
                yield _found(CODEX_DOCTOR_SAYS, row, where, advice=_advised(row))
            continue
        for problem in named or ():
            if problem is not None:
                yield _found(problem, row, where)
    yield from _between(report, where)


def _between(report: Report, where: str) -> Iterator[Finding]:
    """Yield what no row says, but two of them together (codex-doctor-report 4 and 5)."""
    reached, socket = (
        report.row("network.provider_reachability"),
        report.row("network.websocket_reachability"),
    )
    if reached is not None and socket is not None:
        key = reached.detail("reachability mode") == "API key auth"
        if key and socket.detail("auth mode") == "chatgpt":
            yield _found(STALE_OPENAI_API_KEY_ENV, reached, where)
    server = report.row("app_server.status")
    if server is not None and older(server.detail("app-server version"), report.version):
        yield _found(CODEX_DOCTOR_SAYS, server, where, advice=RESTART)


RESTART: Final = "Start the background server anew, it is an older one: `codex app-server daemon restart`."


def _found(problem: Problem, row: Row, where: str, *, advice: str | None = None) -> Finding:
    said = quoted(row)
    details = [line for line in map(_short, _lines(row)) if len(line) <= LONGEST]
    return problem.found(
        f"{f'{where}: ' if where else ''}{SOURCE} says: {said}",
        evidence={
            "report": where or None,
            "row": row.id,
            "status": row.status,
            "details": tuple(details[:KEPT]),
            "remediation": row.remediation or None,
        },
        advice=advice,
        hearsay=Hearsay(
            source=SOURCE, words=said, about=ABOUT.get(IDS.get(row.id, ""), frozenset()) | {problem.name}
        ),
    )


def quoted(row: Row) -> str:
    """Return what *row* says in a line: its summary, and the details that say why."""
    why = [line for line in _lines(row) if re.search(_TELLING, line, re.IGNORECASE)]
    words = "; ".join(_short(line) for line in (row.summary or row.id, *why[:MOST]))
    return f"{words} (and {len(why) - MOST} more)" if len(why) > MOST else words


def _lines(row: Row) -> Iterator[str]:
    yield from row.causes
    yield from row.notes
    for name, values in row.details.items():
        for value in values:
            yield f"{name}: {value}"


def _short(text: str) -> str:
    return on_one_line(text, LONGEST, more=" ...")


def _advised(row: Row) -> str | None:
    if not row.remediation:
        return None
    return f'Codex\'s own doctor advises: "{_short(row.remediation)}"'
