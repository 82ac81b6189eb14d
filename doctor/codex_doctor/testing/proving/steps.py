"""One thing at a time: each step of a proof is named before it is done, watched, and bounded."""

from __future__ import annotations

import faulthandler
import os
import time
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from codex_doctor.readings import describe
from codex_doctor.testing.canaries import seen_in
from codex_doctor.testing.proving.surroundings import Surroundings
from codex_doctor.testing.proving.watch import Event, Kind
from codex_doctor.testing.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from codex_doctor.testing.proving.journal import Journal
    from codex_doctor.testing.proving.printed import Printed
    from codex_doctor.testing.proving.watch import Watch

GRACE: Final = 1.0
"""Seconds more than it may take, at most, after which a step that has not ended is cut off."""


class Done(Struct, frozen=True, kw_only=True):
    """What became of a step: *value*, or the *error* that it raised. *cpu* is in seconds."""

    value: Any
    error: BaseException | None
    events: tuple[Event, ...]
    cpu: float


class LostError(Exception):
    """The process is in no state to go on."""


class Steps:
    """Does the steps; *patience* is how many seconds one may take.

    *secrets* are those that were planted where the steps are done. *overdue* are the probes that did not
    answer, and are not asked again. *lost*: the process is in no state to go on.
    """

    def __init__(
        self, journal: Journal, *, watch: Watch, printed: Printed, traces: Path, patience: float
    ) -> None:
        self._journal = journal
        self._watch = watch
        self._printed = printed
        self._traces = traces
        self._patience = patience
        self._told: set[tuple[Rule, str, str]] = set()
        self.secrets: Mapping[str, str] = {}
        self.overdue: set[str] = set()
        self.lost = False

    def breach(self, rule: Rule, subject: str, message: str) -> None:
        """Note that *subject* breaks *rule*, once."""
        if (rule, subject, message) not in self._told:
            self._told.add((rule, subject, message))
            self._journal.breach(rule, subject, message)

    def do(self, subject: str, doing: str, call: Callable[[], object]) -> Done:
        """Do *call* for *subject*, and note what nothing may do, whatever it is for.

        :raises LostError: the process cannot go on after that.
        """
        self._journal.write("begin", subject=subject, doing=doing)
        before = Surroundings.now()
        value, error = None, None
        traces = os.open(self._traces, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        faulthandler.dump_traceback_later(overdue_after(self._patience), exit=True, file=traces)
        began = time.thread_time()
        self._watch.start()
        try:
            value = call()
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it is the author's
            error = raised
        events = self._watch.stop()
        cpu = time.thread_time() - began
        faulthandler.cancel_dump_traceback_later()
        try:
            os.close(traces)
            self._look_around(subject, doing, before, events)
        except (OSError, ValueError):  # what everything here needs was closed
            self.lost = True
            raise LostError from None
        self._journal.write("end", subject=subject)
        return Done(value=value, error=error, events=events, cpu=cpu)

    def _look_around(self, subject: str, doing: str, before: Surroundings, events: tuple[Event, ...]) -> None:
        for event in events:
            if event.kind is Kind.TERMINAL:
                self.breach(Rule.QUIET, subject, f"{event.what} while {doing}: the terminal is the doctor's")
            elif event.kind is Kind.KILL:
                self.breach(
                    Rule.TIDY, subject, f"calls {event.what} while {doing}: it signals other processes"
                )
        changes = list(before.changed())
        for change in changes:
            self.breach(Rule.TIDY, subject, change)
        size, start = self._printed.taken()
        if size:
            shown = "a planted secret" if seen_in(start, self.secrets) else repr(start[:80])
            self.breach(
                Rule.QUIET, subject, f"prints {size} bytes while {doing}, {shown}: put it into the finding"
            )


def overdue_after(patience: float) -> float:
    """Return the seconds after which a step is cut off that may take *patience* of them."""
    return patience + min(patience, GRACE)


def in_words(error: BaseException) -> str:
    """Return what an error means to the author."""
    if isinstance(error, SystemExit):
        return "calls sys.exit: a check never ends the process; raise Unavailable or NotApplicable"
    if isinstance(error, KeyboardInterrupt):
        return "raises KeyboardInterrupt, which is the user's"
    return f"raises {describe(error)}"
