"""How a command that changes a sign-in tells what came of it: to people in words, to programs in events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.acts.events import line
from codex_doctor.command import FAILED, NOT_TRIED

if TYPE_CHECKING:
    from codex_checks.acts.events import Event
    from codex_checks.acts.failures import Failure
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
            self._door.note(text)

    def failure(self, failure: Failure) -> int:
        """Tell that it was not done, why, and what to do; return the exit code."""
        self.event(failure.event)
        problem = failure.problem
        name = f"{problem.code} {problem.name}: " if problem else ""
        self.note(f"codex-doctor: {name}{failure.words}")
        if failure.next_step:
            self.note(f"  do    {failure.next_step}")
        if problem:
            self.note(f"  read  codex-doctor explain {problem.code}")
        return NOT_TRIED if failure.passing else FAILED
