"""The troubleshooting pages: the packaged copy, else the repository's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
_PLACES: Final = (_HERE / "pages", _HERE.parents[1] / "docs" / "troubleshooting")
"""A wheel carries the pages inside the package; a development install reads the repository's."""


def folder() -> Path:
    """Return the folder that holds the pages."""
    return next((place for place in _PLACES if place.is_dir()), _PLACES[0])


def page_file(name: str) -> Path | None:
    """Return the file that holds the page of the problem *name*, or None where there is none."""
    path = folder() / f"{name}.md"
    return path if path.is_file() else None


def page(name: str) -> str | None:
    """Return the text of the page of the problem *name*, or None where there is none."""
    path = page_file(name)
    return None if path is None else path.read_text("utf-8")
