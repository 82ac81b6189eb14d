"""Cut a text where no word is halved: by its half nobody knows a secret, which would then be shown."""

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
