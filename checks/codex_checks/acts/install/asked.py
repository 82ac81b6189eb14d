"""What a step of the kind `install` is asked for, out of the words that travel with it."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads it at run time
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec import Struct

INSTALLING: Final = "install"


_PATHS: Final = ("npm", "prefix", "away", "root", "commands", "into")


class Via(StrEnum):
    """How Codex comes onto the machine."""

    NPM = "npm"
    BREW = "brew"
    STANDALONE = "standalone"


class Asked(Struct, frozen=True, kw_only=True):
    """What is to be installed, and how.

    *via* is the way, *otherwise* the one to take where that fails. *npm* is the program and *prefix* where
    it puts the package; where they are None, the one that PATH leads to and its own. *prefix* is Homebrew's
    where that is asked, and *newer* says whether it may bring another version. *version* is the one
    that is wanted, None: the newest. *instead* is a global package of npm that gives way, *away* a file.
    *root* is the folder of standalone releases and *commands* that of the links to them; *into* is one that
    no command leads to, as hosts keep it.
    """

    via: Via
    otherwise: Via | None = None
    npm: Path | None = None
    prefix: Path | None = None
    newer: bool = False
    version: str | None = None
    instead: str | None = None
    away: Path | None = None
    root: Path | None = None
    commands: Path | None = None
    into: Path | None = None

    def arguments(self) -> dict[str, str]:
        """Return it as the words of a step."""
        return {
            name: str(value)
            for name in self.__struct_fields__
            if (value := getattr(self, name)) not in (None, False)
        }


def asked(arguments: Mapping[str, str]) -> Asked:
    """Return what the words of a step say.

    :raises ValueError: they name a way that does not exist.
    """
    otherwise = arguments.get("otherwise")
    return Asked(
        via=Via(arguments["via"]),
        otherwise=Via(otherwise) if otherwise else None,
        newer="newer" in arguments,
        version=arguments.get("version"),
        instead=arguments.get("instead"),
        **{
            name: Path(arguments[name])
            for name in ("npm", "prefix", "away", "root", "commands", "into")
            if name in arguments
        },
    )
