"""Room in a file for an answer, so that it stands there as soon as it is in memory.

Between receiving a token and writing it down a process may be killed, and a token that was spent for it is
lost then. Here nothing lies in between: the part of the file that is kept for the answer is memory of this
process, which the system puts into the file whatever becomes of the process (mmap(2), MAP_SHARED).
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple

from codex_doctor.private import CLOSED

if TYPE_CHECKING:
    import mmap
    from pathlib import Path


class Receipts:
    """The files that have room for an answer, each until it is written to in another way."""

    def __init__(self) -> None:
        self._open: dict[Path, _Receipt] = {}

    def expect(self, path: Path, start: int) -> None:
        """Make the bytes of the file *path* from *start* on ready, which hold nothing but ends of lines.

        Some file systems of networks and of programs cannot be shared so: there, `take` takes nothing.
        """
        import mmap

        with contextlib.suppress(OSError, ValueError):
            descriptor = os.open(path, os.O_RDWR | CLOSED)
            try:
                room = mmap.mmap(descriptor, 0)
            finally:
                os.close(descriptor)
            # Every page is had now, so that none is missing when the answer comes.
            for at in range(start, len(room), mmap.PAGESIZE):
                room[at : at + 1] = b"\n"
            self._open[path] = _Receipt(room, start)

    def take(self, path: Path, line: bytes) -> bool:
        """Put *line* into the file *path*, at once, and then onto the disk; return whether there was room.

        :raises OSError: it stands in the file, and cannot be brought onto the disk.
        """
        receipt = self._open.get(path)
        if receipt is None or receipt.start + len(line) > len(receipt.room):
            return False
        receipt.room[receipt.start : receipt.start + len(line)] = line
        try:
            receipt.room.flush()
        finally:
            self.close(path)
        return True

    def close(self, path: Path) -> None:
        """Let go of the file *path*."""
        receipt = self._open.pop(path, None)
        if receipt is not None:
            receipt.room.close()


class _Receipt(NamedTuple):
    room: mmap.mmap
    start: int
