"""A fix and its few steps, as data: what to do is said here, doing it is the repair's business."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping  # noqa: TC003 - msgspec reads these annotations at run time
from typing import Final

from msgspec import Struct, field

__all__ = [
    "Act",
    "Edit",
    "Fix",
    "MakeFolder",
    "MoveAside",
    "RemoveFile",
    "RewriteFile",
    "RunCommand",
    "SetMode",
    "SetOwner",
    "ShellLine",
    "Step",
    "Tell",
]

_PLAIN_ON_WINDOWS: Final = re.compile(r"[\w.:\\/+=@~-]*")
"""A word in which neither cmd nor PowerShell sees anything but letters."""


class SetMode(Struct, frozen=True, kw_only=True):
    """Give the file or folder *path* the permission bits *mode*."""

    path: str
    mode: int

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return f"Set the mode of {self.path} to {self.mode:o}"


class SetOwner(Struct, frozen=True, kw_only=True):
    """Give *path*, and everything in it that belongs to the user *was*, to the user *owner*.

    Both are numbers. Only root can do it; links are not followed.
    """

    path: str
    owner: int
    was: int = 0

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return f"Give what belongs to user {self.was} in {self.path} to user {self.owner}"


class MoveAside(Struct, frozen=True, kw_only=True):
    """Rename *path* to a name beside it, so that nothing is lost.

    *unless_locked* is a file: while a program holds a lock on it, nothing is renamed.
    """

    path: str
    to: str
    unless_locked: str | None = None

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return f"Rename {self.path} to {self.to}"


class MakeFolder(Struct, frozen=True, kw_only=True):
    """Make the folder *path* with the permission bits *mode*, and those above it where they are absent."""

    path: str
    mode: int = 0o700

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return f"Make the folder {self.path}"


class Edit(Struct, frozen=True, kw_only=True):
    """Lines of a file that are replaced: *old* from line *first* (1 is the first) by *new*.

    Both hold lines without their ends. Nothing in *old* inserts before *first*.
    """

    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]

    def __repr__(self) -> str:
        """Tell where it is, and nothing of the lines: a key may stand in them."""
        return f"Edit(first={self.first}, old=<{len(self.old)} lines>, new=<{len(self.new)} lines>)"


class RewriteFile(Struct, frozen=True, kw_only=True):
    """Change lines of the text file *path*, if it is still what was read: *sha256* of its bytes, in hex.

    *edits* stand in the order of their lines and do not overlap. Mode, owner and line ends stay.
    *encoding* is what the file is saved in now, in Python's words; it is UTF-8 afterwards, and without
    a byte order mark where it was something else.
    """

    path: str
    sha256: str
    edits: tuple[Edit, ...]
    encoding: str = "utf-8"

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return f"Change {self.path}"


class RemoveFile(Struct, frozen=True, kw_only=True):
    """Remove the file *path*, if it is still what was read: *sha256* of its bytes, in hex. A copy is kept."""

    path: str
    sha256: str

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return f"Remove {self.path}"


class RunCommand(Struct, frozen=True, kw_only=True):
    """Run a program; *argv* is given to it unchanged, without a shell.

    *undo* is the command that takes it back; empty: there is nothing to take back. Where it is None
    nobody knows, and it is left to the user to run.
    """

    argv: tuple[str, ...]
    undo: tuple[str, ...] | None = None

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return f"Run {shlex.join(self.argv)}"


class Act(Struct, frozen=True, kw_only=True):
    """Something that a catalogue knows how to do: *kind* names its handler there, *arguments* are for that.

    *words* say what is done, as an imperative; *command* is a line to copy that does the same.
    """

    kind: str
    words: str
    command: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])


class ShellLine(Struct, frozen=True, kw_only=True):
    """A line for the user's own shell, where its state is what must change (`unset`, `export`)."""

    line: str

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return f"Run in your shell: {self.line}"


class Tell(Struct, frozen=True, kw_only=True):
    """Something only a person can do, in words; it has no command."""

    text: str

    @property
    def words(self) -> str:
        """What is done, as an imperative."""
        return self.text


Step = (
    SetMode
    | SetOwner
    | MakeFolder
    | RewriteFile
    | RemoveFile
    | MoveAside
    | RunCommand
    | Act
    | ShellLine
    | Tell
)

KINDS: Final[Mapping[str, type[Step]]] = {
    "set-mode": SetMode,
    "set-owner": SetOwner,
    "make-folder": MakeFolder,
    "rewrite-file": RewriteFile,
    "remove-file": RemoveFile,
    "move-aside": MoveAside,
    "run-command": RunCommand,
    "act": Act,
    "shell-line": ShellLine,
    "tell": Tell,
}
"""The kinds of steps, by the name that they have in data."""

NAMES: Final[Mapping[type[Step], str]] = {shape: kind for kind, shape in KINDS.items()}


class Fix(Struct, frozen=True, kw_only=True):
    """How to mend a finding. *destructive*: something is gone afterwards that no undo brings back."""

    summary: str
    steps: tuple[Step, ...] = ()
    destructive: bool = False


def command(step: Step, *, os: str) -> str | None:
    """Return *step* as a line to copy into a shell of *os*, or None where it has no command."""
    match step:
        case SetMode() | SetOwner() | MakeFolder() | RemoveFile() | MoveAside():
            return _of_files(step, os=os)
        case RunCommand(argv=argv):
            return " ".join(quote(word, os=os) for word in argv)
        case Act(command=line) | ShellLine(line=line):
            return line
        case RewriteFile() | Tell():
            return None


def _of_files(step: SetMode | SetOwner | MakeFolder | RemoveFile | MoveAside, *, os: str) -> str | None:
    windows, path = os == "windows", quote(step.path, os=os)
    match step:
        case SetMode(mode=mode):
            if windows:
                return f'icacls "{step.path}" /inheritance:r /grant:r "%USERNAME%:F"'
            return f"chmod {mode:o} {path}"
        case SetOwner(owner=owner):
            return None if windows else f"sudo chown -R {owner} {path}"
        case MakeFolder(mode=mode):
            return f"mkdir {path}" if windows else f"mkdir -p -m {mode:o} {path}"
        case RemoveFile():
            return f"del {path}" if windows else f"rm {path}"
        case MoveAside(to=to):
            return f"{'move' if windows else 'mv'} {path} {quote(to, os=os)}"


def quote(word: str, *, os: str) -> str:
    """Return *word* quoted for a shell of *os*."""
    if os != "windows":
        return shlex.quote(word)
    import subprocess  # the quick answers on other systems need none of it

    quoted = subprocess.list2cmdline([word])
    if quoted.startswith('"') or _PLAIN_ON_WINDOWS.fullmatch(word):
        return quoted
    ends = word[len(word.rstrip("\\")) :]  # before a quote, each backslash counts half
    return f'"{quoted}{ends}"'
