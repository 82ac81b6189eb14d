"""What the kinds of the user's own checks have in common: places, texts that match, and values in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.places import SECRET_VARIABLES
from codex_doctor.cutting import on_one_line
from codex_doctor.model import Evidence
from codex_doctor.probe import NotApplicable, Unavailable

if TYPE_CHECKING:
    from codex_doctor.context import Context

SHOWN: Final = 200
"""Characters of a text that somebody else wrote, which a finding shows."""

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Wrong = tuple[str, Mapping[str, Evidence]]
"""What was seen that should not be so: in words, and as evidence."""


def place(ctx: Context, text: str) -> Path:
    """Return the path that *text* names on this machine.

    :raises NotApplicable: a variable in it is not set here.
    :raises Unavailable: it does not lead to one place, whatever the working directory is.
    """

    def value(name: re.Match[str]) -> str:
        if not ctx.env.get(name[1]):
            raise NotApplicable(f"{name[1]} is not set")
        return ctx.env[name[1]]

    whole = _VARIABLE.sub(value, text)
    if whole.startswith(("~/", "~\\")):
        return ctx.home / whole[2:]
    path = Path(whole)
    if not path.is_absolute():
        raise Unavailable(f"{text} is not an absolute path here")
    return path


def hide_variables(ctx: Context) -> None:
    """Let no secret of the environment be shown: a program prints what it has, and a file may hold it too."""
    for name, value in ctx.env.items():
        if any(word in name.upper() for word in SECRET_VARIABLES):
            ctx.vault.secret(value)


def matches(text: str, pattern: str) -> bool:
    """Whether *text* as a whole is like *pattern*, in which `*` is anything and `?` any letter."""
    return fnmatchcase(text.strip(), pattern)


def short(text: str) -> str:
    """Return the beginning of *text* on one line."""
    return on_one_line(text, SHOWN, more=" ...")
