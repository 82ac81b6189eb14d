"""The user's home in text: what finds it there, also where a shell needs it quoted."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(r"[\w@%+=:,./\-]*", re.ASCII)
"""What `shlex.quote` leaves without quotes."""


def quoted_home_pattern(home: str) -> re.Pattern[str] | None:
    """Return what finds a path in *home* that a shell needs quoted: it expands no `~` between quotes."""
    path = home.rstrip("/")
    if not path.startswith("/"):
        return None
    # Where the home itself needs no quotes, what stands in them without need is a word of a sentence.
    rest = r"/[^'\n]*[^\w@%+=:,./'\n\-][^'\n]*" if _PLAIN.fullmatch(path) else r"(?:/[^'\n]*)?"
    return re.compile(rf"'{re.escape(path)}({rest})'", re.ASCII)


def in_home(quoted: re.Match[str]) -> str:
    """Return a path that `quoted_home_pattern` found as one that a shell still expands."""
    rest = quoted[1]
    return f"~{rest}" if _PLAIN.fullmatch(rest) else f"~/'{rest[1:]}'"


def home_pattern(home: str) -> re.Pattern[str] | None:
    """Return what finds *home* and what is in it, but no other folder whose name starts or ends alike."""
    path = home.rstrip("/\\")
    if not re.search(r"[/\\].", path):  # no home, or the root of everything
        return None
    ways = {path, path.replace("\\", "/"), path.replace("\\", "\\\\")}
    longest_first = sorted(ways, key=lambda way: (-len(way), way))
    return re.compile(rf"(?<![\w.\-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w\-]|\.\w)")
