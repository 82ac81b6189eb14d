"""Unpack an archive that came over the network: nothing of it lands outside, and nothing of it is special."""

from __future__ import annotations

import os
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import RepairError
from codex_doctor.private import CLOSED, sync_folder

if TYPE_CHECKING:
    from typing import IO

MOST_BYTES: Final = 3 * 1024**3
"""Bytes that may come out: the package of 0.169.0 takes 375 MB (codex-environment 1.1)."""

MOST_ENTRIES: Final = 20_000
"""Files and folders: that package has 52."""

_BLOCK: Final = 1024 * 1024
_FOLDER_MODE: Final = 0o755
_ALL_MAY_READ: Final = 0o644
_ALL_MAY_RUN: Final = 0o755


def unpack(archive: Path, into: Path) -> None:
    """Unpack the tar file *archive*, compressed or not, into the empty folder *into*, onto the disk.

    Files keep their bit to be executed and their time; no other bit, owner or attribute is taken over.
    Links are made last, and only where they lead to something in the folder.

    :raises RepairError: the archive is damaged, too large, or holds what it must not.
    :raises OSError: it cannot be written.
    """
    try:
        with tarfile.open(archive, "r:*") as opened:
            _Unpacking(opened, into).run()
    except FileExistsError as error:
        raise RepairError(f"the downloaded archive holds {Path(error.filename).name} twice") from error
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError) as error:
        raise RepairError(f"the downloaded archive is damaged: {error}") from error
    except OSError as error:
        if error.errno is None:  # what gzip says of its own content
            raise RepairError(f"the downloaded archive is damaged: {error}") from error
        raise


class _Unpacking:
    """What has come out so far. Links wait to the end, so that nothing is ever written through one."""

    def __init__(self, opened: tarfile.TarFile, into: Path) -> None:
        self._opened = opened
        self._into = into
        self._left = MOST_BYTES
        self._links: dict[Path, str] = {}
        self._folders = {into}

    def run(self) -> None:
        for number, member in enumerate(self._opened):
            if number >= MOST_ENTRIES:
                raise RepairError(f"the downloaded archive holds more than {MOST_ENTRIES} entries")
            inside = _inside(member.name)
            for above in reversed(inside.parents):
                self._folder(self._into / above)
            self._one(member, self._into / inside)
        for path, target in self._links.items():
            _link(path, target, self._into)
        for folder in sorted(self._folders, reverse=True):
            sync_folder(folder)

    def _one(self, member: tarfile.TarInfo, path: Path) -> None:
        if member.isdir():
            self._folder(path)
        elif member.issym():
            self._links[path] = member.linkname
        elif member.isreg():
            self._left -= member.size
            if self._left < 0:
                raise RepairError(f"the downloaded archive unpacks to more than {MOST_BYTES} bytes")
            content = self._opened.extractfile(member)
            if content is None:
                raise RepairError(f"the downloaded archive holds nothing for {member.name}")
            _file(path, content, member)
        else:
            raise RepairError(f"the downloaded archive holds {member.name}, which is no file, folder or link")

    def _folder(self, path: Path) -> None:
        if path not in self._folders:
            path.mkdir(mode=_FOLDER_MODE)
            self._folders.add(path)


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    odd = path.is_absolute() or ".." in path.parts or any(letter in name for letter in "\\:\0")
    if odd:
        raise RepairError(f"the downloaded archive names a path that leads out of it: {name}")
    return path


def _file(path: Path, content: IO[bytes], member: tarfile.TarInfo) -> None:
    mode = _ALL_MAY_RUN if member.mode & 0o111 else _ALL_MAY_READ
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | CLOSED, mode)
    with os.fdopen(descriptor, "wb") as file:
        written = 0
        while block := content.read(_BLOCK):
            written += file.write(block)
        if written != member.size:
            raise RepairError("the downloaded archive ends too early")
        file.flush()
        if os.name == "posix":
            os.fchmod(descriptor, mode)  # whatever the mask of the process is
        os.utime(path, (member.mtime, member.mtime))
        os.fsync(descriptor)


def _link(path: Path, target: str, into: Path) -> None:
    there = os.path.realpath(path.parent / target)
    root = os.path.realpath(into)
    if os.path.isabs(target) or not Path(there).is_relative_to(root) or not os.path.exists(there):  # noqa: PTH110, PTH117 - text
        raise RepairError(f"the downloaded archive holds a link that leads out of it: {path.name}")
    path.symlink_to(target)
