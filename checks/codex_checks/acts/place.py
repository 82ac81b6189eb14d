"""Whether an auth.json could be replaced, judged before anything is sent.

Codex finds out only afterwards, and then the service has rotated the token and the new one is lost
(codex-auth 1.5). Modes and owners are judged first, because they can be named; what the system itself
says comes second (a mount that is read-only, an attribute, an access list).
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path  # noqa: TC003 - beside the fact that holds it
from typing import Final

from msgspec import Struct

from codex_checks.acts.errors import StoreNotWritable
from codex_checks.auth.login import Store

FREE: Final = 256 * 1024
"""Bytes that a replacement may take at most, with its directory entries; a real auth.json holds 5 KB."""

_NOT_WRITABLE: Final = "auth-file-not-writable"
_HOME_NOT_WRITABLE: Final = "codex-home-not-writable"
_ROOT: Final = 0
_OCTAL: Final = re.compile(rb"\\([0-7]{3})")


_KEYRING: Final = ", which codex-doctor does not write; let Codex itself renew it or sign in"


class Place(Struct, frozen=True, kw_only=True):
    """Where an auth.json is written: *real* is where its links end. *status* is None for a new file."""

    path: Path
    real: Path
    status: os.stat_result | None

    @property
    def folder(self) -> Path:
        """The folder that holds the real file."""
        return self.real.parent


def examine_kind(kept_in: Store, keyring_gap: str | None) -> None:
    """Make sure that Codex keeps its sign-in in the file; *keyring_gap* is why no keyring can be reached.

    :raises StoreNotWritable: it keeps it elsewhere, or nowhere.
    """
    match kept_in:
        case Store.EPHEMERAL:
            words = "Codex is set to store no sign-in (cli_auth_credentials_store = ephemeral)"
            raise StoreNotWritable("credentials-store-ephemeral", words)
        case Store.KEYRING:
            raise StoreNotWritable(None, f"Codex keeps the sign-in in the keyring{_KEYRING}")
        case Store.AUTO if keyring_gap is None:
            raise StoreNotWritable(None, f"Codex looks for the sign-in in the keyring first{_KEYRING}")
        case Store.FILE | Store.AUTO:
            return


def effective_user() -> int | None:
    """Return the user id that the system will judge us by, None where there is none."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def find(path: Path) -> Place:
    """Return where the file *path* really stands, or would, without judging it.

    :raises StoreNotWritable: its links lead in a circle, or it cannot be looked at.
    """
    try:
        real = path.resolve()
        status = real.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Place(path=path, real=path.resolve(), status=None)
    except RuntimeError:  # a circle of links, before Python 3.13
        raise StoreNotWritable("auth-file-unreadable", f"{path} is a link that leads in a circle") from None
    except OSError as error:
        words = f"{path} cannot be looked at: {error.strerror or error}"
        raise StoreNotWritable("auth-file-unreadable", words) from error
    if stat.S_ISLNK(status.st_mode):  # Python 3.13 stops at the link
        raise StoreNotWritable("auth-file-unreadable", f"{path} is a link that leads in a circle")
    return Place(path=path, real=real, status=status)


def examine(path: Path, *, user: int | None) -> Place:
    """Return where the file *path* is written, having made sure that it can be replaced by *user*.

    *user* is the effective user id, None where the system has none. Nothing is changed.

    :raises StoreNotWritable: it cannot be replaced; *problem* and words say why.
    """
    place = find(path)
    home, folder = path.parent, place.folder
    if not folder.is_dir():
        what = "is a link to a folder that does not exist" if path.is_symlink() else "has no folder"
        raise StoreNotWritable(_NOT_WRITABLE, f"{path} {what}: {folder}")
    folders = tuple(dict.fromkeys((folder, home.resolve())))
    for one in folders:
        _examine_mount(one)
    if place.status is not None:
        _examine_file(place.real, place.status, user)
    for one in folders:
        _examine_folder(one, user, home=home)
    _examine_room(folder, user)
    return place


