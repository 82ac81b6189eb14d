"""An address as a picture that a telephone reads, where the terminal can show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from codex_doctor.render.style import Style

BORDER: Final = 2
"""Light modules around the picture: readers make do with fewer than the four of the standard."""

_DARK_ON_LIGHT: Final = "\x1b[30;107m"
_PLAIN: Final = "\x1b[0m"

_HALVES: Final = {(0, 0): " ", (0, 1): "\u2584", (1, 0): "\u2580", (1, 1): "\u2588"}
"""Two modules, one above the other, as one letter: 1 is drawn, 0 is the background."""


def picture(url: str, style: Style) -> str | None:
    """Return *url* as lines of a picture, None where it cannot be drawn or nothing here draws it.

    Whoever wants one installs the extra `qr`.
    """
    if style.ascii:
        return None
    try:
        import segno
    except ImportError:
        return None
    rows = [list(row) for row in segno.make(url, error="l", micro=False).matrix_iter(border=BORDER)]
    if len(rows[0]) >= style.width:
        return None
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    if not style.colour:  # on a dark background, the light modules are the ones to be drawn
        rows = [[1 - module for module in row] for row in rows]
    lines = [
        "".join(_HALVES[above, below] for above, below in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]
    if not style.colour:
        return "\n".join(lines)
    return "\n".join(f"{_DARK_ON_LIGHT}{line}{_PLAIN}" for line in lines)
