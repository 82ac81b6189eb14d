"""Take the words, numbers and strings of a JSON text one by one, as serde_json does."""

from __future__ import annotations

import re
from typing import Final

_SPACE: Final = b" \n\t\r"
_ESCAPES: Final = {
    ord(short): long.encode() for short, long in zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True)
}
WORDS: Final = {ord("n"): b"null", ord("t"): b"true", ord("f"): b"false"}
_HIGH_SURROGATES: Final = range(0xD800, 0xDC00)
_LOW_SURROGATES: Final = range(0xDC00, 0xE000)
_PLAIN: Final = re.compile(rb'[^"\\\x00-\x1f]*')
_DIGITS: Final = re.compile(rb"[0-9]*")


class JsonError(Exception):
    """The text cannot be read on. *offset* is the byte at which serde_json says so."""

    def __init__(self, words: str, offset: int) -> None:
        super().__init__(words)
        self.words = words
        self.offset = offset


class Scanner:
    """A place in a JSON text, moving on with everything that is taken. Offsets count bytes."""

    def __init__(self, text: bytes) -> None:
        self.text: bytes = text
        self.at: int = 0

    def place(self, offset: int) -> tuple[int, int]:
        """Return the line, from 1, and the column in bytes of *offset*, as serde_json counts them."""
        before = self.text[:offset]
        return before.count(b"\n") + 1, offset - (before.rfind(b"\n") + 1)

    def peek(self) -> int | None:
        """Return the next byte that is not white space, without taking it; None at the end."""
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else None

    def ahead(self, words: str) -> JsonError:
        """Return an error about the byte that comes next."""
        return JsonError(words, min(len(self.text), self.at + 1))

    def here(self, words: str) -> JsonError:
        """Return an error about what was just taken."""
        return JsonError(words, self.at)

    def string(self) -> str:
        """Take a string, which is next.

        :raises JsonError: it is malformed, or holds half of a surrogate pair.
        """
        self.at += 1
        found = bytearray()
        while True:
            found += self._plain()
            byte = self._byte("EOF while parsing a string")
            if byte == ord('"'):
                break
            if byte != ord("\\"):
                raise self.here("control character (\\u0000-\\u001F) found while parsing a string")
            found += self._escape()
        try:
            return found.decode("utf-8")
        except UnicodeDecodeError:  # only a token's payload is not known to be UTF-8 beforehand
            raise self.here("invalid unicode code point") from None

    def word(self) -> None:
        """Take `null`, `true` or `false`, one of which begins here.

        :raises JsonError: it is another word.
        """
        expected = WORDS[self.text[self.at]]
        self.at += 1
        for letter in expected[1:]:
            if self._byte("EOF while parsing a value") != letter:
                raise self.here("expected ident")

    def number(self) -> bytes:
        """Take a number, which is next, and return its digits.

        :raises JsonError: it is malformed.
        """
        start = self.at
        if self.text[self.at] == ord("-"):
            self.at += 1
        first = self._take()
        if first is None or not is_digit(first):
            raise self.here("invalid number")
        if first == ord("0"):
            if is_digit(self._look()):
                raise self.ahead("invalid number")
        else:
            self._digits()
        if self._look() == ord("."):
            self.at += 1
            if not self._digits():
                raise self.ahead("invalid number")
        if self._look() in (ord("e"), ord("E")):
            self.at += 1
            if self._look() in (ord("+"), ord("-")):
                self.at += 1
            if not is_digit(self._take()):
                raise self.here("invalid number")
            self._digits()
        return self.text[start : self.at]

    def skip_string(self) -> None:
        """Take a string that nobody asked for: half a surrogate pair does not matter.

        :raises JsonError: it is malformed.
        """
        self.at += 1
        while True:
            self._plain()
            if self._look() is not None and self.text[self.at] < ord(" "):
                raise self.here("control character (\\u0000-\\u001F) found while parsing a string")
            byte = self._byte("EOF while parsing a string")
            if byte == ord('"'):
                return
            escape = self._byte("EOF while parsing a string")
            if escape == ord("u"):
                self._hex()
            elif escape not in _ESCAPES:
                raise self.here("invalid escape")

    def _escape(self) -> bytes:
        escape = self._byte("EOF while parsing a string")
        if escape in _ESCAPES:
            return _ESCAPES[escape]
        if escape != ord("u"):
            raise self.here("invalid escape")
        unit = self._hex()
        if unit in _LOW_SURROGATES:
            raise self.here("lone leading surrogate in hex escape")
        if unit not in _HIGH_SURROGATES:
            return chr(unit).encode()
        for expected in b"\\u":
            if self._byte("EOF while parsing a string") != expected:
                raise self.here("unexpected end of hex escape")
        second = self._hex()
        if second not in _LOW_SURROGATES:
            raise self.here("lone leading surrogate in hex escape")
        return chr(
            0x10000 + ((unit - _HIGH_SURROGATES.start) << 10) + (second - _LOW_SURROGATES.start)
        ).encode()

    def _hex(self) -> int:
        digits = self.text[self.at : self.at + 4]
        self.at = min(len(self.text), self.at + 4)
        if len(digits) < 4:  # noqa: PLR2004 - the four digits of \uXXXX
            raise self.here("EOF while parsing a string")
        if not re.fullmatch(rb"[0-9A-Fa-f]{4}", digits):
            raise self.here("invalid escape")
        return int(digits, 16)

    def _plain(self) -> bytes:
        match = _PLAIN.match(self.text, self.at)
        assert match is not None  # noqa: S101 - it matches the empty string
        self.at = match.end()
        return match[0]

    def _digits(self) -> bytes:
        match = _DIGITS.match(self.text, self.at)
        assert match is not None  # noqa: S101 - it matches the empty string
        self.at = match.end()
        return match[0]

    def _look(self) -> int | None:
        return self.text[self.at] if self.at < len(self.text) else None

    def _take(self) -> int | None:
        byte = self._look()
        if byte is not None:
            self.at += 1
        return byte

    def _byte(self, at_the_end: str) -> int:
        byte = self._take()
        if byte is None:
            raise self.here(at_the_end)
        return byte


def is_digit(byte: int | None) -> bool:
    """Return whether *byte* is 0 to 9."""
    return byte is not None and ord("0") <= byte <= ord("9")
