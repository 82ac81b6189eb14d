"""Read TOML the way Codex reads it, and say exactly where it stops being TOML."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What keeps a settings file from being read."""

    UNREADABLE = "unreadable"
    SYNTAX = "syntax"
    DUPLICATE_KEY = "duplicate-key"
    WINDOWS_BACKSLASH = "windows-backslash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a settings file is not TOML, or could not be read at all.

    *line* and *column* count from 1, as in Codex's own messages; None where the fault has no place.
    """

    kind: FaultKind
    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a settings file says; *fault* is set, and *values* is empty, where it is not TOML."""

    values: Mapping[str, object]
    fault: Fault | None = None


_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")


def parse(content: bytes) -> Document:
    """Return what *content* says. A byte order mark and Windows line ends are fine."""
    import tomllib

    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        return Document(
            values={},
            fault=Fault(kind=FaultKind.UNREADABLE, message=f"it is not UTF-8 text (byte {error.start})"),
        )
    try:
        return Document(values=tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = str(error)
        place = _PLACE.search(message)
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        return Document(
            values={},
            fault=Fault(kind=FaultKind.SYNTAX, message=_PLACE.sub("", message), line=line, column=column),
        )
