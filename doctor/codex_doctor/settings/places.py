"""Where settings stand: the user's own folder, and the repository of the working directory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_doctor.private import config_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE: Final = "codex-doctor.toml"
ROOT: Final = ".git"
"""What stands in the folder at which a repository begins."""

PYPROJECT: Final = "pyproject.toml"
TABLE: Final = ("tool", "codex-doctor")
"""The table of `pyproject.toml` that holds the settings of a repository."""

_OURS: Final = rb"tool\s*\.\s*[\"']?codex-doctor"

DEEPEST: Final = 64
"""Folders above the working directory that are looked at: no repository is deeper."""


def user_file() -> Path | None:
    """Return the file of the user's own settings, or None where there is none."""
    file = config_folder() / FILE
    return file if file.is_file() else None


def repository_file(folder: Path) -> Path | None:
    """Return the file of a repository's settings that is nearest above *folder*, or None where there is none.

    It is looked for up to the folder that holds `.git`; where that is nowhere, in *folder* alone.
    """
    for each in _folders(folder):
        if (own := each / FILE).is_file():
            return own
        if (shared := each / PYPROJECT).is_file() and _speaks_of_us(shared):
            return shared
    return None


def _folders(folder: Path) -> Iterator[Path]:
    upwards = [folder, *folder.parents][:DEEPEST]
    for place, each in enumerate(upwards):
        if _is_root(each):
            yield from upwards[: place + 1]
            return
    yield folder


def _is_root(folder: Path) -> bool:
    """Whether a repository begins in *folder*: Git wants a `HEAD`, or a file that says where it is."""
    return (folder / ROOT / "HEAD").exists() or (folder / ROOT).is_file()


def _speaks_of_us(file: Path) -> bool:
    """Whether *file* has our table; of one that is no TOML, whether it was meant to."""
    try:
        content = file.read_bytes()
        if b"codex-doctor" not in content:
            return False
        from codex_doctor.settings.reading import read_table

        table = read_table(file, TABLE)
    except OSError:
        return False
    return table.found or (table.fault is not None and re.search(_OURS, content) is not None)
