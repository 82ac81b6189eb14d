"""What the terminal at hand can show: how wide, in which colours, with which characters."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final, TextIO

from codex_doctor.render.style import Style

if TYPE_CHECKING:
    from codex_doctor.progress import Progress

MOST_COLUMNS: Final = 1000
"""No terminal is wider, but `COLUMNS` may hold any number."""


def style_for(stream: TextIO, *, ascii: bool, no_color: bool) -> Style:
    """Return how text may look on *stream*; `NO_COLOR` and `TERM=dumb` are honoured."""
    plain = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Style(
        width=columns(),
        colour=stream.isatty() and not plain,
        ascii=ascii or not _can_encode(stream),
        link=_page_address,
    )


def progress_for(*, ascii: bool) -> Progress | None:
    """Return a line of progress for standard error, or None where nobody watches it."""
    if not (sys.stderr.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        return None
    from codex_doctor.progress import Progress

    return Progress(sys.stderr, width=columns(), ascii=ascii)


def columns() -> int:
    """Return how wide the terminal is."""
    return min(shutil.get_terminal_size((100, 24)).columns, MOST_COLUMNS)


def _can_encode(stream: TextIO) -> bool:
    try:
        "✗⚠✓○⊘".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _page_address(name: str) -> str | None:
    from codex_doctor.examination import load

    for loaded in load():
        file = loaded.catalogue.page_file(name)
        if file is not None:
            return file.as_uri()
    return None
