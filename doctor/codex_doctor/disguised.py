"""Known secrets as no program writes them: turned round, in capitals, letter by letter.

Only what leaves in a report for support is searched for them: it is read by others, and has the time.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import a85encode, b85encode
from typing import TYPE_CHECKING, Final

from codex_doctor.secret import MIN_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHORTEST: Final = 12
"""Letters and digits: without case and punctuation, a shorter value is a word of a page."""

FEWEST: Final = 6
"""Different ones: a row of zeros stands in many a number."""

_Z85: Final = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
)
"""From Python's alphabet of Base85 to that of ZeroMQ (RFC 32 of its own)."""

_NUMBERS: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:0x[0-9A-Fa-f]{2}|\d{2,3})(?:[,;\s]{1,12}(?:0x[0-9A-Fa-f]{2}|\d{2,3})){11,}"
)
"""Letters as their numbers, as a program shows an array of bytes."""


class Disguised:
    """Looks for the *known* values however they are disguised."""

    def __init__(self, known: Sequence[str]) -> None:
        self._folded: dict[str, list[str]] = {}
        self._encoded: dict[str, list[str]] = {}
        for value in known:
            folded, _ = _fold(value)
            if _tells(folded):
                for needle in (folded, folded[::-1]):
                    self._folded.setdefault(needle[:MIN_KNOWN], []).append(needle)
            for form in _in_base85(value):
                self._encoded.setdefault(form[:MIN_KNOWN], []).append(form)

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where one of them stands in *text*, from its start to before its end."""
        if len(text) < SHORTEST or not self._folded:
            return
        yield from _found(text, self._encoded)
        folded, places = _fold(text)
        for start, end in _found(folded, self._folded):
            yield places[start], places[end - 1] + 1
        for match in _NUMBERS.finditer(text):
            numbers = [int(each, 16 if "x" in each else 10) for each in re.split(r"[,;\s]+", match[0])]
            meant, _ = _fold("".join(map(chr, numbers)))
            if next(_found(meant, self._folded), None) is not None:
                yield match.span()


def _found(text: str, needles: dict[str, list[str]]) -> Iterator[tuple[int, int]]:
    for at in range(len(text) - MIN_KNOWN + 1 if needles else 0):
        for needle in needles.get(text[at : at + MIN_KNOWN], ()):
            if text.startswith(needle, at):
                yield at, at + len(needle)


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Return the letters and digits of *text* without case, accents and width, and the place of each."""
    if text.isascii():
        return (
            "".join(filter(str.isalnum, text)).lower(),
            [at for at, letter in enumerate(text) if letter.isalnum()],
        )
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        for part in unicodedata.normalize("NFKD", letter).casefold():
            if part.isalnum():
                letters.append(part)
                places.append(at)
    return "".join(letters), places


def _tells(folded: str) -> bool:
    mixed = not folded.isalpha() and not folded.isdigit()
    return mixed and len(folded) >= SHORTEST and len(set(folded)) >= FEWEST


def _in_base85(value: str) -> Iterator[str]:
    """Yield *value* in the alphabets of Base85, by its place among the groups of four bytes."""
    raw = value.encode("utf-8", "surrogatepass")
    for before in range(4):
        whole = raw[before : before + (len(raw) - before) // 4 * 4]
        if len(whole) < SHORTEST:
            continue
        plain = b85encode(whole).decode("ascii")
        yield from (plain, plain.translate(_Z85), a85encode(whole).decode("ascii"))
