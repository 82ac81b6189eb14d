"""What a copy of Codex is made of: the npm package, the program inside it, and where a shim leads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from codex_checks.install.header import HEAD, read_header
from codex_checks.install.installation import Channel, Package, Program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_doctor.context import Context, System
    from codex_doctor.files import Status

CODEX: Final = "@openai/codex"
"""The npm package of the launcher."""

TARGETS: Final = {
    ("linux", "x86_64"): ("x86_64-unknown-linux-musl", "@openai/codex-linux-x64"),
    ("linux", "aarch64"): ("aarch64-unknown-linux-musl", "@openai/codex-linux-arm64"),
    ("macos", "x86_64"): ("x86_64-apple-darwin", "@openai/codex-darwin-x64"),
    ("macos", "aarch64"): ("aarch64-apple-darwin", "@openai/codex-darwin-arm64"),
    ("windows", "x86_64"): ("x86_64-pc-windows-msvc", "@openai/codex-win32-x64"),
    ("windows", "aarch64"): ("aarch64-pc-windows-msvc", "@openai/codex-win32-arm64"),
}
"""The machines that Codex is built for: target and platform package (codex.js of 0.169.0)."""

_LIMIT: Final = 256 * 1024
"""Bytes: a package.json is a page or two."""


def targets(system: System) -> tuple[tuple[str, str], ...]:
    """Return the targets that a launcher here may ask for, the likeliest first; none: unsupported.

    Node's own processor decides, and on macOS and Windows an x86-64 Node runs on ARM machines too; a
    Python that is itself translated sees such a Mac as an Intel one.
    """
    os = "linux" if system.os == "android" else system.os  # codex.js treats Android as Linux
    first = TARGETS.get((os, system.arch))
    if first is None:
        return ()
    others = TARGETS.items() if os in {"macos", "windows"} else ()
    return (first, *(target for (name, _), target in others if name == os and target != first))


def read_json(ctx: Context, path: Path) -> dict[str, Any]:
    """Return the JSON object in the file *path*; an empty one where there is none to be had."""
    try:
        return parse_object(ctx.read(path, limit=_LIMIT))
    except OSError:
        return {}


def parse_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object that *content* holds; an empty one for anything else."""
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """Return *value* if it is text that says something on one line, else None."""
    return value if isinstance(value, str) and value.isprintable() and value else None


def program_at(ctx: Context, path: Path) -> Program | None:
    """Return the file *path* as a program, or None where there is no such file."""
    try:
        status = ctx.status(path)
        if status is None or status.kind != "file":
            return None
        head = ctx.head(path, limit=HEAD)
    except PermissionError:
        head = b"\0"  # it may be started without being readable; of its content nothing is known
        status = look(ctx, path)
    except OSError:
        return None
    if status is None:
        return None
    return Program(path=path, mode=status.mode, size=status.size, header=read_header(head))


def package_of(ctx: Context, script: Path) -> Package | None:
    """Return the npm package that the file *script* (its real path) belongs to, or None.

    The platform package is looked for as Node does from the launcher: in each `node_modules` upwards,
    then NODE_PATH and the old folders in the home (Node's documentation of modules).
    """
    root = _package_root(ctx, script)
    if root is None:
        return None
    described = read_json(ctx, root / "package.json")
    scope = f"{root.parent.name}/" if root.parent.name.startswith("@") else ""
    name = text(described.get("name")) or f"{scope}{root.name}"  # npm names the folder after the package
    version = text(described.get("version"))
    if name != CODEX:
        installed = "node_modules" in root.parts  # else it is some project around the user's own script
        return Package(root=root, name=name, version=version) if installed else None
    known = targets(ctx.system)
    folders = _searched(ctx, root / "bin")
    found = {package: _resolve(ctx, folders, package) for _, package in (*known, *TARGETS.values())}
    mine = next((package for _, package in known if found[package]), known[0][1] if known else None)
    names = {package for _, package in known}
    return Package(
        root=root,
        name=name,
        version=version,
        platform_package=mine,
        platform_root=found.get(mine) if mine else None,
        others=tuple(sorted(package for package, where in found.items() if where and package not in names)),
    )


def _searched(ctx: Context, start: Path) -> list[Path]:
    """Return the folders with packages of OpenAI among those in which Node, asked from *start*, looks."""
    above = [folder / "node_modules" for folder in (start, *start.parents) if folder.name != "node_modules"]
    separator = ";" if ctx.system.os == "windows" else ":"
    extra = [Path(entry) for entry in ctx.env.get("NODE_PATH", "").split(separator) if entry]
    folders = (*above, *extra, ctx.home / ".node_modules", ctx.home / ".node_libraries")
    return [folder for folder in folders if look(ctx, folder / "@openai") is not None]


def _resolve(ctx: Context, folders: Iterable[Path], package: str) -> Path | None:
    """Return the real folder of *package*, the first one that *folders* have."""
    return next(
        (
            ctx.real(folder / package)
            for folder in folders
            if look(ctx, folder / package / "package.json") is not None
        ),
        None,
    )


