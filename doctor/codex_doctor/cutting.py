"""Shorten what others said, and show no half of a secret: by its half nobody knows it for one."""

from __future__ import annotations

import re
from typing import Final

_TOGETHER: Final = r"[\w.+/~%\-]"
"""What keys, tokens and addresses are made of, in the alphabets that they are written in."""


def cut(text: str, most: int) -> str:
    """Return *text*, or what of its first *most* characters ends before the word that would be halved.

    Where all of them are one word, that is kept: it is long enough to be known by its shape.
    """
    if len(text) <= most:
        return text
    end = most
    if re.match(_TOGETHER, text[most]):
        while end and re.match(_TOGETHER, text[end - 1]):
            end -= 1
    return text[: end or most].rstrip()


def on_one_line(text: str, most: int, *, more: str = "") -> str:
    """Return *text* on one line, cut after *most* characters, with *more* behind it where it is.

    What is shaped like a secret is taken out before: where a key goes on in the next line, its break tells.
    """
    from codex_doctor.redact import Redactor

    line = " ".join(Redactor().text(text).split())
    return line if len(line) <= most else f"{cut(line, most)}{more}"
