"""Read TOML the way Codex reads it, and say exactly where it stops being TOML."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from codex_doctor.toml.grammar import Reader
from codex_doctor.toml.lexicon import NotTomlError
from codex_doctor.toml.spots import spots
from codex_doctor.toml.written import KeyPath, Pair


class FaultKind(StrEnum):
    """What keeps a settings file from being read."""

    UNREADABLE = "unreadable"
    NOT_A_FILE = "not-a-file"
    UTF_16 = "utf-16"
    SYNTAX = "syntax"
    DUPLICATE_KEY = "duplicate-key"
    WINDOWS_BACKSLASH = "windows-backslash"


class Fault(Struct, frozen=True, kw_only=True):
    """Why a settings file is not TOML, or could not be read at all.

    *line* and *column* count characters from 1, as in Codex's own messages; None where the fault has
    no place.
    """

    kind: FaultKind
    message: str
    line: int | None = None
    column: int | None = None

    @property
    def where(self) -> str:
        """The place as Codex writes it behind a path: `:12:9`, or nothing."""
        return "" if self.line is None else f":{self.line}:{self.column}"


class Place(Struct, frozen=True, kw_only=True):
    """Where a key and its value stand; lines and columns count characters from 1."""

    line: int
    column: int
    value_line: int
    value_column: int


class Document(Struct, frozen=True, kw_only=True):
    """What a settings file says, and where; *fault* is set, and the rest is empty, where it is not TOML.

    *pairs* are in offsets of the text without its byte order mark.
    """

    values: Mapping[str, object] = field(default_factory=dict[str, object])
    places: Mapping[KeyPath, Place] = field(default_factory=dict[KeyPath, Place])
    pairs: tuple[Pair, ...] = ()
    fault: Fault | None = None


MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The byte order mark."""

WINDOWS_PATH: Final = r'"{1,3}(?:[A-Za-z]:|\\|%\w+%|[^"\\/]*\\(?:Users|AppData|Windows)\b)'
"""How a string begins that holds a Windows path: a drive, a share, a variable, or a well-known folder."""


def parse(content: bytes) -> Document:
    """Return what *content* says. A byte order mark and Windows line ends are fine."""
    try:
        text = content.decode("utf-8").removeprefix(MARK)
    except UnicodeDecodeError as error:
        return _unreadable(content, error)
    spot = spots(text)
    reader = Reader(text)
    try:
        values = reader.read()
    except NotTomlError as error:
        line, column = spot(error.offset)
        kind = (
            FaultKind.DUPLICATE_KEY
            if error.duplicate
            else FaultKind.WINDOWS_BACKSLASH
            if re.match(WINDOWS_PATH, error.text)
            else FaultKind.SYNTAX
        )
        message = f"{error.message}{_key_at(text, error.offset)}" if error.duplicate else error.message
        return Document(fault=Fault(kind=kind, message=message, line=line, column=column))
    places = {
        path: Place(line=line, column=column, value_line=value_line, value_column=value_column)
        for path, (key, value) in reader.places.items()
        for line, column in (spot(key),)
        for value_line, value_column in (spot(value),)
    }
    return Document(values=values, places=places, pairs=tuple(reader.pairs))


UTF_16_MARKS: Final = (BOM_UTF16_LE, BOM_UTF16_BE)
"""How a text begins that PowerShell's `>` wrote."""


def text_of(content: bytes) -> str | None:
    """Return *content* as text, also where it is UTF-16; None where it is no text."""
    try:
        return content.decode("utf-16" if content.startswith(UTF_16_MARKS) else "utf-8")
    except UnicodeDecodeError:
        return None


def _unreadable(content: bytes, error: UnicodeDecodeError) -> Document:
    if content.startswith(UTF_16_MARKS):
        return Document(fault=Fault(kind=FaultKind.UTF_16, message="it is saved as UTF-16, not UTF-8"))
    message = f"it is not UTF-8 text (byte {error.start + 1})"
    return Document(fault=Fault(kind=FaultKind.UNREADABLE, message=message))


def _key_at(text: str, offset: int) -> str:
    """Return the key that stands at *offset*, quoted for a message, or nothing where it is hard to tell."""
    found = re.compile(r"[\w.-]{1,60}").match(text, offset)
    return f" `{found[0]}`" if found else ""
