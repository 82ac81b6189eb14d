"""What the user of `repair` asked for, and looking at the machine as they asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_doctor.causes import Diagnosis
    from codex_doctor.command import Door
    from codex_doctor.context import Context
    from codex_doctor.examination import Seen
    from codex_doctor.model import Outcome
    from codex_doctor.repair.handlers import Handlers
    from codex_doctor.repair.plan import Planned

LONGEST: Final = 3600.0
"""Seconds that the steps may take in all: a person may be reading a code off the screen meanwhile."""


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked for. *names* are problems by name or code; without any, every cause is meant.

    *deadline* are the seconds of each examination, *options* the user's own words for catalogues.
    """

    names: tuple[str, ...] = ()
    yes: bool = False
    offline: bool = False
    deadline: float | None = None
    options: Mapping[str, str] = {}

    def look(self, door: Door, *, checks: Sequence[str] | None = None) -> Seen:
        """Examine the machine: *checks*, or what was asked for. *door* says no secret of it afterwards."""
        from codex_doctor.examination import DEADLINE, Request, look

        request = Request(
            select=tuple(self.names if checks is None else checks),
            offline=self.offline,
            deadline=self.deadline or DEADLINE,
            since=time.monotonic(),
            options=self.options,
        )
        seen = look(request, observer=_InPassing(door) if door.interactive else None)
        door.hide(seen.context.vault, home=str(seen.context.home))
        return seen

    def workshop(self, door: Door) -> Context:
        """Return the context in which steps are done: one with time. Close it.

        Where the user keeps the network away, a step that needs it must not be tried.
        """
        from codex_doctor.examination import Request, here

        request = Request(
            deadline=LONGEST, since=time.monotonic(), offline=self.offline, options=self.options
        )
        context = here(request)
        door.hide(context.vault, home=str(context.home))
        return context

    def plan(self, seen: Seen) -> tuple[Planned, ...]:
        """Return what would be done about what was *seen*."""
        from codex_doctor.repair.plan import plan

        handlers = handlers_on(seen.context)
        return plan(
            diagnosis(seen).findings,
            named=self.names,
            handlers=handlers,
            os=seen.context.system.os,
            offline=self.offline,
        )


class _InPassing:
    """Shows the checks in flight to whoever waits for them at *door*."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def finished(self, outcome: Outcome) -> None:
        """Nothing to show for one check alone."""

    def tick(self, in_flight: Sequence[str]) -> None:
        """Show them anew."""
        if in_flight:
            self._door.passing(f"{len(in_flight)} to go: {', '.join(in_flight)}")


def diagnosis(seen: Seen) -> Diagnosis:
    """Return what was found, with the cause of each, the answer first."""
    from codex_doctor.causes import trace

    return trace(seen.examination.outcomes)


def must_be_problems(words: Sequence[str]) -> None:
    """Make sure that *words* name problems, as far as the built-in catalogues can tell.

    :raises UsageError: one of them names a check or an area, of which nobody can say what to mend.
    """
    from codex_doctor.catalogue import selected
    from codex_doctor.examination import load

    catalogues = [loaded.catalogue for loaded in load()]
    problems = [problem for catalogue in catalogues for problem in catalogue.problems]
    known = {word for problem in problems for word in (problem.name, problem.code.lower())}
    checks = [check for catalogue in catalogues for check in catalogue.checks]
    for word in words:
        if word.lower() not in known and (chosen := selected(checks, [word])):
            names = sorted({problem.name for check in chosen for problem in check.reports})
            hint = f", as {names[0]}" if len(names) == 1 else ""
            raise UsageError(f"{word!r} is no problem; a repair is told the name or code of one{hint}")


def reporting(word: str) -> frozenset[str]:
    """Return the ids of the built-in checks that can find the problem called *word*."""
    from codex_doctor.examination import load

    checks = (check for loaded in load() for check in loaded.catalogue.checks)
    return frozenset(
        check.id
        for check in checks
        if any(word.lower() in (problem.name, problem.code.lower()) for problem in check.reports)
    )


def handlers_on(context: Context) -> Handlers:
    """Return who does which step on the machine of *context*."""
    from codex_doctor.examination import load
    from codex_doctor.repair.handlers import handlers_of

    return handlers_of(load(), context.system)
