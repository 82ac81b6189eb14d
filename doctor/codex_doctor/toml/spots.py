"""Lines and columns of a text, from offsets."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def spots(text: str) -> Callable[[int], tuple[int, int]]:
    """Return what tells the line and the column of an offset in *text*, both in characters from 1."""
    starts = (0, *(end.end() for end in re.finditer("\n", text)))

    def spot(offset: int) -> tuple[int, int]:
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    return spot
