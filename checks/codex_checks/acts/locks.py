"""Keep out who else would change the same sign-in: another doctor, and Codex itself.

Our own lock covers a whole act. Codex's two locks are held while a file is replaced and no longer: a
Codex that waits for `auth.lock` waits without limit, and one that waits for `auth.json.lock` gives up
after 5 seconds and loses its new tokens (codex-auth 2.5).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from typing import TYPE_CHECKING, Final, cast

from codex_checks.acts.errors import LockHeld, StoreNotWritable
from codex_checks.acts.state import private_folder
from codex_doctor.locks import take
from codex_doctor.private import CLOSED, PRIVATE_FILE, give

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

CODEX_PATIENCE: Final = 5.0
"""Seconds for which Codex itself waits for `auth.json.lock` (codex-auth 2.5)."""

OWN_PATIENCE: Final = 60.0
"""Seconds: longer than a whole renewal by another doctor takes at worst."""

_INTERVAL: Final = 0.02
_CODEX_BYTE: Final = 0
_OWN_BYTE: Final = 1 << 30
"""On Windows a lock is on a byte, which others can then not read: what our file says stands before it."""

_LONGEST: Final = 4096


@contextlib.contextmanager
def own_lock(path: Path, *, command: str, patience: float = OWN_PATIENCE) -> Generator[None]:
    """Hold our own lock, the file *path*; *command* tells others what holds it.

    :raises LockHeld: another doctor holds it for longer than *patience* seconds.
    :raises StoreNotWritable: it cannot be taken here.
    """
    private_folder(path.parent)
    with _held(path, PRIVATE_FILE, patience, byte=_OWN_BYTE, who=_said) as descriptor:
        said = json.dumps({"pid": os.getpid(), "command": command}).encode()
        with contextlib.suppress(OSError):  # a full disk: it is held all the same
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, said)
            os.ftruncate(descriptor, len(said))
        yield


def own_lock_holder(path: Path) -> str | None:
    """Return who holds our own lock, the file *path*, now; None where nobody does. Changes no byte."""
    try:
        descriptor = os.open(path, os.O_RDONLY | CLOSED)
    except OSError:
        return None
    try:
        return None if take(descriptor, byte=_OWN_BYTE) else _said(path) or "another program"
    except OSError:
        return None
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def codex_locks(home: Path, folder: Path, *, patience: float = CODEX_PATIENCE) -> Generator[None]:
    """Hold the locks of Codex, in its order: `auth.lock` in *home*, `auth.json.lock` in *folder*.

    *folder* is the one that holds the real auth.json. Both files are made as Codex makes them and stay
    for ever (codex-auth 2.5). Hold them for milliseconds.

    :raises LockHeld: one of them is held for longer than *patience* seconds.
    :raises StoreNotWritable: one of them cannot be taken here.
    """
    with (
        _held(home / "auth.lock", 0o666, patience, byte=_CODEX_BYTE, who=_kernel_says),
        _held(folder / "auth.json.lock", 0o600, patience, byte=_CODEX_BYTE, who=_kernel_says),
    ):
        yield


def codex_lock_holder(home: Path, folder: Path) -> str | None:
    """Return in words which lock of Codex is held now, None where both are free.

    Takes each for an instant, as Codex does, and makes and changes nothing.
    """
    for path in (home / "auth.lock", folder / "auth.json.lock"):
        try:
            descriptor = os.open(path, os.O_RDONLY | CLOSED)
        except OSError:  # nobody ever locked it
            continue
        try:
            if not take(descriptor, byte=_CODEX_BYTE):
                return f"{path} is locked, held by {_kernel_says(path) or 'another program'}"
        except OSError:  # a file system that knows no locks
            continue
        finally:
            os.close(descriptor)
    return None


@contextlib.contextmanager
def _held(
    path: Path, mode: int, patience: float, *, byte: int, who: Callable[[Path], str | None]
) -> Generator[int]:
    try:
        descriptor = _opened(path, mode)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        until = time.monotonic() + patience
        while not _taken(path, descriptor, byte):
            if time.monotonic() >= until:
                raise LockHeld(f"{path} is locked", holder=who(path))
            time.sleep(_INTERVAL)
        yield descriptor
    finally:
        os.close(descriptor)  # which also lets go of the lock


def _taken(path: Path, descriptor: int, byte: int) -> bool:
    try:
        return take(descriptor, byte=byte)
    except OSError as error:
        raise _unusable(path, error) from error


def _opened(path: Path, mode: int) -> int:
    """Open the lock file *path*, making it where it is absent."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | CLOSED, mode)
    except FileExistsError:
        return os.open(path, os.O_RDWR | CLOSED)
    give(descriptor, path.parent.stat())
    return descriptor


def _unusable(path: Path, error: OSError) -> StoreNotWritable:
    problem = "disk-full" if error.errno == errno.ENOSPC else "auth-file-not-writable"
    return StoreNotWritable(problem, f"the lock {path} cannot be taken: {error.strerror or error}")


def _said(path: Path) -> str | None:
    """Return what the holder of our own lock wrote into it."""
    try:
        with path.open("rb") as file:
            found: object = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return None
    said = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    pid, command = said.get("pid"), said.get("command")
    return f"{command} (process {pid})" if isinstance(pid, int) and isinstance(command, str) else None


def _kernel_says(path: Path) -> str | None:
    """Return who holds a lock of flock(2) on *path*, as far as Linux tells (proc_locks(5))."""
    try:
        with open("/proc/locks", encoding="ascii", errors="replace") as file:  # noqa: PTH123 - not a Path
            lines = [line.split() for line in file]
        place = path.stat()
    except OSError:
        return None
    device = f"{os.major(place.st_dev):02x}:{os.minor(place.st_dev):02x}:{place.st_ino}"
    pids = [line[4] for line in lines if line[1:2] == ["FLOCK"] and line[5] == device]
    if not pids or not pids[0].isdigit() or pids[0] == "0":
        return None
    return f"{_name_of(pids[0]) or 'a program'} (process {pids[0]})"


def _name_of(pid: str) -> str | None:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - the same
            return file.read().strip() or None
    except OSError:
        return None
