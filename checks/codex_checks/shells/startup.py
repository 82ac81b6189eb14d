"""The lines about Codex in the files that shells read when they start: a CODEX_HOME, and aliases.

The files are read, never run: what stands inside an `if` counts as if it were always done, and a value that
holds anything but the home is not known.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.places import CodexHome, codex_home
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context

FILES: Final = (
    ".profile",
    ".bash_profile",
    ".bash_login",
    ".bashrc",
    ".bash_aliases",
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
    ".config/fish/config.fish",
)
"""What bash(1), zsh(1), dash(1) and fish(1) read in a home; Debian's .bashrc reads .bash_aliases."""

WINDOWS_FILES: Final = (
    "Documents/PowerShell/Microsoft.PowerShell_profile.ps1",
    "Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1",
)
"""What PowerShell reads (about_Profiles)."""

LIMIT: Final = 128 * 1024
"""Bytes: a start-up file is a page or two."""

_VALUE: Final = r"""("[^"\n]*"|'[^'\n]*'|[^\s;#&|]+)"""
_HOME: Final = (
    rf"^\s*(?:export\s+|typeset\s+-x\s+|declare\s+-x\s+)?CODEX_HOME={_VALUE}",
    rf"^\s*set\s+(?:-[a-zA-Z]+\s+)+CODEX_HOME\s+{_VALUE}",
    rf"^\s*\$env:CODEX_HOME\s*=\s*{_VALUE}",
)
_ALIAS: Final = rf"^\s*alias\s+(?:-g\s+)?([\w.-]+)(?:=|\s+){_VALUE}"
_PLAIN: Final = r"-{0,2}[a-z]{1,20}(?:-[a-z]{1,20}){0,5}"
_HOME_WORDS: Final = r"^(?:~|\$HOME|\$\{HOME\}|\$env:USERPROFILE|\$env:HOME)(?=[/\\]|$)"


class HomeLine(Struct, frozen=True, kw_only=True):
    """A line that sets CODEX_HOME; *home* is where it leads, None where that is not known."""

    file: Path
    number: int
    home: Path | None


class Alias(Struct, frozen=True, kw_only=True):
    """An alias called *name* that stands for *words*, of which the first is `codex`.

    Only options and plain words are kept; anything else, which may be a secret, is `...`.
    """

    file: Path
    number: int
    name: str
    words: tuple[str, ...]


class StartUp(Struct, frozen=True, kw_only=True):
    """What the start-up files say of Codex.

    *usual* is the folder that Codex uses when nobody names another, and *signed_in* says which of all
    the folders named here holds a sign-in in a file.
    """

    usual: Path
    homes: tuple[HomeLine, ...] = ()
    aliases: tuple[Alias, ...] = ()
    signed_in: frozenset[Path] = frozenset()


@blocking_probe("shells.start-up", touches={Touches.FILES}, limit=1.0, needs=(codex_home,))
def start_up(ctx: Context, _: CodexHome) -> StartUp:
    """Read the files that the user's shells read when they start, unless Codex's folder never answers."""
    homes: list[HomeLine] = []
    aliases: list[Alias] = []
    for name in WINDOWS_FILES if ctx.system.os == "windows" else FILES:
        file = ctx.home / name
        try:
            content = ctx.head(file, limit=LIMIT).decode("utf-8", "replace")
        except OSError:
            continue
        homes += _homes(content, file, ctx.home)
        aliases += _aliases(content, file)
    usual = ctx.home / ".codex"
    named = {usual, *(each.home for each in homes if each.home is not None)}
    signed_in = frozenset(home for home in named if _holds_a_sign_in(ctx, home))
    return StartUp(usual=usual, homes=tuple(homes), aliases=tuple(aliases), signed_in=signed_in)


def _homes(content: str, file: Path, home: Path) -> Iterator[HomeLine]:
    if "CODEX_HOME" not in content:
        return
    for number, line in enumerate(content.splitlines(), start=1):
        found = next((match for form in _HOME if (match := re.match(form, line))), None)
        if found is not None:
            yield HomeLine(file=file, number=number, home=_folder(found[1], home))


def _aliases(content: str, file: Path) -> Iterator[Alias]:
    if "codex" not in content:
        return
    for number, line in enumerate(content.splitlines(), start=1):
        found = re.match(_ALIAS, line)
        words = _unquoted(found[2]).replace("=", " ").split() if found else []
        if found and words and words[0] == "codex":
            kept = tuple(word if re.fullmatch(_PLAIN, word) else "..." for word in words)
            yield Alias(file=file, number=number, name=found[1], words=kept)


def _folder(value: str, home: Path) -> Path | None:
    """Return the folder that a value names, or None where more than the home stands for something else."""
    plain = _unquoted(value)
    if not value.startswith("'"):
        quoted = value.startswith('"')
        plain = plain if quoted and plain.startswith("~") else re.sub(_HOME_WORDS, lambda _: str(home), plain)
    path = Path(plain)
    return path if path.is_absolute() and not re.search(r"[$`*?]", plain) else None


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in {'"', "'"} and value[-1:] == value[:1] and len(value) > 1 else value


def _holds_a_sign_in(ctx: Context, home: Path) -> bool:
    try:
        status = ctx.status(home / "auth.json")
    except OSError:
        return False
    return status is not None and status.kind == "file" and status.size > 0
