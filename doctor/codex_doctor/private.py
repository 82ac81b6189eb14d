"""Where our own state stands (journals, locks, backups), and how it is kept private."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import Final

from codex_doctor.errors import PrivateFolderError

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600

CLOSED: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
"""How our own files are opened: not for children, byte for byte, never through a link."""


_NO_SYNC: Final = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)
"""How a file system answers that knows no fsync(2) of folders, as some of networks do."""


def state_folder() -> Path:
    """Return the folder of our own state for this user, as platformdirs says; it may not exist yet.

    On Linux its rule is two variables long, and importing it takes as long as examining a sign-in.
    """
    home = os.environ.get("HOME", "")
    folder = os.environ.get("XDG_STATE_HOME") or f"{home.rstrip('/')}/.local/state"
    if sys.platform == "linux" and home.startswith("/") and folder.startswith("/"):
        return Path(folder) / "codex-doctor"
    import platformdirs

    return platformdirs.user_state_path("codex-doctor", appauthor=False)


def config_folder() -> Path:
    """Return the folder of what the user wrote for us, as platformdirs says; it need not exist.

    On Linux its rule is as short as that of `state_folder`, and a relative XDG_CONFIG_HOME does not count: it
    would lead into the working directory.
    """
    home, folder = os.environ.get("HOME", ""), os.environ.get("XDG_CONFIG_HOME", "")
    if sys.platform == "linux" and home.startswith("/"):
        above = Path(folder) if folder.startswith("/") else Path(home) / ".config"
        return above / "codex-doctor"
    import platformdirs

    return platformdirs.user_config_path("codex-doctor", appauthor=False)


def private_folder(path: Path) -> Path:
    """Make the folder *path*, readable by its owner alone, and return it.

    :raises PrivateFolderError: it cannot be made, or is no folder of this user's own.
    """
    try:
        _make(path)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise PrivateFolderError(f"{path} is not a folder")
        if hasattr(os, "geteuid") and os.geteuid() not in (0, found.st_uid):
            raise PrivateFolderError(f"{path} belongs to another user")
        if os.name == "posix" and stat.S_IMODE(found.st_mode) != PRIVATE_FOLDER:
            path.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise PrivateFolderError(f"{path} cannot be used: {error.strerror or error}") from error
    return path


def give(descriptor: int, like: os.stat_result) -> None:
    """Where root works in another user's folder, make that user the owner of the open file.

    Without it, the user's own Codex could read neither its sign-in nor its locks any more.
    """
    if os.name == "posix" and os.geteuid() == 0 and like.st_uid != 0:
        os.fchown(descriptor, like.st_uid, like.st_gid)


def give_path(path: Path) -> None:
    """Where root made *path* in another user's folder, make that user its owner, as `give` does."""
    if os.name == "posix" and os.geteuid() == 0:
        above = path.parent.stat()
        if above.st_uid != 0:
            # Whoever owns the folder above may have put a link in its place by now.
            os.chown(path, above.st_uid, above.st_gid, follow_symlinks=False)


def write_private(path: Path, content: bytes) -> None:
    """Write *content* into the new file *path*, readable by its owner alone, and onto the disk.

    :raises OSError: it cannot be written; nothing is left of it.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | CLOSED, PRIVATE_FILE)
    try:
        try:
            give(descriptor, path.parent.stat())
            write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def write(descriptor: int, content: bytes) -> None:
    """Write all of *content* to the open file."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(path: Path) -> None:
    """Make what was created, renamed or removed in the folder *path* outlive a power cut, where that goes.

    :raises OSError: the disk is at fault.
    """
    if os.name != "posix":  # a folder cannot be opened there
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:  # one that may be written, but not read
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def _make(path: Path) -> None:
    if path.is_dir():
        return
    _make(path.parent)
    try:
        path.mkdir(mode=PRIVATE_FOLDER)
    except FileExistsError:
        return
    give_path(path)
