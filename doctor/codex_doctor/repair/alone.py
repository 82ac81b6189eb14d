"""One repair at a time: two at once would each mend what the other has just mended."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import PrivateFolderError, RepairError
from codex_doctor.locks import take
from codex_doctor.private import CLOSED, PRIVATE_FILE, give, private_folder, state_folder

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


PATIENCE: Final = 0.5
"""Seconds: an examination that asks whether a repair is at work holds the lock for an instant."""

_INTERVAL: Final = 0.02
_FILE: Final = "repair.lock"


@contextlib.contextmanager
def alone() -> Generator[None]:
    """Hold the lock of repairs while something is done.

    :raises RepairError: another repair is at work, or our own state cannot be written.
    """
    try:
        folder = private_folder(private_folder(state_folder()) / "locks")
        descriptor = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | CLOSED, PRIVATE_FILE)
    except (OSError, PrivateFolderError) as error:
        raise RepairError(f"no record of a repair can be kept: {error}") from error
    try:
        until = time.monotonic() + PATIENCE
        while not _taken(descriptor, folder):
            if time.monotonic() >= until:
                raise RepairError(
                    "another codex-doctor repair is at work; try again when it is done", transient=True
                )
            time.sleep(_INTERVAL)
        yield
    finally:
        os.close(descriptor)


def at_work() -> bool:
    """Whether a repair is at work now. Takes the lock for an instant, and changes nothing."""
    try:
        # For writing: a file system of a network locks no other (flock(2), NFS details).
        descriptor = os.open(state_folder() / "locks" / _FILE, os.O_RDWR | CLOSED)
    except OSError:  # none ever was
        return False
    try:
        return not take(descriptor, byte=0)
    except OSError:  # a file system that knows no locks
        return False
    finally:
        os.close(descriptor)


def _taken(descriptor: int, folder: Path) -> bool:
    try:
        give(descriptor, folder.stat())
        return take(descriptor, byte=0)
    except OSError as error:  # a file system that knows no locks, as some of networks do
        raise RepairError(
            f"nothing can be locked in {folder}: {error.strerror or error}; "
            "if it is on a network, let XDG_STATE_HOME name a local folder"
        ) from error
