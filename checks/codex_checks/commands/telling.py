"""How a command that changes a sign-in tells what came of it: to people in words, to programs in events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.acts.events import line
from codex_doctor.command import FAILED, NOT_TRIED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codex_checks.acts.events import Event
    from codex_checks.acts.failures import Failure
    from codex_checks.acts.here import Here
    from codex_checks.acts.recovery import Fate
    from codex_doctor.command import Door


class Telling:
    """What is said through *door*: with *events* JSON Lines on standard output and nothing else."""

    def __init__(self, door: Door, *, events: bool) -> None:
        self._door = door
        self._events = events

    def event(self, event: Event) -> None:
        """Tell programs what happened."""
        if self._events:
            self._door.say(line(event))

    def say(self, text: str) -> None:
        """Tell people what came of it."""
        if not self._events:
            self._door.say(text)

    def note(self, text: str) -> None:
        """Tell people something beside what came of it."""
        if not self._events:
            self._door.note(text, under=2)

    def detail(self, label: str, text: str, *, copied: bool = False) -> None:
        """Tell people more about what came of it: a line below, with a *label* of four letters.

        *copied*: it is to be copied, and stays in one line.
        """
        if not self._events:
            self._door.say(f"  {label}  {text}", under=None if copied else 8)

    def kept(self, path: Path, here: Here, *, restorable: bool) -> None:
        """Tell where what was stored before is kept, and how to go back to it.

        *restorable*: Codex could read it.
        """
        from codex_checks.acts.failures import command
        from codex_doctor.fix import quote

        os = here.ctx.system.os
        self.detail("kept", f"what was stored before: {path}")
        back = command(f"import-auth {quote(str(path), os=os)}", here)
        if not restorable:  # Codex refused it, and so would we
            copy = "copy" if os == "windows" else "cp"
            back = f"{copy} {quote(str(path), os=os)} {quote(str(here.login.file.real), os=os)}"
        self.detail("back", back, copied=True)

    def finished(self, fates: Sequence[Fate]) -> None:
        """Tell what became of acts that had been interrupted, once for each kind."""
        from codex_checks.acts.recovery import Fate

        told = {
            Fate.STORED: "Finished first what had been interrupted: its new tokens are stored.",
            Fate.CLEARED: "Finished first what had been interrupted: there was nothing left to store.",
            Fate.WAITING: "A sign-in that was removed is yet to be revoked: run `codex-doctor logout` again.",
            Fate.KEPT: "Something that was interrupted cannot be finished: another sign-in is stored by now.",
        }
        for fate, words in told.items():
            if fate in fates:
                self.note(words)

    def failure(self, failure: Failure) -> int:
        """Tell that it was not done, why, and what to do; return the exit code."""
        self.event(failure.event)
        problem = failure.problem
        name = f"{problem.code} {problem.name}: " if problem else ""
        self.note(f"codex-doctor: {name}{failure.words}")
        if failure.next_step and not self._events:
            self._door.note(f"  do    {failure.next_step}", under=8)
        if problem:
            self.note(f"  read  codex-doctor explain {problem.code}")
        return NOT_TRIED if failure.passing else FAILED
