"""Look for what a server needs as the system would that starts it; nothing is run."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from codex_checks.mcp.given import environment_of, folder_of, search_path
from codex_checks.mcp.needs import Needs
from codex_checks.mcp.servers import Address, Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_checks.mcp.servers import Server
    from codex_doctor.context import Context

INTERPRETERS: Final = re.compile(
    r"(?:node|deno|bun|tsx|ts-node|python|pypy|ruby|perl|php|bash|dash|zsh|sh)[\d.]*(?:\.exe)?"
)
"""Programs that run the file which their first argument names."""

SCRIPT: Final = re.compile(r"(?i).+\.(?:[cm]?[jt]sx?|pyz?|rb|pl|php|sh)")
WITH_VALUE: Final = frozenset(
    {"-W", "-X", "-r", "--require", "--import", "--loader", "--env-file", "-I", "-O"}
)
"""Options of theirs that take the next word."""

NOT_A_FILE: Final = frozenset({"-c", "-e", "-m", "--eval", "-p", "--print", "-"})
"""Options of theirs after which nothing names a file."""

SUBCOMMANDS: Final = frozenset({"run"})
"""`deno run FILE`, `bun run FILE`; what stands there may also be a script of a package."""

EXTENSIONS: Final = ".COM;.EXE;.BAT;.CMD"


def look_for(ctx: Context, server: Server, variables: Mapping[str, str]) -> Needs:
    """Return what *server* needs, and which of it is not there."""
    match server.transport:
        case Address() as address:
            wanted = (address.bearer, *address.named.values())
            unset = (name for name in wanted if name and not variables.get(name))
            return Needs(server=server, unset=tuple(dict.fromkeys(unset)))
        case Program() as program:
            folder = folder_of(program, ctx.cwd)
            no_folder = _no_folder(ctx, folder)
            path, fault = (None, None) if no_folder else _program(ctx, program, folder, variables)
            missing = _script(ctx, program, folder) if path is not None else None
            unset = (name for name in program.passed if name not in variables and name not in program.env)
            return Needs(
                server=server,
                path=path,
                fault=fault,
                elsewhere=_elsewhere(ctx, program.command) if fault is not None else None,
                script=missing,
                folder=folder,
                no_folder=no_folder,
                unset=tuple(dict.fromkeys(unset)),
            )


def _no_folder(ctx: Context, folder: Path) -> str | None:
    try:
        status = ctx.status(folder)
    except OSError as error:
        return f"{folder} cannot be examined: {error.strerror or error}"
    if status is None:
        return f"{folder} does not exist"
    return None if status.kind == "folder" else f"{folder} is no folder"


def _program(
    ctx: Context, program: Program, folder: Path, variables: Mapping[str, str]
) -> tuple[Path | None, str | None]:
    """Return the program that would be started, or why there is none."""
    command, os = program.command, ctx.system.os
    environment = environment_of(program, variables, os=os)
    if not command:
        return None, "the command is empty"
    windows = os == "windows"
    if "/" in command or (windows and "\\" in command):
        fault: str | None = None
        for path in _spellings(folder / command, environment, windows=windows):
            fault = _not_startable(ctx, path)
            if fault is None:
                return path, None
        return None, _hint(fault or f"{folder / command} does not exist", command)
    closed: str | None = None
    for place in search_path(environment, folder, os=os):
        for path in _spellings(place / command, environment, windows=windows):
            fault = _not_startable(ctx, path)
            if fault is None:
                return path, None
            if not fault.endswith(ABSENT):
                closed = closed or fault
    own = " that its env sets" if "PATH" in program.env else ""
    return None, closed or _hint(f"no folder of the PATH{own} holds `{command}`", command)


ABSENT: Final = "does not exist"

PLACES: Final = (
    "~/.local/bin", "~/.cargo/bin", "~/.bun/bin", "~/.deno/bin", "~/.volta/bin", "~/bin", "/usr/local/bin",
    "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin", "/snap/bin",
)  # fmt: skip
"""Where installers put programs (npx, uvx, docker ...) without PATH leading there in every shell."""


def _elsewhere(ctx: Context, command: str) -> Path | None:
    if ctx.system.os == "windows" or "/" in command or not command:
        return None
    for place in PLACES:
        folder = ctx.home / place[2:] if place.startswith("~") else ctx.system_path(place)
        if _not_startable(ctx, folder / command) is None:
            return folder / command
    return None


def _not_startable(ctx: Context, path: Path) -> str | None:
    """Return in words why *path* cannot be started, or None where it can."""
    try:
        status = ctx.status(path)
    except OSError as error:
        return f"{path} cannot be examined: {error.strerror or error}"
    if status is None:
        return f"{path} {ABSENT}"
    if status.kind != "file":
        return f"{path} is a {status.kind}, not a program"
    if ctx.system.os != "windows" and not status.mode & 0o111:
        return f"{path} is not executable (mode {status.mode:04o})"
    return None


def _hint(fault: str, command: str) -> str:
    if command.startswith(("~", "$", "%")):
        return f"{fault}; Codex expands neither ~ nor variables in a command"
    if " " in command.strip() and not re.match(r"[A-Za-z]:\\|/", command):
        return f"{fault}; words after the program's name belong into args"
    return fault


def _spellings(path: Path, environment: Mapping[str, str], *, windows: bool) -> Iterator[Path]:
    """Yield *path* as it stands and, on Windows, with each extension that makes a program there."""
    if not windows or path.suffix:
        yield path
    if windows:
        for extension in environment.get("PATHEXT", EXTENSIONS).split(";"):
            yield path.with_name(path.name + extension.lower())


def _script(ctx: Context, program: Program, folder: Path) -> Path | None:
    """Return the file that an interpreter is to run, where there is a name for one and no file."""
    name = PurePath(program.command.replace("\\", "/")).name
    word = first_word(program.args) if INTERPRETERS.fullmatch(name.lower()) else None
    if word is None or not (SCRIPT.fullmatch(word) and "://" not in word):
        return None
    try:
        return folder / word if ctx.status(folder / word) is None else None
    except OSError:
        return None


def first_word(args: tuple[str, ...]) -> str | None:
    """Return the first of an interpreter's *args* that is no option, where that names a file."""
    skip = False
    for word in args:
        if skip:
            skip = False
        elif word in NOT_A_FILE:
            return None
        elif word.startswith("-"):
            skip = word in WITH_VALUE
        elif word not in SUBCOMMANDS:
            return word
    return None
