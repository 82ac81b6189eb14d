"""How a settings file is written: where its keys and values stand, and what it says twice."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

KeyPath = tuple[str | int, ...]


class Written(Struct, frozen=True, kw_only=True):
    """One part of a key as it is written: which *path* it names, and from where to where it stands."""

    path: KeyPath
    start: int
    end: int


class Pair(Struct, frozen=True, kw_only=True):
    """A key and its value as they are written, from the *start* of the key to the *end* of the value.

    *value* is where that begins. *section* counts the headers before it, and *depth* the inline tables
    and lists around it.
    """

    path: KeyPath
    start: int
    value: int
    end: int
    section: int
    depth: int


class Repeated(Struct, frozen=True, kw_only=True):
    """What a text says a second time, where the reader forgives it: a pair, or a table.

    It stands from *start* to *end*; of a table that is the header, and the rest are the pairs of *section*.
    *same*: nothing is said in it that is not said the first time.
    """

    path: KeyPath
    start: int
    end: int
    same: bool
    section: int | None = None


class KeyPart(NamedTuple):
    """One part of a key: its name, and from where to where it is written."""

    name: str
    start: int
    end: int
