"""A line on the terminal that says what is being examined, and goes away."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.model import Outcome

_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_FRAMES: Final = "|/-\\"
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """Shows the checks in flight on *terminal*, at most *width* columns of them."""

    def __init__(self, terminal: TextIO, *, width: int, ascii: bool) -> None:
        self._terminal = terminal
        self._width = width
        self._frames = cycle(_ASCII_FRAMES if ascii else _FRAMES)
        self._dots = "..." if ascii else "…"
        self._shown = False

    def finished(self, outcome: Outcome) -> None:
        """Nothing to show for one check alone."""

    def tick(self, in_flight: Sequence[str]) -> None:
        """Draw the line anew."""
        if not in_flight:
            return
        words = f"{next(self._frames)} {len(in_flight)} to go: {', '.join(in_flight)}"
        if len(words) >= self._width:
            words = words[: max(0, self._width - 1 - len(self._dots))] + self._dots
        self._terminal.write(_CLEAR + words)
        self._terminal.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._terminal.write(_CLEAR)
            self._terminal.flush()
            self._shown = False