def native_of(ctx: Context, package: Package) -> Path | None:
    """Return where the launcher of *package* expects its program; None on unsupported machines.

    That is `vendor/<target>/bin/codex` of the platform package, else of the launcher's own package
    (codex.js of 0.169.0). Releases before `bin/` had a folder `codex/` there.
    """
    target = next((target for target, name in targets(ctx.system) if name == package.platform_package), None)
    if target is None:
        return None
    vendor = (package.platform_root or package.root) / "vendor" / target
    file = "codex.exe" if ctx.system.os == "windows" else "codex"
    places = [vendor / folder / file for folder in ("bin", "codex")]
    return next((place for place in places if look(ctx, place) is not None), places[0])


def packaged_version(ctx: Context, native: Path) -> str | None:
    """Return the version that a program's package states, or that Homebrew's folder is named after."""
    for folder in (native.parent.parent, native.parent):
        stated = text(read_json(ctx, folder / "codex-package.json").get("version"))
        if stated:
            return stated
    if "Caskroom" in native.parts:
        return next((part for part in reversed(native.parts[:-1]) if part[:1].isdigit()), None)
    return None


_CALLED: Final = (
    r"""["' ](?P<base>\$\{?basedir\}?|%~?dp0%?|%SCRIPT_DIR%|/|[A-Za-z]:)[\\/]*"""
    r"""(?P<path>[^"'\r\n$%]*?"""
    r"""(?:node_modules[\\/][^"'\r\n$%]+?\.[cm]?js|[\\/][.]?codex(?:-wrapped|\.exe)?))["' ]"""
)
"""The program that a generated shim starts: npm, pnpm and yarn name it beside themselves, Nix in full."""


def shim_target(content: bytes) -> str | None:
    """Return the path of what a generated shim starts, relative to the shim unless it begins with `/`."""
    found = re.search(_CALLED, content.decode("utf-8", "replace"))
    if found is None:
        return None
    path = found["path"].replace("\\", "/").lstrip("/")
    base = found["base"]
    if base == "/":
        return f"/{path}"
    return f"{base}/{path}" if base.endswith(":") else path


_SIGNS: Final[tuple[tuple[tuple[str, ...], Channel], ...]] = (
    (("/packages/app-server-daemon/",), Channel.DAEMON),
    (("/packages/standalone/", "/programs/openai/codex/"), Channel.STANDALONE),
    (("/extensions/openai.chatgpt-",), Channel.EDITOR),
    ((".app/contents/", "/openai/codex/bin/", "/windowsapps/", "/bin/wsl/"), Channel.DESKTOP),
    (("/_npx/",), Channel.NPX),
    (("/.vite-plus/",), Channel.VITE_PLUS),
    (("/tools/image/packages/", "/volta/", "/.volta/"), Channel.VOLTA),
    (("/installs/npm-openai-codex/", "/mise/installs/codex/", "/mise\0"), Channel.MISE),
    (("/.bun/", "/install/global/node_modules/"), Channel.BUN),
    (("/.pnpm/", "/pnpm/"), Channel.PNPM),
    (("/yarn/",), Channel.YARN),
    (("/lib/node_modules/",), Channel.NPM),
)
"""What a real path tells of how the file came there; the first that fits (codex-environment 1 and 2).

In small letters, with a NUL at the end.
"""

_NATIVE_SIGNS: Final[tuple[tuple[tuple[str, ...], Channel], ...]] = (
    (("/caskroom/", "/cellar/"), Channel.BREW),
    (("/microsoft/winget/",), Channel.WINGET),
    (("/scoop/",), Channel.SCOOP),
    (("/nix/store/",), Channel.NIX),
)
"""The same for what is no npm package: Homebrew and scoop also install Node, and npm packages in it."""


def channel_of(ctx: Context, real: Path) -> Channel:
    """Return how the copy whose real path is *real* was installed."""
    path = f"/{real.as_posix().lower().lstrip('/')}\0"
    modules = next((folder for folder in reversed(real.parents) if folder.name == "node_modules"), None)
    for signs, channel in (*_SIGNS, *(() if modules else _NATIVE_SIGNS)):
        if any(sign in path for sign in signs):
            return channel
    if modules is None:
        return Channel.OTHER
    if look(ctx, modules / ".modules.yaml") is not None:
        return Channel.PNPM  # codex.js recognises it by the same file
    if look(ctx, modules.parent / "package.json") is not None:
        return Channel.NPM_PROJECT
    return Channel.NPM


def look(ctx: Context, path: Path) -> Status | None:
    """Return what stands at *path*, or None where nothing does or it can't be told."""
    try:
        return ctx.status(path)
    except OSError:
        return None


def _package_root(ctx: Context, script: Path) -> Path | None:
    for folder in script.parents:
        if folder.name == "node_modules":
            return None
        if look(ctx, folder / "package.json") is not None:
            return folder
    return None
