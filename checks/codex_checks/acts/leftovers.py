"""The temporary files that a commit leaves beside auth.json when it is killed."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PREFIX: Final = ".auth-"
TEMPORARY: Final = re.compile(r"\.auth-[A-Za-z0-9]{6}")
"""The names that Codex gives to the files which it renames over auth.json (codex-auth 1.5)."""


def sweep(folder: Path, content: bytes) -> None:
    """Remove what a killed replacement by the same *content* left in *folder*, whole or in part.

    Other temporary files stay: a new token of another program may stand in them.
    """
    for name in os.listdir(folder):  # noqa: PTH208 - names, not paths
        if TEMPORARY.fullmatch(name):
            with contextlib.suppress(OSError):
                left = folder / name
                if left.is_file() and not left.is_symlink() and content.startswith(left.read_bytes()):
                    left.unlink()
