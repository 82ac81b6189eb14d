"""Find what is to be triaged: files, folders, globs and standard input, one after the other."""

from __future__ import annotations

import glob
import io
import os
import stat
import sys
import tempfile
from typing import TYPE_CHECKING, BinaryIO, Final

from msgspec import Struct

from codex_doctor.triage.archives import content_in
from codex_doctor.triage.rows import Unreadable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.triage.archives import Content

STDIN: Final = "-"

LARGEST_INPUT: Final = 4 * 1024**3
"""Bytes that are taken from standard input."""

SMALL: Final = 1024 * 1024
"""Bytes: a smaller file is read at once, for going to and fro in it takes longer than reading it."""

_OPENS: Final = (
    os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


class File(Struct, frozen=True, kw_only=True):
    """A file that may hold reports. *named*: it was given by its own name, and may be a link."""

    path: str
    named: bool = False


def files(paths: Sequence[str]) -> Iterator[File | Unreadable]:
    """Yield the files that *paths* lead to, in order; what begins with a full stop in a folder is not meant.

    No link in a folder is followed.
    """
    for path in paths:
        if path == STDIN:
            yield File(path=STDIN, named=True)
        elif os.path.isdir(path):  # noqa: PTH112 - a string, as every path here: there may be a million
            yield from _below(path)
        elif os.path.lexists(path):
            yield File(path=path, named=True)
        elif glob.has_magic(path):
            yield from _fitting(path)
        else:
            yield Unreadable(path=shown(path), error="it does not exist")


def _fitting(pattern: str) -> Iterator[File | Unreadable]:
    found = False
    for path in sorted(glob.iglob(pattern, recursive=True)):  # noqa: PTH207 - the same
        found = True
        if os.path.isdir(path):  # noqa: PTH112 - the same
            yield from _below(path)
        else:
            yield File(path=path)
    if not found:
        yield Unreadable(path=shown(pattern), error="nothing has such a name")


def _below(folder: str) -> Iterator[File | Unreadable]:
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(current) as entries:
                found = sorted((entry for entry in entries), key=lambda entry: entry.name)
        except OSError as error:
            yield Unreadable(path=shown(current), error=f"it cannot be read: {error.strerror or error}")
            continue
        folders: list[str] = []
        for entry in found:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            else:
                yield File(path=entry.path)
        waiting += reversed(folders)


def contents(file: File) -> Iterator[Content | Unreadable]:
    """Yield what may be a report in *file*, archives opened; never raises for what stands there."""
    where = "standard input" if file.path == STDIN else shown(file.path)
    try:
        with _opened(file) as opened:
            yield from content_in(opened, where)
    except OSError as error:
        yield Unreadable(path=where, error=_reason(file, error))


def _reason(file: File, error: OSError) -> str:
    if not file.named and os.path.islink(file.path):  # noqa: PTH114 - a string, as every path here
        return "it is a link: name it itself to have it read"
    return f"it cannot be read: {error.strerror or error}"


def _opened(file: File) -> BinaryIO:
    """Open *file* without waiting for anybody.

    :raises OSError: it cannot be opened, or is no file.
    """
    if file.path == STDIN:
        return _standard_input()
    descriptor = os.open(file.path, _OPENS | (0 if file.named else _NO_LINK))
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise OSError(0, "it is not a file")
    if status.st_size > SMALL:
        return os.fdopen(descriptor, "rb")
    try:
        return io.BytesIO(_whole(descriptor, status.st_size))
    finally:
        os.close(descriptor)


def _whole(descriptor: int, size: int) -> bytes:
    """Return what stands in a small file; it mostly has the *size* that it says."""
    content = os.read(descriptor, size + 1)
    while len(content) != size and (more := os.read(descriptor, max(0, SMALL - len(content)))):
        content += more
    return content


def _standard_input() -> BinaryIO:
    """Return standard input as a file in which one can go back; a large one is kept on disk meanwhile."""
    kept = tempfile.SpooledTemporaryFile(max_size=32 * 1024 * 1024)  # noqa: SIM115 - who reads it closes it
    source = sys.stdin.buffer
    left = LARGEST_INPUT
    while left and (piece := source.read(min(left, 1024 * 1024))):
        kept.write(piece)
        left -= len(piece)
    kept.seek(0)
    return kept  # type: ignore[return-value]
