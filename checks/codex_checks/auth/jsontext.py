"""Read JSON exactly as Codex does, one value at a time, with its words for what is wrong.

Codex reads its files with serde_json, which is stricter than Python in some places (NaN, duplicate
names, lone surrogates) and laxer in others: a value that nobody asked for is only skipped. Words and
places were compared with Codex 0.169.0; they are those of serde_json's `Error`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.auth.jsontokens import WORDS, JsonError, Scanner, is_digit

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["JsonError", "Reader"]

DEPTH: Final = 127
"""How many values may enclose one that is kept (serde_json's limit); skipped ones have none."""


class Reader(Scanner):
    """A place in a JSON text, moving on with every value that is read."""

    def end(self) -> None:
        """Expect nothing but white space.

        :raises JsonError: something follows.
        """
        if self.peek() is not None:
            raise self.ahead("trailing characters")

    def members(self) -> Iterator[tuple[str, int]]:
        """Take an object: yield each name and its offset, with the value next to be read.

        :raises JsonError: it is malformed.
        """
        self.at += 1
        first = True
        while (next_ := self.peek()) != ord("}"):
            if next_ is None:
                raise self.ahead("EOF while parsing an object")
            if not first:
                if next_ != ord(","):
                    raise self.ahead("expected `,` or `}`")
                self.at += 1
                next_ = self.peek()
                if next_ is None:
                    raise self.ahead("EOF while parsing a value")
                if next_ == ord("}"):
                    raise self.ahead("trailing comma")
            first = False
            if next_ != ord('"'):
                raise self.ahead("key must be a string")
            place = self.at
            name = self.string()
            self._colon()
            yield name, place
        self.at += 1

    def elements(self) -> Iterator[int]:
        """Take a list: yield the offset of each element, which is next to be read.

        Whoever stops early must not read on.

        :raises JsonError: it is malformed.
        """
        self.at += 1
        first = True
        while (next_ := self.peek()) != ord("]"):
            if next_ is None:
                raise self.ahead("EOF while parsing a list")
            if not first:
                if next_ != ord(","):
                    raise self.ahead("expected `,` or `]`")
                self.at += 1
                next_ = self.peek()
                if next_ is None:
                    raise self.ahead("EOF while parsing a value")
                if next_ == ord("]"):
                    raise self.ahead("trailing comma")
            first = False
            yield self.at
        self.at += 1

    def skip(self) -> None:
        """Take a value of any kind and depth that nobody asked for.

        :raises JsonError: it is malformed.
        """
        open_: list[int] = []
        while True:
            opened = self._skip_one()
            if opened is not None:
                open_.append(opened)
            if not self._skip_to_next(open_, after_value=opened is None):
                return

    def kept(self, depth: int) -> object:
        """Take a value of any kind and return it, *depth* levels inside others.

        An object is a tuple of pairs, so that no name hides another; a list is a list.

        :raises JsonError: it is malformed, or deeper than `DEPTH`.
        """
        next_ = self.peek()
        if next_ == ord('"'):
            return self.string()
        if next_ in (ord("{"), ord("[")) and depth >= DEPTH:
            self.at += 1
            raise self.here("recursion limit exceeded")
        if next_ == ord("["):
            return [self.kept(depth + 1) for _ in self.elements()]
        if next_ == ord("{"):
            return tuple((name, self.kept(depth + 1)) for name, _ in self.members())
        return self.scalar(next_)

    def scalar(self, next_: int | None) -> object:
        """Take a word or a number that begins with *next_*; numbers are their digits, as bytes.

        :raises JsonError: no value begins so.
        """
        if next_ is None:
            raise self.ahead("EOF while parsing a value")
        if next_ in WORDS:
            self.word()
            return {ord("t"): True, ord("f"): False}.get(next_)
        if next_ == ord("-") or is_digit(next_):
            return self.number()
        raise self.ahead("expected value")

    def _skip_one(self) -> int | None:
        """Take one value, or open a list or an object and return its first byte."""
        next_ = self.peek()
        if next_ in (ord("["), ord("{")):
            self.at += 1
            return next_
        if next_ == ord('"'):
            self.skip_string()
        else:
            self.scalar(next_)
        return None

    def _skip_to_next(self, open_: list[int], *, after_value: bool) -> bool:
        """Move to where the next value stands inside *open_*; False once everything is closed."""
        while open_:
            inside_object = open_[-1] == ord("{")
            next_ = self.peek()
            if next_ is None:
                raise self.ahead(f"EOF while parsing {'an object' if inside_object else 'a list'}")
            if next_ == (ord("}") if inside_object else ord("]")):
                self.at += 1
                open_.pop()
                after_value = True
                continue
            if after_value:
                if next_ != ord(","):
                    raise self.ahead("expected `,` or `}`" if inside_object else "expected `,` or `]`")
                self.at += 1
            if inside_object:
                self._skip_name()
            return True
        return False

    def _skip_name(self) -> None:
        next_ = self.peek()
        if next_ is None:
            raise self.ahead("EOF while parsing an object")
        if next_ != ord('"'):
            raise self.ahead("key must be a string")
        self.skip_string()
        self._colon()

    def _colon(self) -> None:
        next_ = self.peek()
        if next_ is None:
            raise self.ahead("EOF while parsing an object")
        if next_ != ord(":"):
            raise self.ahead("expected `:`")
        self.at += 1
