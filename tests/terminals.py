"""A program on a real pseudo-terminal of its own, as a person sits in front of it."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ENOUGH: Final = 30.0
"""Seconds: only a test that fails waits that long."""

CTRL_C: Final = "\x03"
CTRL_Z: Final = "\x1a"

_ON_IT: Final = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"
"""Makes the terminal on standard input the one that Ctrl-C is pressed at, and becomes the program."""


class OnTerminal:
    """The program *argv*, with *env* alone as its environment; *shown* is everything it wrote."""

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ON_IT, *argv],
            env={"TERM": "xterm-256color", "COLUMNS": "100", **env},
            cwd=cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(ENOUGH)
        os.close(self._ours)

    def wait_for(self, text: str, *, times: int = 1) -> str:
        """Return everything that was shown, once *text* is in it so many *times*."""
        until = time.monotonic() + ENOUGH
        while self.shown.count(text) < times:
            assert time.monotonic() < until, f"{text!r} never came:\n{self.shown}"
            assert self._read(), f"{text!r} did not come before the end:\n{self.shown}"
        return self.shown

    def wait_for_more(self) -> None:
        """Wait until anything more is shown."""
        assert self._read(), f"nothing came any more:\n{self.shown}"

    def press(self, keys: str) -> None:
        """Press *keys*."""
        self.press_bytes(keys.encode())

    def press_bytes(self, keys: bytes) -> None:
        """Press *keys*, which need not be text."""
        os.write(self._ours, keys)

    def end(self) -> int:
        """Return the exit code, once the program has ended and everything it wrote was read."""
        with contextlib.suppress(OSError):
            while self._read():
                continue
        return self.process.wait(ENOUGH)

    def _read(self) -> bool:
        """Read what there is; whether more may come."""
        if not select.select([self._ours], [], [], ENOUGH)[0]:
            return False
        try:
            chunk = os.read(self._ours, 65536)
        except OSError:  # Linux's way of saying that the other end is closed
            return False
        self.shown += chunk.decode("utf-8", "replace")
        return bool(chunk)
