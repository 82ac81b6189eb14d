"""What looking at the machine has shown so far: what is there, what is gone, and what could not be seen."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.model import Verdict
from codex_doctor.repair.asked import diagnosis, reporting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.causes import Traced
    from codex_doctor.command import Door
    from codex_doctor.examination import Seen
    from codex_doctor.model import Outcome
    from codex_doctor.repair.asked import Asked


class Fate(StrEnum):
    """What became of a finding."""

    GONE = "gone"
    THERE = "there"
    UNSEEN = "unseen"
    """The check that found it came to no end, or something else keeps it from being judged."""


class Became(Struct, frozen=True, kw_only=True):
    """What became of a finding, and in words what was seen, or why nothing was."""

    fate: Fate
    words: str = ""


class Looked:
    """All looks at the machine that one repair has taken."""

    def __init__(self, asked: Asked, door: Door) -> None:
        self._asked = asked
        self._door = door
        self._outcomes: dict[str, Outcome] = {}
        self._met: set[str] = set()

    def look(self, checks: Sequence[str] | None = None) -> Seen:
        """Examine the machine: *checks*, or what was asked for."""
        seen = self._asked.look(self._door, checks=checks)
        for outcome in seen.examination.outcomes:
            self._outcomes[outcome.check] = outcome
        for traced in diagnosis(seen).findings:
            self._met |= {traced.finding.problem.name, traced.finding.problem.code.lower()}
        return seen

    @property
    def unfinished(self) -> tuple[Outcome, ...]:
        """The checks that came to no end."""
        return tuple(outcome for outcome in self._outcomes.values() if _came_to_no_end(outcome))

    def missing(self) -> tuple[tuple[str, str], ...]:
        """Return the problems that were asked for by name and never met; for each why it could not be seen.

        The reason is empty where all was seen, and the problem is not there.
        """
        names = (name for name in self._asked.names if name.lower() not in self._met)
        return tuple((name, self._gap(name)) for name in names)

    def _gap(self, name: str) -> str:
        own = reporting(name)
        return next(
            (
                f"{outcome.check}: {outcome.reason or outcome.verdict}"
                for outcome in self.unfinished
                if outcome.check in own or outcome.origin
            ),
            "",
        )


def became(traced: Traced, seen: Seen) -> Became:
    """Return what became of *traced*: the same problem with the same subjects, where they are known."""
    found = diagnosis(seen)
    finding = traced.finding
    for other in (each.finding for each in found.findings):
        apart = other.subjects and finding.subjects and not other.subjects & finding.subjects
        if other.problem.code == finding.problem.code and not apart:
            return Became(fate=Fate.THERE, words=other.detail)
    outcome = next((each for each in seen.examination.outcomes if each.check == traced.check), None)
    if outcome is None or _came_to_no_end(outcome):
        return Became(
            fate=Fate.UNSEEN, words=(outcome and outcome.reason) or f"{traced.check} came to no end"
        )
    if cause := found.blocked_by.get(traced.check):
        return Became(fate=Fate.UNSEEN, words=f"{cause} has to be mended first")
    return Became(fate=Fate.GONE)


def _came_to_no_end(outcome: Outcome) -> bool:
    return outcome.verdict in (Verdict.CRASHED, Verdict.TIMED_OUT)
