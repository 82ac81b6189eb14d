"""Whether the command of a hook can be started, as far as that is certain without running it.

Codex gives a command to a shell (`bash -c`), with its own variables, in the folder of the session. Only a
plain command is judged: one with operators may well do without what it names.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.mcp.given import search_path
from codex_checks.mcp.looking import INTERPRETERS, SCRIPT, first_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.context import Context

_OPERATORS: Final = re.compile(r"[;&|<>()`\n*?\[\]{}]|\$\(")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=.*")
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

PLUGIN_ROOTS: Final = frozenset({"CLAUDE_PLUGIN_ROOT", "PLUGIN_ROOT"})
"""Variables that stand for a plugin's own folder."""

BUILT_IN: Final = frozenset(
    {
        ".", ":", "cd", "command", "echo", "eval", "exec", "exit", "export", "false", "printf", "pwd",
        "read", "return", "set", "shift", "source", "test", "time", "trap", "true", "type", "ulimit",
        "umask", "unset", "wait",
    }
)  # fmt: skip


def why_not_started(
    ctx: Context, command: str, variables: Mapping[str, str], base: Path | None
) -> str | None:
    """Return in words why *command* fails at once, or None where it may not."""
    words = None if ctx.system.os == "windows" else _words(command, variables, base)
    if not words:
        return None
    program, *args = words
    why = _of_path(ctx, Path(program)) if "/" in program else _of_name(ctx, program, variables)
    return why or _of_script(ctx, Path(program).name, args)


def _of_name(ctx: Context, program: str, variables: Mapping[str, str]) -> str | None:
    folders = search_path(variables, ctx.cwd, os=ctx.system.os)
    if program in BUILT_IN or any(_of_path(ctx, folder / program) is None for folder in folders):
        return None
    return f"no folder of the PATH holds `{program}`"


def _of_path(ctx: Context, path: Path) -> str | None:
    """Return why *path* cannot be run; a relative one starts from the folder of whichever session."""
    try:
        status = ctx.status(path) if path.is_absolute() else None
    except OSError:
        return None
    if status is None:
        return f"{path} does not exist" if path.is_absolute() else None
    if status.kind == "file" and not status.mode & 0o111:
        return f"{path} is not executable (mode {status.mode:04o})"
    return None


def _of_script(ctx: Context, program: str, args: list[str]) -> str | None:
    """Return that the file is missing which an interpreter is to run."""
    word = first_word(tuple(args)) if INTERPRETERS.fullmatch(program) else None
    if word is None or not SCRIPT.fullmatch(word) or not Path(word).is_absolute():
        return None
    try:
        return f"{word} does not exist" if ctx.status(Path(word)) is None else None
    except OSError:
        return None


def _words(command: str, variables: Mapping[str, str], base: Path | None) -> list[str] | None:
    """Return the words of a plain command with its variables filled in, or None where it is not plain."""
    roots = dict.fromkeys(PLUGIN_ROOTS, str(base)) if base is not None else {}
    known = {**variables, **roots}
    unknown = [name for match in _VARIABLE.finditer(command) if (name := match[1] or match[2]) not in known]
    if unknown or _OPERATORS.search(_VARIABLE.sub("", command)):
        return None
    home = known.get("HOME", "~")
    try:
        words = shlex.split(_VARIABLE.sub(lambda match: known[match[1] or match[2]], command))
    except ValueError:
        return None
    words = [f"{home}{word[1:]}" if word == "~" or word.startswith("~/") else word for word in words]
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words.pop(0)
    return words
