"""Charts as inline SVG: bars beside the numbers that they show, and columns over time."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 200
"""Units of a bar's whole length."""

HEIGHT: Final = 12

COLUMN: Final = 10
"""Units from one column to the next."""

GAP: Final = 2
TALL: Final = 60


def bar(count: int, most: int, kind: str = "") -> str:
    """Return a bar of *count* where *most* fills it; it is for the eye alone: the number stands beside."""
    length = max(1.0, WIDTH * count / most) if count else 0.0
    return (
        f'<svg class="bar {kind}" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        f'aria-hidden="true" focusable="false"><rect width="{length:.1f}" height="{HEIGHT}"/></svg>'
    )


def columns(counts: Sequence[int], *, told: str, kind: str = "") -> str:
    """Return a column for each of *counts*; *told* says the same in words."""
    most = max([*counts, 1])
    width = COLUMN * max(len(counts), 1)
    drawn = "".join(
        f'<rect x="{COLUMN * at}" y="{TALL - _tall(count, most):.1f}" width="{COLUMN - GAP}" '
        f'height="{_tall(count, most):.1f}"/>'
        for at, count in enumerate(counts)
        if count
    )
    words = escape(told)
    return (
        f'<svg class="columns {kind}" viewBox="0 0 {width} {TALL + 1}" preserveAspectRatio="none" role="img" '
        f'aria-label="{words}"><title>{words}</title>{drawn}'
        f'<line x1="0" x2="{width}" y1="{TALL + 0.5}" y2="{TALL + 0.5}"/></svg>'
    )


def _tall(count: int, most: int) -> float:
    return max(1.0, TALL * count / most)
