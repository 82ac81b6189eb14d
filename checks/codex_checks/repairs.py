"""Repairs by codex-doctor itself that were cut off on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.moments import moment, stamp
from codex_checks.problems.renewal import REPAIR_INTERRUPTED
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.private import state_folder
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.check import Check
    from codex_doctor.context import Context
    from codex_doctor.model import Finding


NONE_YET: Final = "no repair was made yet"


class CutOff(Struct, frozen=True, kw_only=True):
    """A repair that was cut off: its *id*, when it *started* (seconds since the epoch), and for what."""

    id: str
    started: float
    names: tuple[str, ...]


class Repairs(Struct, frozen=True, kw_only=True):
    """The repairs that were *cut_off*, the newest first."""

    cut_off: tuple[CutOff, ...] = ()


@blocking_probe("doctor.repairs", touches={Touches.FILES}, limit=2.0)
def repairs(_ctx: Context) -> Repairs:
    """Read the records of our own repairs; while one is at work, all are well."""
    if not state_folder().is_dir():
        raise NotApplicable(NONE_YET)
    from codex_doctor.repair.alone import at_work
    from codex_doctor.repair.record import own_records

    found = own_records().all()
    if not found:
        raise NotApplicable(NONE_YET)
    cut_off = [record for record in found if record.unfinished]
    if cut_off and at_work():
        return Repairs()
    return Repairs(
        cut_off=tuple(CutOff(id=record.id, started=record.started, names=record.names) for record in cut_off)
    )


@check(
    "doctor.repairs-finished",
    title="Every repair by codex-doctor came to its end",
    needs=(repairs,),
    reports=(REPAIR_INTERRUPTED,),
)
def repairs_finished(found: Repairs) -> Iterator[Finding]:
    """Report each repair that was cut off; the next one finishes it first."""
    for one in found.cut_off:
        yield REPAIR_INTERRUPTED.found(
            f"A repair that began at {moment(one.started)} ({', '.join(one.names)}) was cut off",
            evidence={"repair": one.id, "began": stamp(one.started), "for": one.names},
            advice=f"Let codex-doctor finish it, or take it back: codex-doctor repair --undo {one.id}",
            fix=Fix(summary="Let codex-doctor finish it", steps=(ShellLine(line="codex-doctor repair"),)),
        )


CHECKS: Final[tuple[Check, ...]] = (repairs_finished,)
