"""What was pasted: the words of the command line, a file, or standard input; never more than fits."""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from codex_doctor.errors import UsageError
from codex_doctor.explain.asked import STREAM
from codex_doctor.explain.part import MOST, OLDEST

if TYPE_CHECKING:
    from codex_doctor.explain.asked import Asked

_CHUNK: Final = 1024 * 1024

_PATH: Final = r"(?:~|\.{1,2})?/\S*|[A-Za-z]:\\\S*|[\w./-]+\.(?:log|txt|jsonl?|out|md)"
"""A word that is a path, or a file's name as logs have it: no message is one word like this."""


def pasted(asked: Asked) -> str | bytes:
    """Return the text that *asked* is about. Blocks until standard input ends, where it is that.

    :raises UsageError: a file cannot be read, or there is nothing.
    """
    if not asked.words or asked.text == STREAM:
        if not asked.words and sys.stdin.isatty():
            raise UsageError("explain what? Give a name, a code, a message in quotes, a file, or `-`")
        text: str | bytes = _standard_input()
    elif len(asked.words) == 1 and _is_path(asked.text):
        text = _content(asked.text)
    else:
        text = asked.text
    if not text.strip():
        raise UsageError("there is nothing to explain: the text is empty")
    return text


def _is_path(word: str) -> bool:
    """Whether *word* names a file, or looks as if it should."""
    if os.path.exists(word):  # noqa: PTH110 - pathlib refuses some texts
        return True
    return re.fullmatch(_PATH, word) is not None


def _content(path: str) -> bytes:
    try:
        if stat.S_ISCHR(os.stat(path).st_mode):  # noqa: PTH116 - pathlib refuses some texts
            raise UsageError("the file cannot be read: it is a device, which may have no end")
        with open(path, "rb") as file:  # noqa: PTH123 - the same
            return _ends(file)
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}") from None


def _standard_input() -> bytes:
    try:
        return _ends(sys.stdin.buffer)
    except OSError as error:
        raise UsageError(f"standard input cannot be read: {error.strerror}") from None


def _ends(stream: BinaryIO) -> bytes:
    """Return everything in *stream*, or its beginning and its end."""
    head = stream.read(OLDEST) or b""  # nothing where it does not wait
    tail: list[bytes] = []
    size = 0
    while chunk := stream.read(_CHUNK):
        tail.append(chunk)
        size += len(chunk)
        if size > MOST:
            size -= len(tail.pop(0))
    return head + b"".join(tail)
