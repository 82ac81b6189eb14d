"""What the user of `repair` asked for, and looking at the machine as they asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_doctor.causes import Traced
    from codex_doctor.command import Door
    from codex_doctor.context import Context
    from codex_doctor.examination import Seen
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
        seen = look(request)
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
        return plan(findings(seen), named=self.names, handlers=handlers, os=seen.context.system.os)


def findings(seen: Seen) -> tuple[Traced, ...]:
    """Return what was found, with the cause of each, the answer first."""
    from codex_doctor.causes import trace

    return trace(seen.examination.outcomes).findings


def handlers_on(context: Context) -> Handlers:
    """Return who does which step on the machine of *context*."""
    from codex_doctor.examination import load
    from codex_doctor.repair.handlers import handlers_of

    return handlers_of(load(), context.system)
