"""Where the state of a CODEX_HOME stands among our own, and what is said where it cannot."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from codex_checks.acts.errors import StoreNotWritable
from codex_doctor import private
from codex_doctor.errors import PrivateFolderError

if TYPE_CHECKING:
    from pathlib import Path


def home_key(home: Path) -> str:
    """Return the name under which the state of the CODEX_HOME *home* stands: 16 hexadecimal digits.

    Every path to the same folder has the same.
    """
    import hashlib

    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]


def journal_folder(state: Path) -> Path:
    """Return where what is being done to sign-ins is written down, in the folder *state* of our own."""
    return state / "journal"


def private_folder(path: Path) -> Path:
    """Make the folder *path*, readable by its owner alone, and return it.

    :raises StoreNotWritable: it cannot be made, or is no folder of this user's own.
    """
    try:
        return private.private_folder(path)
    except PrivateFolderError as error:
        raise StoreNotWritable(None, str(error)) from error
