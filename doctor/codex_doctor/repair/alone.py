"""One repair at a time: two at once would each mend what the other has just mended."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from codex_doctor.errors import PrivateFolderError, RepairError
from codex_doctor.locks import take
from codex_doctor.private import CLOSED, PRIVATE_FILE, private_folder, state_folder

if TYPE_CHECKING:
    from collections.abc import Generator


@contextlib.contextmanager
def alone() -> Generator[None]:
    """Hold the lock of repairs while something is done.

    :raises RepairError: another repair is at work, or our own state cannot be written.
    """
    try:
        folder = private_folder(state_folder() / "locks")
        descriptor = os.open(folder / "repair.lock", os.O_RDWR | os.O_CREAT | CLOSED, PRIVATE_FILE)
    except (OSError, PrivateFolderError) as error:
        raise RepairError(f"no record of a repair can be kept: {error}") from error
    try:
        if not take(descriptor, byte=0):
            raise RepairError(
                "another codex-doctor repair is at work; try again when it is done", transient=True
            )
        yield
    finally:
        os.close(descriptor)
