"""Which known word is meant for sure by one that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST: Final = 5
"""Letters: of shorter words too many are one letter apart."""


def certain(word: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that *word* is for sure, or None.

    It is spelt as in JSON (`mcpServers`), with other capitals or hyphens, or with one slip of the finger, and
    nothing else that is known is as near. A digit is no slip: `v3` is another version than `v2`.
    """
    names = tuple(known)
    alike = [name for name in names if _plain(name) == _plain(word)]
    if alike or len(word) < SHORTEST:
        return alike[0] if len(alike) == 1 else None
    near = [name for name in names if len(name) >= SHORTEST and one_slip(word, name)]
    return near[0] if len(near) == 1 else None


def _plain(word: str) -> str:
    return word.replace("_", "").replace("-", "").lower()


def one_slip(word: str, name: str) -> bool:
    """Whether a letter too many, too few or wrong, or two in the wrong order, makes the one of the other."""
    if _digits(word) != _digits(name):
        return False
    start = next((at for at, (one, other) in enumerate(zip(word, name, strict=False)) if one != other), None)
    if start is None:
        return abs(len(word) - len(name)) == 1
    one, other = word[start:], name[start:]
    return (
        one[1:] == other
        or one == other[1:]
        or one[1:] == other[1:]
        or (one[1::-1] == other[:2] and one[2:] == other[2:])
    )


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))
