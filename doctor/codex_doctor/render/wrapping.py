"""Lines of prose that fit their place, with every command in them whole."""

from __future__ import annotations

import re
import textwrap
from typing import Final

NARROWEST: Final = 20
"""Columns: in fewer, prose is left to the terminal to break."""

_QUOTED: Final = re.compile(r"`[^`]+`")
_KEPT: Final = "\x00"
"""Stands for a space that is no place to break at; no text holds it, for it is cleaned before."""


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of *text*, at least one, none wider than *width* but for a single long word.

    What stands between backquotes is there to be copied, and is on one line wherever it fits on one.
    """
    return [line for paragraph in text.splitlines() or [""] for line in _lines(paragraph, width)]


def hanging(text: str, width: int, *, under: int) -> list[str]:
    """Return the lines of *text* as `wrapped` does; after the first they begin at the column *under*.

    What *text* begins with stays, spaces too.
    """
    first, rest = text[:under], text[under:]
    if "\n" in first or width - under < NARROWEST:
        return text.split("\n")
    lines = wrapped(rest, width - under)
    return [first + lines[0], *(" " * under + line for line in lines[1:])]


def _lines(paragraph: str, width: int) -> list[str]:
    def joined(quoted: re.Match[str]) -> str:
        return quoted[0].replace(" ", _KEPT) if len(quoted[0]) <= width else quoted[0]

    lines = textwrap.wrap(
        _QUOTED.sub(joined, paragraph), width, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_KEPT, " ") for line in lines or [""]]
