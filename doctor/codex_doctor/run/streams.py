"""The streams that a command gets: a pseudo-terminal in place of a terminal, a pipe in place of the rest."""

from __future__ import annotations

import contextlib
import os
from typing import Final, Self

STDIN: Final = 0
STDOUT: Final = 1
STDERR: Final = 2

_WINDOW: Final = b"\0" * 8
"""Rows, columns and pixels, as TIOCGWINSZ gives them."""


class Streams:
    """What stands between a command and this process's streams.

    *given* are the command's standard input, output and error; *sources* say to which of ours each thing
    goes that is read. *terminal* is our end of the pseudo-terminal, if there is one, and *typed* says whether
    what is typed goes through it.
    """

    def __init__(self) -> None:
        self.sources: dict[int, int] = {}
        self.terminal: int | None = None
        self._theirs: list[int] = []
        on_terminal = [each for each in (STDOUT, STDERR) if os.isatty(each)]
        slave = self._open_terminal(on_terminal[0]) if on_terminal else None
        self.typed = slave is not None and os.isatty(STDIN)
        out = slave if slave is not None and STDOUT in on_terminal else self._pipe(STDOUT)
        if slave is not None and STDERR in on_terminal:
            error = slave
        elif STDOUT not in on_terminal and _same_file(STDOUT, STDERR):
            error = out  # `2>&1`: two pipes would mix up the order
        else:
            error = self._pipe(STDERR)
        self.given = (slave if self.typed and slave is not None else STDIN, out, error)
        if slave is not None and not self.typed:
            _as_it_comes(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hand_over()
        for each in list(self.sources):
            self.close(each)

    def hand_over(self) -> None:
        """Close the command's ends, once it has them."""
        for each in self._theirs:
            os.close(each)
        self._theirs.clear()

    def close(self, source: int) -> None:
        """Read no more from *source*: the command finds out when it writes there."""
        del self.sources[source]
        os.close(source)

    def resize(self) -> None:
        """Give the pseudo-terminal the size of the terminal."""
        import fcntl
        import termios

        if self.terminal in self.sources:
            with contextlib.suppress(OSError):
                size = fcntl.ioctl(self.sources[self.terminal or 0], termios.TIOCGWINSZ, _WINDOW)
                fcntl.ioctl(self.terminal or 0, termios.TIOCSWINSZ, size)

    def _open_terminal(self, ours: int) -> int:
        import pty
        import termios

        self.terminal, slave = pty.openpty()
        with contextlib.suppress(termios.error):
            termios.tcsetattr(slave, termios.TCSANOW, termios.tcgetattr(ours))
        self._theirs.append(slave)
        self.sources[self.terminal] = ours
        self.resize()
        return slave

    def _pipe(self, ours: int) -> int:
        reading, writing = os.pipe()
        self._theirs.append(writing)
        self.sources[reading] = ours
        return writing


def _same_file(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False


def _as_it_comes(slave: int) -> None:
    """Let the pseudo-terminal add no carriage returns: the terminal itself still does."""
    import termios

    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
