"""What a file of the user's own checks is called in what we say."""

from __future__ import annotations

import shlex
from pathlib import Path


def shown(path: Path) -> str:
    """Return *path* with the user's home as `~`."""
    try:
        return str(Path("~", path.relative_to(Path.home())))
    except (ValueError, RuntimeError):  # RuntimeError: nobody knows where the home is
        return str(path)


def in_home(word: str) -> str:
    """Return *word* with a `~/` at its beginning as the home: a shell expands none between quotes."""
    try:
        return str(Path.home() / word[2:]) if word.startswith("~/") else word
    except RuntimeError:
        return word


def line(words: tuple[str, ...]) -> str:
    """Return *words* as a line to copy, in which a shell still expands `~/`."""
    return " ".join(
        f"~/{shlex.quote(word[2:])}" if word.startswith("~/") else shlex.quote(word) for word in words
    )
