"""Read files without changing, following or waiting for anything that is not a file."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

__all__ = ["NotAFileError", "Room", "Status", "TooLargeError"]

DEFAULT_LIMIT: Final = 8 * 1024 * 1024
"""Bytes: far above any settings file, far below what would hurt to hold."""

_BLOCK: Final = 1024 * 1024
_PLAIN: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
"""Every byte as it is, and nothing left open in a child."""


class NotAFileError(OSError):
    """There is something at the path, but not a regular file; *kind* says what, in words."""

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(f"{path} is {kind}, not a file")
        self.kind = kind


class TooLargeError(OSError):
    """The file holds more than the caller was ready to read."""


class Status(Struct, frozen=True, kw_only=True):
    """What the file system says of a path. *mode* holds the permission bits alone.

    *kind* is `file`, `folder`, `symlink`, `fifo`, `socket` or `device`; times are in nanoseconds
    since the epoch, *size* is in bytes.
    """

    kind: str
    mode: int
    owner: int
    group: int
    links: int
    size: int
    modified_ns: int
    device: int
    inode: int


def status(path: Path, *, follow: bool = True) -> Status | None:
    """Return what the file system says of *path*, or None where nothing is there.

    A dangling link counts as nothing when followed.

    :raises OSError: the path cannot be examined (permission, loop of links, input or output error).
    """
    try:
        found = path.stat() if follow else path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # a NUL byte in the name
        return None
    return _status(found)


def read(path: Path, *, limit: int = DEFAULT_LIMIT) -> bytes:
    """Return the bytes of the regular file *path*.

    A FIFO, device or socket is never opened for real: the file is opened without blocking and looked
    at before anything is read.

    :raises FileNotFoundError: nothing is there.
    :raises NotAFileError: it is not a regular file.
    :raises TooLargeError: it holds more than *limit* bytes.
    :raises OSError: it cannot be read.
    """
    content = _start(path, limit + 1)
    if len(content) > limit:
        raise TooLargeError(f"{path} holds more than {limit} bytes")
    return content


def head(path: Path, *, limit: int) -> bytes:
    """Return the first *limit* bytes of the regular file *path*, or all where it holds fewer.

    As careful as `read`, and raises as it does, but a large file is no error.
    """
    return _start(path, limit)


def tail(path: Path, *, limit: int) -> bytes:
    """Return the last *limit* bytes of the regular file *path*, or all where it holds fewer.

    As careful as `read`, and raises as it does, but a large file is no error.
    """
    with _opened(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - limit))
        return _some(file, limit)


def copy(path: Path, to: Path, *, limit: int) -> None:
    """Copy the bytes of the regular file *path* into the new file *to*, which only its owner may read.

    As careful as `read`, and raises as it does.

    :raises TooLargeError: it holds more than *limit* bytes; what was copied until then stays.
    """
    with _opened(path) as file, _created(to) as new:
        left = limit
        while block := _some(file, min(left + 1, _BLOCK)):
            if len(block) > left:
                raise TooLargeError(f"{path} holds more than {limit} bytes")
            new.write(block)
            left -= len(block)


def real(path: Path) -> Path:
    """Return *path* with every link in it followed; where links loop, *path* itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # RuntimeError: a loop of links, before Python 3.13
        return path


class Room(Struct, frozen=True, kw_only=True):
    """How much the file system of a path still takes: *free* bytes for this user, unless *read_only*."""

    free: int
    read_only: bool


def room(path: Path) -> Room:
    """Return how much room the file system of the existing *path* has.

    :raises OSError: the file system does not say.
    """
    if hasattr(os, "statvfs"):
        found = os.statvfs(path)
        return Room(free=found.f_bavail * found.f_frsize, read_only=bool(found.f_flag & os.ST_RDONLY))
    import shutil

    return Room(free=shutil.disk_usage(path).free, read_only=False)


def entries(folder: Path) -> Iterator[str]:
    """Yield the names in *folder*, sorted; nothing where it is absent or cannot be listed."""
    names: list[str] = []
    with contextlib.suppress(OSError, ValueError):  # ValueError: a NUL byte in the name
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
    yield from names


def describe(kind: str) -> str:
    """Return *kind* with its article, for a sentence."""
    return {"folder": "a folder", "fifo": "a named pipe", "symlink": "a symbolic link"}.get(kind, f"a {kind}")


def _start(path: Path, count: int) -> bytes:
    with _opened(path) as file:
        return _some(file, count)


def _some(file: BinaryIO, count: int) -> bytes:
    content = cast("bytes | None", file.read(count))
    if content is None:  # it calls itself a file and has nothing to say for now, as /proc/kmsg does
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return content


@contextlib.contextmanager
def _opened(path: Path) -> Generator[BinaryIO]:
    try:
        before = path.stat()  # opening some devices has effects, so they are never opened
    except ValueError as error:  # a NUL byte in the name
        raise FileNotFoundError(f"there can be no file called {str(path)!r}") from error
    if not stat.S_ISREG(before.st_mode):
        raise NotAFileError(path, describe(_kind(before.st_mode)))
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _PLAIN)
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise NotAFileError(path, "no longer a regular file")
        yield file


def _created(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, 0o600), "wb")


def _status(found: os.stat_result) -> Status:
    return Status(
        kind=_kind(found.st_mode),
        mode=stat.S_IMODE(found.st_mode),
        owner=found.st_uid,
        group=found.st_gid,
        links=found.st_nlink,
        size=found.st_size,
        modified_ns=found.st_mtime_ns,
        device=found.st_dev,
        inode=found.st_ino,
    )


def _kind(mode: int) -> str:
    for test, kind in (
        (stat.S_ISREG, "file"),
        (stat.S_ISDIR, "folder"),
        (stat.S_ISLNK, "symlink"),
        (stat.S_ISFIFO, "fifo"),
        (stat.S_ISSOCK, "socket"),
    ):
        if test(mode):
            return kind
    return "device"
