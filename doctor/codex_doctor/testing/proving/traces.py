"""Where a step was that did not end: what faulthandler wrote down, as one place in the author's code."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

_FRAME: Final = re.compile(r'^  File "(.+)", line (\d+) in (\S+)$', re.MULTILINE)

_OURS: Final = str(Path(__file__).resolve().parents[2])
"""The folder of the engine."""


def place_in(traces: Path) -> str:
    """Return the innermost place in *traces* that is neither Python's nor the engine's, or an empty text."""
    try:
        text = traces.read_text("utf-8", "replace")
    except OSError:
        return ""
    _, thread, own = text.rpartition("Thread 0x")  # the last one is that which does the steps
    text = thread + own
    standard = str(Path(re.__file__).resolve().parents[1])
    found = [
        (file, line, function)
        for file, line, function in _FRAME.findall(text)
        if not file.startswith((_OURS, standard, "<frozen"))
        or "site-packages" in file.removeprefix(sys.prefix)
    ]
    if not found:
        return "a place outside of Python" if "Thread" in text else ""
    file, line, function = found[0]
    return f"{Path(file).name}, line {line}, in {function}"
