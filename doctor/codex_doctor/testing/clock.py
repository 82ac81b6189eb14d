"""A clock that a test sets: for `Context.now`."""

from __future__ import annotations

from typing import Final

START: Final = 1_767_323_045.0
"""2 January 2026, 03:04:05 UTC, in seconds since the epoch."""


class FakeClock:
    """It stands still unless it is moved."""

    def __init__(self, start: float = START) -> None:
        self._now = start

    def __call__(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass; negative ones set the clock back, as happens to real ones."""
        self._now += seconds
