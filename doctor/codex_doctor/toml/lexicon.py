"""The words of TOML 1.1: keys, strings, numbers and dates, and where each of them stands."""

from __future__ import annotations

import re
from typing import Final, NoReturn


class NotTomlError(Exception):
    """The text stops being TOML at *offset*. *duplicate*: a key or table stands there a second time.

    *text* is the start of the string in which it happened, where it happened in one.
    """

    def __init__(self, message: str, offset: int, *, duplicate: bool = False, text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.duplicate = duplicate
        self.text = text


class Moment(str):
    """A date, a time or both, as it was written."""

    __slots__ = ()


_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BASIC: Final = re.compile(r'[^\x00-\x08\x0a-\x1f\x7f"\\]*')
_LITERAL: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f']*")
_HEX: Final = re.compile(r"[0-9A-Fa-f]*")
_WORD: Final = re.compile(r"[A-Za-z0-9_+.:-]+")

# Compiled where they are first used: few configurations hold such a word.
_LONG_BASIC: Final = r'(?:[^\x00-\x08\x0b-\x1f\x7f"\\]|\r\n|"(?!""))*'
_LONG_LITERAL: Final = r"(?:[^\x00-\x08\x0b-\x1f\x7f']|\r\n|'(?!''))*"
_LINE_JOIN: Final = r"\\[ \t]*\r?\n[ \t\r\n]*"
_FIRST_BREAK: Final = r"\r?\n"
_DATE: Final = r"\d{4}-\d\d-\d\d"
_TIME: Final = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
_MOMENT: Final = rf"{_DATE}(?:[Tt ]{_TIME}(?:[Zz]|[+-]\d\d:\d\d)?)?(?![A-Za-z0-9_:])|{_TIME}(?![A-Za-z0-9_:])"
_INTEGER: Final = r"[+-]?(?:0|[1-9](?:_?\d)*)"
_BASED: Final = r"0x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*"
_FLOAT: Final = r"[+-]?(?:(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?|inf|nan)"

_ESCAPES: Final = {
    "b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\",
}  # fmt: skip
_DIGITS: Final = {"x": 2, "u": 4, "U": 8}
_DIGITS_LIMIT: Final = 80
"""Python refuses to convert thousands of digits, and 64 bits need fewer than these in any base."""


class Text:
    """A text and a place in it; every method reads what stands there and moves behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip(self, pattern: re.Pattern[str] | str) -> str:
        """Pass what *pattern* matches here and return it; nothing where it does not match."""
        found = re.compile(pattern).match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def passes(self, sign: str) -> bool:
        """Pass *sign* and return True if it stands here."""
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def sees(self, sign: str) -> bool:
        """Return whether *sign* stands here."""
        return self.text.startswith(sign, self.at)

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.text)

    def fail(self, message: str, offset: int | None = None, *, text_from: int | None = None) -> NoReturn:
        """Say that the text stops being TOML at *offset*, or here."""
        place = self.at if offset is None else offset
        text = "" if text_from is None else self.text[text_from:].partition("\n")[0]
        raise NotTomlError(message, place, text=text)

    def key_part(self) -> str:
        """Return the name that stands here, bare or quoted."""
        if self.sees('"'):
            return self._basic()
        if self.sees("'"):
            return self._literal()
        return self.skip(_BARE) or self.fail("missing key")

    def string(self) -> str:
        """Return the string whose opening quote stands here."""
        if self.sees('"'):
            return self._long_basic() if self.sees('"""') else self._basic()
        return self._long_literal() if self.sees("'''") else self._literal()

    def scalar(self) -> object:
        """Return the number, truth value or date that stands here."""
        offset = self.at
        if self.text[offset : offset + 1].isdigit() and (moment := self.skip(_MOMENT)):
            return Moment(moment)
        word = self.skip(_WORD)
        if word in ("true", "false"):
            return word == "true"
        if re.fullmatch(_INTEGER, word):
            return self._integer(word, 10, offset)
        if re.fullmatch(_BASED, word):
            return self._integer(word, 0, offset)
        if re.fullmatch(_FLOAT, word):
            return float(word.replace("_", ""))
        return self.fail("string values must be quoted, expected literal string", offset)

    def _integer(self, word: str, base: int, offset: int) -> int:
        digits = word.replace("_", "")
        number = int(digits, base) if len(digits) <= _DIGITS_LIMIT else 1 << 64
        if not -(1 << 63) <= number < 1 << 63:
            self.fail("the number is too large", offset)
        return number

    def _basic(self) -> str:
        opened = self.at
        self.at += 1
        parts: list[str] = []
        while True:
            parts.append(self.skip(_BASIC))
            match self.text[self.at : self.at + 1]:
                case '"':
                    self.at += 1
                    return "".join(parts)
                case "\\":
                    parts.append(self._escape(opened))
                case _:
                    self.fail('invalid basic string, expected `"`')

    def _literal(self) -> str:
        self.at += 1
        value = self.skip(_LITERAL)
        if not self.sees("'"):
            self.fail("invalid literal string, expected `'`")
        self.at += 1
        return value

    def _long_basic(self) -> str:
        opened = self.at
        self.at += 3
        self.skip(_FIRST_BREAK)
        parts: list[str] = []
        while True:
            parts.append(self.skip(_LONG_BASIC))
            if self.sees('"""'):
                return "".join(parts).replace("\r\n", "\n") + self._closing('"')
            if not self.sees("\\"):
                self.fail('unclosed string, expected `"""`', opened if self.ended else None)
            if not self.skip(_LINE_JOIN):
                parts.append(self._escape(opened))

    def _long_literal(self) -> str:
        opened = self.at
        self.at += 3
        self.skip(_FIRST_BREAK)
        value = self.skip(_LONG_LITERAL)
        if not self.sees("'''"):
            self.fail("unclosed string, expected `'''`", opened if self.ended else None)
        return value.replace("\r\n", "\n") + self._closing("'")

    def _closing(self, quote: str) -> str:
        """Pass the closing quotes; up to two before the last three belong to the string."""
        run = self.skip(f"{quote}{{3,5}}")
        return run[3:]

    def _escape(self, opened: int) -> str:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _DIGITS:
            digits = _HEX.match(self.text, self.at + 2, self.at + 2 + _DIGITS[letter])
            number = int(digits[0], 16) if digits and len(digits[0]) == _DIGITS[letter] else -1
            if number < 0 or 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:  # noqa: PLR2004 - Unicode's own limits
                self.fail(
                    f"`\\{letter}` needs {_DIGITS[letter]} hexadecimal digits", self.at + 2, text_from=opened
                )
            self.at += 2 + _DIGITS[letter]
            return chr(number)
        if letter not in _ESCAPES or not letter:
            self.fail(f"`\\{letter.strip()}` means nothing in double quotes", self.at + 1, text_from=opened)
        self.at += 2
        return _ESCAPES[letter]
