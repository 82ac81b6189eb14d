"""What was pasted: the words of the command line, a file, or standard input; never more than fits."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from codex_doctor.errors import UsageError
from codex_doctor.explain.asked import STREAM
from codex_doctor.explain.part import MOST, OLDEST

if TYPE_CHECKING:
    from codex_doctor.explain.asked import Asked

_CHUNK: Final = 1024 * 1024


def pasted(asked: Asked) -> str | bytes:
    """Return the text that *asked* is about. Blocks until standard input ends, where it is that.

    :raises UsageError: a file cannot be read, or there is nothing.
    """
    if asked.text in {"", STREAM}:
        if not asked.words and sys.stdin.isatty():
            raise UsageError("explain what? Give a name, a code, a message in quotes, a file, or `-`")
        return _ends(sys.stdin.buffer)
    if len(asked.words) == 1 and os.path.isfile(asked.text):  # noqa: PTH113 - pathlib refuses some texts
        try:
            with open(asked.text, "rb") as file:  # noqa: PTH123 - the same
                return _ends(file)
        except OSError as error:
            raise UsageError(f"the file cannot be read: {error.strerror}") from None
    return asked.text


def _ends(stream: BinaryIO) -> bytes:
    """Return everything in *stream*, or its beginning and its end."""
    head = stream.read(OLDEST)
    tail: list[bytes] = []
    size = 0
    while chunk := stream.read(_CHUNK):
        tail.append(chunk)
        size += len(chunk)
        if size > MOST:
            size -= len(tail.pop(0))
    return head + b"".join(tail)
