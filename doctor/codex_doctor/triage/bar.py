"""A bar on the terminal that says how much of what was given is read, and goes away."""

from __future__ import annotations

import os
import sys
import time
from typing import Final, TextIO

from codex_doctor.terminal import columns

EVERY: Final = 0.1
"""Seconds between two drawings."""

WIDEST: Final = 40
"""Columns of the bar itself."""

_CLEAR: Final = "\r\x1b[K"


class Bar:
    """Shows how many of the files are read on *terminal*."""

    def __init__(self, terminal: TextIO, *, width: int, ascii: bool) -> None:
        self._terminal = terminal
        self._width = width
        self._full, self._empty = ("#", "-") if ascii else ("█", "░")
        self._total = 0
        self._done = 0
        self._drawn = 0.0
        self._shown = False

    def begin(self, total: int) -> None:
        """Take note that there are *total* files."""
        self._total = total
        self._draw()

    def step(self) -> None:
        """Take note that one more was read."""
        self._done += 1
        if time.monotonic() - self._drawn >= EVERY:
            self._draw()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._terminal.write(_CLEAR)
            self._terminal.flush()
            self._shown = False

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        words = f" {self._done:,} of {self._total:,} files"
        room = max(0, min(WIDEST, self._width - len(words) - 1))
        full = room * self._done // self._total if self._total else 0
        line = f"{self._full * full}{self._empty * (room - full)}{words}"
        self._terminal.write(_CLEAR + line[: self._width - 1])
        self._terminal.flush()
        self._shown = True


def bar_for(*, ascii: bool) -> Bar | None:
    """Return a bar on standard error, or None where nobody watches it."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return None
    return Bar(sys.stderr, width=columns(), ascii=ascii)