def examine_removal(path: Path, *, user: int | None) -> Place:
    """Return where the file *path* really stands, having made sure that *user* can remove it.

    A read-only file can be, and a full disk does not matter. Of a file with several names this one goes: what
    stands under the others is whole, and of no use once it is revoked.

    :raises StoreNotWritable: it cannot be removed; *problem* and words say why.
    """
    place = find(path)
    _examine_mount(place.folder)
    if place.status is not None:
        _examine_kind(place.real, place.status)
    _examine_folder(place.folder, user, home=path.parent)
    return place


def _examine_mount(folder: Path) -> None:
    if hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise StoreNotWritable("codex-home-readonly-mount", f"{folder} is mounted read-only")


def _examine_file(real: Path, status: os.stat_result, user: int | None) -> None:
    _examine_kind(real, status)
    if status.st_nlink > 1:
        words = f"{real} has {status.st_nlink} hard links, which a replacement would tear apart"
        raise StoreNotWritable(_NOT_WRITABLE, words)
    if user is not None and user != _ROOT:
        if status.st_uid != user:
            raise StoreNotWritable(_NOT_WRITABLE, f"{real} belongs to another user ({status.st_uid})")
        if not status.st_mode & stat.S_IWUSR:
            mode = stat.S_IMODE(status.st_mode)
            raise StoreNotWritable(_NOT_WRITABLE, f"{real} is read-only: its mode is {mode:04o}")
    if not _system_lets_write(real):
        raise StoreNotWritable(_NOT_WRITABLE, f"the system does not let you write {real}")


def _examine_kind(real: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StoreNotWritable("auth-file-unreadable", f"{real} is not a regular file")
    if str(real) in _mounts():
        words = f"{real} is mounted by itself, as a container's volume: mount its folder instead"
        raise StoreNotWritable(_NOT_WRITABLE, words)


def _examine_folder(folder: Path, user: int | None, *, home: Path) -> None:
    status = folder.stat()
    problem = _HOME_NOT_WRITABLE if folder == home.resolve() else _NOT_WRITABLE
    if user is not None and user != _ROOT:
        mode = stat.S_IMODE(status.st_mode)
        if not _may_write(status, user):
            words = f"{folder} cannot be written by you: its mode is {mode:04o}, its owner {status.st_uid}"
            raise StoreNotWritable(problem, words)
    if not _system_lets_write(folder):
        raise StoreNotWritable(problem, f"the system does not let you write in {folder}")


def _examine_room(folder: Path, user: int | None) -> None:
    if not hasattr(os, "statvfs"):
        return
    room = os.statvfs(folder)
    free = (room.f_bfree if user == _ROOT else room.f_bavail) * room.f_frsize
    if room.f_blocks and free < FREE:
        raise StoreNotWritable("disk-full", f"the disk of {folder} has {free} bytes left")


def _mounts() -> frozenset[str]:
    """Return every place where something is mounted, as Linux tells (proc_pid_mountinfo(5)).

    A file that is one cannot be renamed over: the system says that it is busy.
    """
    try:
        with open("/proc/self/mountinfo", "rb") as file:  # noqa: PTH123 - not a Path
            places = [line.split(b" ")[4] for line in file]
    except OSError:
        return frozenset()
    return frozenset(os.fsdecode(_OCTAL.sub(lambda found: bytes([int(found[1], 8)]), one)) for one in places)


def _may_write(status: os.stat_result, user: int) -> bool:
    """Return whether the modes let *user* make and rename files in a folder."""
    if status.st_uid == user:
        needed = stat.S_IWUSR | stat.S_IXUSR
    elif status.st_gid in {os.getegid(), *os.getgroups()}:
        needed = stat.S_IWGRP | stat.S_IXGRP
    else:
        needed = stat.S_IWOTH | stat.S_IXOTH
    return status.st_mode & needed == needed


def _system_lets_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
