"""What npm is set to do: where `npm install -g` puts things, and whether it leaves out optional packages.

npm itself is not started: it takes a third of a second, and its settings are text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.install.node import find_node, path_folders

if TYPE_CHECKING:
    from codex_doctor.context import Context


LEFTOVER: Final = r"\.codex(?:-(?:linux|darwin|win32)-(?:x64|arm64))?-[A-Za-z0-9]{6,10}"
"""What npm calls a package that it moves away for a moment: `.codex-zW1CjBX3` (codex-environment 1.1)."""


def leftovers(ctx: Context, modules: Path) -> tuple[Path, ...]:
    """Return what broken updates of npm left in its folder of global packages *modules*."""
    scope = modules / "@openai"
    return tuple(
        scope / name
        for name in ctx.entries(scope)
        if name.startswith(".codex") and re.fullmatch(LEFTOVER, name)
    )


def npm_settings(ctx: Context) -> tuple[Path | None, str | None]:
    """Return npm's global prefix, and the place that tells it to omit optional packages, if any.

    Judged from the environment, `~/.npmrc`, what Homebrew and Debian write beside their npm, and the Node
    that npm runs on; npm itself is not started. None: it is not known.
    """
    environment, npmrc = _npm_environment(ctx), _npmrc(ctx, ctx.home / ".npmrc")
    omits = (
        "the environment (npm_config_omit)"
        if _leaves_out(environment)
        else str(ctx.home / ".npmrc")
        if _leaves_out(npmrc)
        else None
    )
    asked = environment.get("prefix") or npmrc.get("prefix")
    if asked:
        return ctx.home / asked, omits
    if ctx.system.os == "windows":
        return None, omits  # %APPDATA%\npm, which stands in the table
    node = find_node(ctx).path
    usual = _beside(ctx, ctx.real(node)) if node is not None else None
    given = (_npmrc(ctx, usual / "etc" / "npmrc").get("prefix") if usual else None) or _built_in(ctx)
    return (ctx.home / given if given else usual), omits


def _beside(ctx: Context, node: Path) -> Path | None:
    """Return the prefix in which the program *node* stands; a version manager's shim stands in none."""
    try:
        script = ctx.head(node, limit=2) == b"#!"
    except OSError:
        return None
    return None if script or node.name not in {"node", "nodejs"} else node.parent.parent


def _built_in(ctx: Context) -> str | None:
    """Return the prefix that npm was built with: Homebrew and Debian write it into npm's own folder."""
    for folder in path_folders(ctx):
        npm = ctx.real(folder / "npm")
        if npm.name == "npm-cli.js":
            return _npmrc(ctx, npm.parent.parent / "npmrc").get("prefix")
    return None


def cache_folder(ctx: Context) -> Path:
    """Return where npm keeps what it fetched, and the logs of its commands (npm's setting `cache`)."""
    asked = _npm_environment(ctx).get("cache") or _npmrc(ctx, ctx.home / ".npmrc").get("cache")
    if asked:
        return ctx.home / asked
    if ctx.system.os == "windows":
        return Path(ctx.env.get("LOCALAPPDATA") or ctx.home / "AppData" / "Local") / "npm-cache"
    return ctx.home / ".npm"


def _leaves_out(settings: dict[str, str]) -> bool:
    return "optional" in re.split(r"[\s,]+", settings.get("omit", "")) or settings.get("optional") == "false"


def _npm_environment(ctx: Context) -> dict[str, str]:
    return {
        name.lower().removeprefix("npm_config_"): value
        for name, value in ctx.env.items()
        if name.lower() in {f"npm_config_{setting}" for setting in ("cache", "omit", "optional", "prefix")}
    }


def _npmrc(ctx: Context, file: Path) -> dict[str, str]:
    try:
        content = ctx.read(file, limit=64 * 1024).decode("utf-8", "replace")
    except OSError:
        return {}
    return parse_npmrc(content, home=str(ctx.home), env=dict(ctx.env))


def parse_npmrc(content: str, *, home: str, env: dict[str, str]) -> dict[str, str]:
    """Return `cache`, `prefix`, `omit` and `optional` of an npmrc, with `${NAME}` and `~/` replaced.

    Everything else, above all its credentials, is passed over.
    """
    found: dict[str, str] = {}
    for line in content.splitlines():
        name, equals, value = (part.strip() for part in line.partition("="))
        if equals and name in {"cache", "prefix", "omit", "omit[]", "optional"}:
            value = re.sub(r"\$\{(\w+)\}", lambda each: env.get(each[1], ""), value.strip("\"'"))
            value = home + value[1:] if value == "~" or value.startswith("~/") else value
            found[name.removesuffix("[]")] = value
    return found
