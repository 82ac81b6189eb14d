"""Find failed turns in the raw bytes of a database that is too large to be copied.

A row of `thread_turns` lies in a page as its values, one after the other: the word `failed`, the error as
JSON, when the turn began and when it ended (sqlite.org/fileformat2.html 2.1). An error that is longer than
a page is cut in two there, and not found; one of a deleted row may be.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTS: Final = b'failed{"message":'
LONGEST: Final = 16 * 1024
"""Bytes: no page of Codex's is larger, so no error in one piece is."""


def failed_turns(content: bytes, *, since: int, until: int) -> Iterator[tuple[int, str]]:
    """Yield when a turn failed, in seconds since the epoch, and its error as JSON.

    Only what lies between *since* and *until* counts: any other bytes in that place are no time.
    """
    decoder = json.JSONDecoder()
    place = content.find(STARTS)
    while place >= 0:
        start = place + len(b"failed")
        text = content[start : start + LONGEST].decode("latin-1")  # a character for each byte
        try:
            _, length = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            length = 0
        end = start + length
        times = (int.from_bytes(content[at : at + 4], "big") for at in (end, end + 4))
        known = [time for time in times if since <= time <= until]
        if length and known:
            yield max(known), content[start:end].decode("utf-8", "replace")
        place = content.find(STARTS, start)
