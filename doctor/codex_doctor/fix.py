"""A fix and its few steps, as data: what to do is said here, doing it is the repair's business."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import Final

from msgspec import Struct

_PLAIN_ON_WINDOWS: Final = re.compile(r"[\w.:\\/+=@~-]*")
"""A word in which neither cmd nor PowerShell sees anything but letters."""


class SetMode(Struct, frozen=True, kw_only=True):
    """Give the file or folder *path* the permission bits *mode*."""

    path: str
    mode: int


class MoveAside(Struct, frozen=True, kw_only=True):
    """Rename *path* to a name beside it, so that nothing is lost."""

    path: str
    to: str


class RunCommand(Struct, frozen=True, kw_only=True):
    """Run a program; *argv* is given to it unchanged, without a shell."""

    argv: tuple[str, ...]


class ShellLine(Struct, frozen=True, kw_only=True):
    """A line for the user's own shell, where its state is what must change (`unset`, `export`)."""

    line: str


class Tell(Struct, frozen=True, kw_only=True):
    """Something only a person can do, in words; it has no command."""

    text: str


Step = SetMode | MoveAside | RunCommand | ShellLine | Tell


class Fix(Struct, frozen=True, kw_only=True):
    """How to mend a finding. *destructive*: something is gone afterwards that no undo brings back."""

    summary: str
    steps: tuple[Step, ...] = ()
    destructive: bool = False


def command(step: Step, *, os: str) -> str | None:
    """Return *step* as a line to copy into a shell of *os*, or None where it has no command."""
    windows = os == "windows"
    match step:
        case SetMode(path=path, mode=mode):
            if windows:
                return f'icacls "{path}" /inheritance:r /grant:r "%USERNAME%:F"'
            return f"chmod {mode:o} {quote(path, os=os)}"
        case MoveAside(path=path, to=to):
            verb = "move" if windows else "mv"
            return f"{verb} {quote(path, os=os)} {quote(to, os=os)}"
        case RunCommand(argv=argv):
            return " ".join(quote(word, os=os) for word in argv)
        case ShellLine(line=line):
            return line
        case Tell():
            return None


def quote(word: str, *, os: str) -> str:
    """Return *word* quoted for a shell of *os*."""
    if os != "windows":
        return shlex.quote(word)
    quoted = subprocess.list2cmdline([word])
    if quoted.startswith('"') or _PLAIN_ON_WINDOWS.fullmatch(word):
        return quoted
    ends = word[len(word.rstrip("\\")) :]  # before a quote, each backslash counts half
    return f'"{quoted}{ends}"'
