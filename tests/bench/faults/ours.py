"""What codex-doctor says on a machine of the bench, and whether that names its cause."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from machine_examine import examine

if TYPE_CHECKING:
    from bench.faults.known import Fault
    from machine_build import Built


PATIENT: Final = 20
"""Seconds that an examination gets that came to no end within the usual 5."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding at error or warning level."""

    name: str
    severity: str
    role: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one examination. *found* stands in the report's order; *notes* are names alone.

    *unfinished* are the ids of the checks that came to no end.
    """

    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()
    unfinished: tuple[str, ...]
    seconds: float

    @property
    def causes(self) -> list[str]:
        """The names of the findings that are causes, each once for each time it was found."""
        return [each.name for each in self.found if each.role == "cause"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How an examination is judged: *named* is the bar, *detected* that it said anything at all."""

    named: bool
    detected: bool
    false_alarms: int


def examined(built: Built) -> Said:
    """Examine *built* as its user would.

    Where that came to no end, it is done once more with more time, for the box may be busy; what `--live`
    proves is proved once.
    """
    said = _examined(built)
    if not said.unfinished or built.machine.live:
        return said
    return _examined(replace(built, args=(*built.args, "--deadline", str(PATIENT))))


def _examined(built: Built) -> Said:
    began = time.perf_counter()
    outcome = examine(built)
    seconds = time.perf_counter() - began
    report = outcome.report
    return Said(
        found=tuple(
            Found(name=each["name"], severity=each["severity"], role=each["role"])
            for each in report["findings"]
            if each["severity"] in {"error", "warning"}
        ),
        notes=tuple(each["name"] for each in report["findings"] if each["severity"] == "note"),
        unfinished=tuple(
            each["id"] for each in report["checks"] if each["verdict"] in {"crashed", "timed-out"}
        ),
        seconds=seconds,
    )


def judged(fault: Fault, said: Said) -> Verdict:
    """Judge what was *said*: a single fault is named first, a pair is both causes and no other.

    What is only worth knowing is named if it is among the notes.
    """
    strange = [
        each
        for each in said.found
        if each.role == "cause" and each.severity == "error" and each.name not in fault.roots
    ]
    if fault.kind == "pair":
        named = set(said.causes) == set(fault.roots)
    elif fault.kind == "note":
        named = set(fault.roots) <= set(said.notes)
    else:
        named = said.causes[:1] == list(fault.roots)
    return Verdict(named=named, detected=bool(said.found), false_alarms=len(strange))
