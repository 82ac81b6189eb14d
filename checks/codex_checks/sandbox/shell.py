"""Whether the login shell in which Codex runs commands can still find programs.

Codex runs `bash -lc` or the user's own shell, unless `allow_login_shell` is false (proved on 0.169.0). What
its start-up files do can only be known by running them, which changes who knows what: they are read
here, and only a line that sets PATH to plain folders, with nothing after it to make up for it, is judged.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.config.settings import Settings, settings
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context

LIMIT: Final = 256 * 1024
"""Bytes: a start-up file is a page or two."""

BASH: Final = ((".bash_profile", ".bash_login", ".profile"),)
"""Of these a login shell reads the first that there is."""

ZSH: Final = ((".zshenv",), (".zprofile",), (".zlogin",))
"""It reads all of these."""

ZSH_ON_MACOS: Final = ZSH[1:]
"""There /etc/zprofile puts the system's folders back after the first."""

SYSTEM: Final = frozenset({"/bin", "/usr/bin", "/run/current-system/sw/bin"})
"""Folders of which one must be in PATH: they hold cat, sed and ls."""

_SET: Final = r"""(?:export\s+)?PATH=("[^"]*"|'[^']*'|[^\s;#&|]*)\s*(?:[;#].*|&&.*)?"""
_MAKES_UP: Final = r"\bPATH=|\bpath(?:\+|=|_helper)|^\s*(?:\.|source|eval)\s"
_UNKNOWN: Final = r"`|\$(?!HOME\b|\{HOME\})"


class LostPath(Struct, frozen=True, kw_only=True):
    """The line of a start-up *file* that sets PATH to *value* alone.

    *text* is the line, and *kept* what it must be to keep what PATH held, None where quotes forbid it.
    *sha256* is that of the file's bytes, None where they are no plain text.
    """

    file: Path
    line: int
    value: str
    text: str
    kept: str | None = None
    sha256: str | None = None


class LoginShell(Struct, frozen=True, kw_only=True):
    """The user's *shell* by name, and the line after which it finds no program, if there is one."""

    shell: str
    lost: LostPath | None = None


@blocking_probe("sandbox.login-shell", touches={Touches.FILES}, limit=1.0, needs=(settings,))
def login_shell(ctx: Context, found: Settings) -> LoginShell:
    """Read the start-up files of the user's login shell."""
    if ctx.system.os not in {"linux", "macos"}:
        raise NotApplicable("Codex runs commands in no login shell here")
    if found.get("allow_login_shell") is False:
        raise NotApplicable("the settings keep Codex from using a login shell")
    shell = Path(ctx.env.get("SHELL") or "bash").name
    zsh = ZSH_ON_MACOS if ctx.system.os == "macos" else ZSH
    wanted = {"bash": BASH, "sh": ((".profile",),), "dash": ((".profile",),), "zsh": zsh}.get(shell)
    if wanted is None:
        raise NotApplicable(f"what {shell} reads when it starts is not known here")
    lost = None
    for names in wanted:
        for name in names:
            content = _content(ctx, ctx.home / name)
            if content is not None:
                lost = path_lost(content, ctx.home / name, before=lost)
                break
    return LoginShell(shell=shell, lost=lost)


def path_lost(content: bytes, file: Path, *, before: LostPath | None = None) -> LostPath | None:
    """Return the line of *content* that leaves PATH without the system's folders at its end, if one does.

    *before* is such a line of a file that was read earlier.
    """
    lost = before
    text = content.decode("utf-8", "replace")
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        found = re.fullmatch(_SET, line)
        if found is None:
            if re.search(_MAKES_UP, line) and not line.lstrip().startswith("#"):
                lost = None  # in a block, or by another file: who knows
            continue
        quoted = found[1]
        value = quoted.strip("\"'")
        if SYSTEM & {folder.rstrip("/") or "/" for folder in value.split(":")}:
            lost = None
        elif quoted.startswith("'") or not re.search(_UNKNOWN, value):
            lost = _lost(file, content, number, line, quoted)
        elif not re.search(r"\$\{?PATH\b", value):
            lost = None
    return lost


def _lost(file: Path, content: bytes, number: int, line: str, quoted: str) -> LostPath:
    from hashlib import sha256

    closing = '"' if quoted.startswith('"') else ""
    kept = quoted.removesuffix(closing) + f":$PATH{closing}"
    plain = "\ufffd" not in content.decode("utf-8", "replace")
    return LostPath(
        file=file,
        line=number,
        value=quoted.strip("\"'"),
        text=line,
        kept=None if quoted.startswith("'") or not quoted else line.replace(quoted, kept, 1),
        sha256=sha256(content).hexdigest() if plain else None,
    )


def _content(ctx: Context, path: Path) -> bytes | None:
    try:
        return ctx.read(path, limit=LIMIT)
    except OSError:
        return None
