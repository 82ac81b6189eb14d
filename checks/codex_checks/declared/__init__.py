"""Checks that the user wrote in TOML: which files count, what may stand in them, and how each is examined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.private import config_folder

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.catalogue import Source

FOLDER: Final = "checks"
"""What the folder is called, in the folder of what the user wrote for us."""


def folder() -> Path:
    """Return the folder of the user's own checks; it need not exist."""
    return config_folder() / FOLDER


def further() -> tuple[Source, ...]:
    """Return what reads the user's own checks, where there is a folder of them."""
    where = folder()
    if not (where.is_absolute() and where.is_dir()):
        return ()
    from codex_checks.declared.naming import shown
    from codex_doctor.catalogue import Source

    return (
        Source(
            name="toml",
            distribution=shown(where),
            value="codex_checks.declared.catalogue:catalogue",
            own=True,
        ),
    )
