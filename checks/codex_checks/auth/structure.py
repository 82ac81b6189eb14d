"""Read a JSON text into the shape that Codex expects of it, as serde's derived code does.

A structure is an object, where a name may stand once, or a list with the members in their order.
Members that Codex does not know are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.auth.jsontext import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTEGER: Final = re.compile(rb"-?[0-9]{1,19}")


class ShapeError(Exception):
    """A value is not what Codex expects there. *field* is its path; *offset* where it begins."""

    def __init__(self, field: str, words: str, offset: int) -> None:
        super().__init__(f"{field}: {words}")
        self.field = field
        self.words = words
        self.offset = offset


ReadValue = Callable[[Reader, str], object]
"""Takes the next value of a reader, which stands at a path; None for null."""


class Member(Struct, frozen=True, kw_only=True):
    """A member of a structure. *needed* by name, and *counted*: a list must reach it."""

    name: str
    read: ReadValue
    needed: bool = False
    counted: bool = False


def structure(reader: Reader, path: str, members: Sequence[Member]) -> dict[str, object]:
    """Take a structure and return its members by name; what is absent is not in it.

    :raises ShapeError: it is something else, or a member is wrong, missing or there twice.
    :raises JsonError: it is malformed.
    """
    next_ = reader.peek()
    start = reader.at
    if next_ == ord("{"):
        found = _by_name(reader, path, members)
        missing = next((one for one in members if one.needed and one.name not in found), None)
    elif next_ == ord("["):
        found = _by_place(reader, path, members)
        missing = next((one for one in members if one.counted and one.name not in found), None)
    else:
        raise _not(reader, path, "an object")
    if missing is not None:
        raise ShapeError(join(path, missing.name), "is missing", start)
    return found


def optional(read: ReadValue) -> ReadValue:
    """Return a reader of what *read* takes, or of null."""

    def read_or_null(reader: Reader, path: str) -> object:
        if reader.peek() == ord("n"):
            reader.word()
            return None
        return read(reader, path)

    return read_or_null


def text(reader: Reader, path: str) -> str:
    """Take a string.

    :raises ShapeError: it is something else.
    """
    if reader.peek() != ord('"'):
        raise _not(reader, path, "text")
    return reader.string()


def flag(reader: Reader, path: str) -> bool:
    """Take true or false.

    :raises ShapeError: it is something else.
    """
    start = reader.at
    if reader.peek() in (ord("t"), ord("f")):
        reader.word()
        return reader.text[reader.at - 4 : reader.at] == b"true"
    raise _not(reader, path, "true or false", start)


def whole_number(reader: Reader, path: str) -> int:
    """Take a number of at most 64 bits.

    :raises ShapeError: it is something else.
    """
    next_ = reader.peek()
    start = reader.at
    if next_ is None or next_ not in b"-0123456789":
        raise _not(reader, path, "a whole number")
    digits = reader.number()
    if not _INTEGER.fullmatch(digits) or not -(2**63) <= int(digits) < 2**63:
        raise ShapeError(path, "is not a whole number of 64 bits", start)
    return int(digits)


def choice(*names: str) -> ReadValue:
    """Return a reader of one of *names*: as text, or as the only name of an object that holds null."""

    def read_choice(reader: Reader, path: str) -> str:
        next_ = reader.peek()
        start = reader.at
        if next_ == ord('"'):
            return _known(reader.string(), path, start)
        if next_ != ord("{"):
            raise reader.ahead("expected value")
        reader.at += 1
        if reader.peek() != ord('"'):
            raise reader.ahead("expected value")
        name = _known(reader.string(), path, start)
        if reader.peek() != ord(":"):
            raise reader.ahead("expected `:`")
        reader.at += 1
        if reader.peek() != ord("n"):
            raise _not(reader, path, "null")
        reader.word()
        if reader.peek() != ord("}"):
            raise reader.here("expected value")
        reader.at += 1
        return name

    def _known(name: str, path: str, start: int) -> str:
        if name not in names:
            raise ShapeError(path, f"is none of {', '.join(names)}", start)
        return name

    return read_choice


def join(path: str, name: str) -> str:
    """Return the path of the member *name* of the structure at *path*; the whole text has none."""
    return f"{path}.{name}" if path else name


def _by_name(reader: Reader, path: str, members: Sequence[Member]) -> dict[str, object]:
    known = {one.name: one for one in members}
    found: dict[str, object] = {}
    for name, place in reader.members():
        if name not in known:
            reader.skip()
        elif name in found:
            raise ShapeError(join(path, name), "stands there twice", place)
        else:
            found[name] = known[name].read(reader, join(path, name))
    return found


def _by_place(reader: Reader, path: str, members: Sequence[Member]) -> dict[str, object]:
    found: dict[str, object] = {}
    elements = reader.elements()
    for one in members:
        if next(elements, None) is None:
            return found
        found[one.name] = one.read(reader, join(path, one.name))
    if reader.peek() != ord("]"):
        if reader.peek() == ord(","):
            reader.at += 1
            reader.peek()
        raise reader.ahead("trailing characters")
    reader.at += 1
    return found


def _not(reader: Reader, path: str, expected: str, start: int | None = None) -> ShapeError:
    """Return the error that *expected* is not what stands there, or raise what is wrong with it."""
    next_ = reader.peek()
    place = reader.at if start is None else start
    if next_ == ord('"'):
        reader.string()
    elif next_ not in (ord("{"), ord("[")):
        reader.scalar(next_)
    return ShapeError(path, f"is not {expected}", place)
