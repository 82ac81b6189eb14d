"""The table of the bench, by area: what was named, what was only detected, what was missed."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

import msgspec

from bench.faults.ours import Verdict  # noqa: TC001 - msgspec reads the annotation at run time
from codex_doctor.model import AREAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ORDER: Final = (*AREAS, "pairs", "notes", "healthy")

SIDES: Final = ("codex-doctor", "codex doctor")


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What one side made of one machine."""

    verdict: Verdict
    seconds: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One machine, with what both sides made of it; *theirs* is None where it was not asked."""

    name: str
    area: str
    ours: Judged
    theirs: Judged | None = None


def markdown(rows: Sequence[Row]) -> str:
    """Return the table, a line an area, with sums of the single faults."""
    singles = [row for row in rows if row.area in AREAS]
    groups = [(area, [row for row in rows if row.area == area]) for area in ORDER]
    lines = [(area, group) for area, group in groups if group]
    lines.insert(sum(area in AREAS for area, _ in lines), ("**all single faults**", singles))
    sides = [side for side in SIDES if side == SIDES[0] or any(row.theirs for row in rows)]
    cells = ("named", "only detected", "missed", "false alarms", "median s")
    head = ["area", "machines", *(f"{side}: {cell}" for side in sides for cell in cells)]
    body = [_line(area, group, len(sides)) for area, group in lines if group]
    return "\n".join(["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1), *body]) + "\n"


def _line(area: str, rows: Sequence[Row], sides: int) -> str:
    cells = [area, str(len(rows)), *_counts(area, (row.ours for row in rows))]
    if sides > 1:
        cells += _counts(area, (row.theirs for row in rows if row.theirs))
    return "| " + " | ".join(cells) + " |"


def _counts(area: str, judged: Iterable[Judged]) -> list[str]:
    """Return the cells of one side; on a healthy machine there is nothing to be named or missed."""
    every = list(judged)
    verdicts = [each.verdict for each in every]
    named = sum(each.named for each in verdicts)
    only = sum(each.detected and not each.named for each in verdicts)
    counts = ["-", "-", "-"] if area == "healthy" else [str(named), str(only), str(len(every) - named - only)]
    alarms = str(sum(each.false_alarms for each in verdicts))
    return [*counts, alarms, f"{statistics.median(each.seconds for each in every):.2f}"]
