"""`explain`, as the command line asks for it: what a message means is said, and told by the exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from codex_doctor.speaking import note, say

if TYPE_CHECKING:
    from codex_doctor.explain.asked import Asked


def explain(asked: Asked) -> int:
    """Say what *asked* names or means, and return the exit code: 1 where nothing fits."""
    from codex_doctor.explain.explaining import explained
    from codex_doctor.terminal import style_for

    style = style_for(sys.stdout, ascii=asked.ascii, no_color=asked.no_color)
    found = explained(asked, style=style)
    if found.complaint:
        note(found.complaint)
    say(found.text)
    return 0 if found.fits else 1
