"""The part of a long text that is looked at: its end, its beginning, and what tells of something wrong.

The time for a text is bounded by that: one of ten megabytes takes hardly longer than one of one.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 16 * 1024 * 1024
"""Bytes that are read at all: of a longer file its beginning and its end."""

WHOLE: Final = 1024 * 1024
"""Bytes: a text of that many is looked at as it is."""

NEWEST: Final = 640 * 1024
"""Bytes at the end of a longer one: what happened last."""

OLDEST: Final = 64 * 1024
"""Bytes at its beginning: what was started, and how."""

BETWEEN: Final = 256 * 1024
"""Bytes from between these that tell of something wrong, the last ones."""

_PIECE: Final = 1024
"""Bytes that are taken or left together, and the same before and behind them."""

_EACH: Final = 256
"""Places of one of the words below: the last ones."""

_WRONG: Final = (
    b"error",
    b"err!",
    b"fail",
    b"fatal",
    b"panic",
    b"denied",
    b"unable",
    b"cannot",
    b"could not",
    b"not found",
    b"no such",
    b"timed out",
    b"timeout",
    b"refused",
    b"invalid",
    b"missing",
    b"exceeded",
    b"expired",
    b"unauthorized",
    b"forbidden",
    b"unexpected",
    b"disconnected",
    b"reconnecting",
    b"limit",
    b"disabled",
    b"blocked",
    b"rejected",
    b"closed",
    "■".encode(),
)
"""What stands in nearly every message that tells of something wrong, in any program."""


def telling(text: bytes) -> bytes:
    """Return what of *text* is looked at: all of it where it is short."""
    if len(text) <= WHOLE:
        return text
    end = len(text) - NEWEST
    pieces = _newest(set(_wrong(text[OLDEST:end].lower())))
    between = (text[OLDEST + first * _PIECE : min(OLDEST + last * _PIECE, end)] for first, last in pieces)
    return b"\n".join((text[:OLDEST], *between, text[end:]))


def _wrong(text: bytes) -> Iterator[int]:
    """Yield the numbers of the pieces of *text*, which is in small letters, that tell of something wrong."""
    for word in _WRONG:
        at = len(text)
        for _ in range(_EACH):
            at = text.rfind(word, 0, at)
            if at < 0:
                break
            yield at // _PIECE
            at -= at % _PIECE  # one place of a piece is enough


def _newest(pieces: set[int]) -> list[tuple[int, int]]:
    """Return the last of *pieces* with those around each, as ranges, as many as there is room for."""
    chosen: set[int] = set()
    for piece in sorted(pieces, reverse=True):
        if len(chosen) * _PIECE >= BETWEEN:
            break
        chosen |= {max(0, piece - 1), piece, piece + 1}
    runs = groupby(enumerate(sorted(chosen)), key=lambda pair: pair[1] - pair[0])
    ranges = ([piece for _, piece in run] for _, run in runs)
    return [(run[0], run[-1] + 1) for run in ranges]
