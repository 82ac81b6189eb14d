"""The keys of a terminal on their way to a command, and the one that stops both for a while: Ctrl-Z.

A command that has a pseudo-terminal to itself is in a session of its own, and there the system lets no key
stop anything: nobody could start it again. So the key is seen here: the command is stopped, the terminal is
given back, and this process stops as if the key had been its own. Continued, it does all that backwards.
"""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Generator


class Keys:
    """The keys of *terminal*, where this process is the one that gets them; *pseudo* is what they go to."""

    def __init__(self, terminal: int, pseudo: int) -> None:
        self._terminal = terminal
        self._pseudo = pseudo
        self._before: list[Any] | None = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()

    @property
    def taken(self) -> bool:
        """Whether they are ours now, and not those of somebody in front of us."""
        return self._before is not None

    def take(self) -> None:
        """Let every key come as it is pressed, where they are ours: taking somebody else's would stop us."""
        import termios
        import tty

        with contextlib.suppress(OSError, termios.error):
            if self._before is None and is_in_front_of(self._terminal):
                before = termios.tcgetattr(self._terminal)
                tty.setraw(self._terminal, termios.TCSANOW)
                self._before = before

    def without_stop(self, typed: bytes) -> tuple[bytes, bool]:
        """Return what was *typed* without the key that stops, and whether that was pressed.

        It is a key like others to a command that reads every one, as a full-screen program does.
        """
        import termios

        try:
            _, _, _, local, _, _, characters = termios.tcgetattr(self._pseudo)
        except (OSError, termios.error):
            return typed, False
        key = characters[termios.VSUSP]
        if not local & termios.ISIG or not isinstance(key, bytes) or key not in typed:
            return typed, False
        return typed.replace(key, b""), True

    def stop(self) -> None:
        """Stop the command and this process, until somebody continues it."""
        with contextlib.suppress(OSError):
            group = os.tcgetpgrp(self._pseudo)
            os.killpg(group, signal.SIGSTOP)
            self._give_back()
            with _as_it_was(signal.SIGTSTP):
                os.kill(0, signal.SIGTSTP)  # everybody in this job, as the key itself does
            self.take()
            os.killpg(group, signal.SIGCONT)

    def _give_back(self) -> None:
        import termios

        if self._before is not None:
            with contextlib.suppress(OSError, termios.error):  # it has gone meanwhile
                termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
            self._before = None


def is_in_front_of(terminal: int) -> bool:
    """Whether this process is one of those that *terminal* sends its keys to."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False


@contextlib.contextmanager
def _as_it_was(number: signal.Signals) -> Generator[None]:
    """Let the signal do meanwhile what it does by itself."""
    before = signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(number, before)
