"""Whether the Codex is there that a host's settings or a host's variable names.

A program that was started from a dock does not have the shell's PATH, so people give it the whole path of
Codex; an update, another Node or another machine then moves what stood there. Where no path is given, a host
looks for itself, each in its own way, and nothing is judged (codex-environment 2, "GUI hosts").
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.found import Installations, installations
from codex_checks.problems import hosts as problems
from codex_doctor.check import check
from codex_doctor.files import describe
from codex_doctor.fix import Fix, ShellLine, Step, Tell
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

VARIABLES: Final = ("CODEX_CLI_PATH", "CODEX_EXECUTABLE")
"""What the ChatGPT desktop app and the samples of the SDKs read; Codex itself reads neither."""

EDITORS: Final = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")
"""Editors that read `User/settings.json` in a folder of this name."""

REMOTE: Final = (".vscode-server", ".vscode-server-insiders", ".cursor-server", ".windsurf-server")
"""What they keep on a remote machine, with `data/Machine/settings.json`."""

LIMIT: Final = 512 * 1024
"""Bytes: settings are some pages."""

_EDITORS_SAY: Final = r'(?m)^[^/\n]*"chatgpt\.cliExecutable"\s*:\s*"((?:[^"\\\n]|\\.)+)"'
_ZED_SAYS: Final = (
    r'(?m)^[^/\n]*"command"\s*:\s*"((?:[^"\\\n]|\\.)*[/\\](?:codex|codex-acp)(?:\.exe|\.cmd)?)"'
)


class NamedByHost(Struct, frozen=True, kw_only=True):
    """A *path* of Codex that *key* gives in *source*, a file or the environment.

    *fault* says in words why it cannot be started; None: nothing speaks against it.
    """

    source: str
    key: str
    path: Path
    fault: str | None = None


class HostsName(Struct, frozen=True, kw_only=True):
    """Every path of Codex that a host was given."""

    each: tuple[NamedByHost, ...]


@blocking_probe("hosts.named-codex", touches={Touches.FILES}, limit=1.0)
def hosts_name(ctx: Context) -> HostsName:
    """Read what the hosts' variables and settings name."""
    named = [*_variables(ctx), *_settings(ctx)]
    if not named:
        raise NotApplicable("no host was given a path of Codex")
    return HostsName(each=tuple(named))


@check(
    "hosts.named-codex-is-there",
    title="The Codex that a host was told to start is there",
    needs=(hosts_name, installations),
    reports=(problems.BINARY_NOT_FOUND_GUI,),
)
def named_codex_is_there(named: HostsName, found: Installations) -> Iterator[Finding]:
    """Judge each path, and name a copy that is there."""
    instead = found.chosen.path if found.chosen is not None else None
    hint = f"; codex is at {instead}" if instead is not None else ""
    for each in named.each:
        if each.fault is not None:
            yield problems.BINARY_NOT_FOUND_GUI.found(
                f"{each.key} in {each.source} names {each.path}, which {each.fault}{hint}",
                evidence={"source": each.source, "key": each.key, "path": str(each.path)},
                fix=_correct(each, instead, windows=found.system.os == "windows"),
                subjects=frozenset({each.source}),
            )


def _correct(each: NamedByHost, instead: Path | None, *, windows: bool) -> Fix:
    if each.key in VARIABLES:
        unset = f"Remove-Item Env:{each.key}" if windows else f"unset {each.key}"
        steps: tuple[Step, ...] = (ShellLine(line=unset),)
    else:
        what = (
            f"Let {each.key} in {each.source} be {instead}"
            if instead
            else f"Take {each.key} out of {each.source}"
        )
        steps = (Tell(text=what), Tell(text="Restart the host"))
    return Fix(summary="Name a Codex that is there", steps=steps)


def _variables(ctx: Context) -> Iterator[NamedByHost]:
    for name in VARIABLES:
        yield from _named(ctx, "the environment", name, ctx.env.get(name, ""))


def _settings(ctx: Context) -> Iterator[NamedByHost]:
    base = _settings_folder(ctx)
    files = [base / editor / "User" / "settings.json" for editor in EDITORS]
    files += [ctx.home / folder / "data" / "Machine" / "settings.json" for folder in REMOTE]
    for file in files:
        for found in re.finditer(_EDITORS_SAY, _text(ctx, file)):
            yield from _named(ctx, str(file), "chatgpt.cliExecutable", _plain(found[1]))
    zed = base / "Zed" if ctx.system.os == "windows" else ctx.home / ".config" / "zed"
    for found in re.finditer(_ZED_SAYS, _text(ctx, zed / "settings.json")):
        yield from _named(ctx, str(zed / "settings.json"), "command", _plain(found[1]))


def _settings_folder(ctx: Context) -> Path:
    match ctx.system.os:
        case "macos":
            return ctx.home / "Library" / "Application Support"
        case "windows":
            return Path(ctx.env.get("APPDATA") or ctx.home / "AppData" / "Roaming")
        case _:
            named = Path(ctx.env.get("XDG_CONFIG_HOME", ""))
            return named if named.is_absolute() else ctx.home / ".config"


def _named(ctx: Context, source: str, key: str, value: str) -> Iterator[NamedByHost]:
    """Yield what a value names, where it is a whole path: a bare name is looked for by the host."""
    path = ctx.home / value[2:] if value.startswith("~/") else Path(value)
    if not path.is_absolute() or "\0" in value:
        return
    try:
        status = ctx.status(path)
    except OSError:
        return  # it cannot be told
    fault = None
    if status is None:
        fault = "does not exist"
    elif status.kind != "file":
        fault = f"is {describe(status.kind)}"
    elif ctx.system.os != "windows" and not status.mode & 0o111:
        fault = f"is not executable (mode {status.mode:04o})"
    yield NamedByHost(source=source, key=key, path=path, fault=fault)


def _plain(text: str) -> str:
    """Return a text of JSON without its escapes, of which paths of Windows are full."""
    return re.sub(r"\\(.)", r"\1", text)


def _text(ctx: Context, file: Path) -> str:
    try:
        return ctx.read(file, limit=LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
