"""Read the text form of a report of Codex's own doctor: what people copy off their screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_checks.official.report import IDS, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MARKS: Final[Mapping[str, str]] = {
    "✓": "ok",
    "⚠": "warning",
    "✗": "fail",
    "○": "ok",
    "[ok]": "ok",
    "[!!]": "warning",
    "[XX]": "fail",
    "[--]": "ok",
}
"""Codex's signs for a status; `○` is a server that idles (codex-doctor-report 2)."""

_LABELS: Final[Mapping[str, str]] = {
    label: name for name, label in IDS.items() if name not in {"auth.load", "sandbox.filesystem_paths"}
}
_ROW: Final = re.compile(
    rf"^[ \t>]*({'|'.join(map(re.escape, _MARKS))})[ \t]+({'|'.join(map(re.escape, _LABELS))})[ \t]+(\S.*)$"
)
_DETAIL: Final = re.compile(r"^[ \t>]{4,}(\S(?:.{0,60}?\S)?)[ \t]{2,}(\S.*)$")
_REMEDY: Final = re.compile(r" (?:—|-) ")


def rows_on_screen(text: str) -> Iterable[Row]:
    """Return the rows of the text form that stand in *text*; of two of the same check the later one."""
    rows: dict[str, Row] = {}
    current = ""
    for line in text.splitlines():
        if match := _ROW.match(line.rstrip()):
            current = _LABELS[match[2]]
            summary, *remedy = _REMEDY.split(match[3].strip(), maxsplit=1)
            rows[current] = Row(
                id=current,
                status=_MARKS[match[1]],
                summary=summary.strip()[:2000],
                remediation=(remedy[0].strip() if remedy else "")[:2000],
            )
        elif current and (match := _DETAIL.match(line.rstrip())):
            row = rows[current]
            told = (*row.details.get(match[1], ()), match[2][:2000])
            rows[current] = replace(row, details={**row.details, match[1]: told})
        elif not line.strip():
            current = ""
    return rows.values()
