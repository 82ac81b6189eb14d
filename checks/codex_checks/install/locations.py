"""Where copies of Codex stand when PATH does not lead to them, as a table with its sources.

The places are those of codex-environment 1 and 2; what is marked there as known rather than read in a
source is no worse for it here: a place that does not exist costs one look.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context

UNIX: Final = frozenset({"linux", "macos"})
LINUX: Final = frozenset({"linux"})
MACOS: Final = frozenset({"macos"})
WINDOWS: Final = frozenset({"windows"})
EVERYWHERE: Final = UNIX | WINDOWS

BASES: Final[dict[str, tuple[str, ...]]] = {
    "APPDATA": ("~/AppData/Roaming",),
    "ASDF_DATA_DIR": ("~/.asdf",),
    "BUN_INSTALL": ("~/.bun",),
    "CODEX_INSTALL_DIR": ("~/.local/bin",),
    "FNM_DIR": ("$XDG_DATA_HOME/fnm", "~/.fnm", "~/Library/Application Support/fnm", "$APPDATA/fnm"),
    "HOMEBREW_PREFIX": ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew", "~/.linuxbrew"),
    "LOCALAPPDATA": ("~/AppData/Local",),
    "MISE_DATA_DIR": ("$XDG_DATA_HOME/mise", "$LOCALAPPDATA/mise"),
    "NODENV_ROOT": ("~/.nodenv",),
    "NVM_DIR": ("~/.nvm", "$XDG_CONFIG_HOME/nvm"),
    "NVS_HOME": ("~/.nvs", "$LOCALAPPDATA/nvs"),
    "N_PREFIX": ("/usr/local",),
    "PNPM_HOME": ("$XDG_DATA_HOME/pnpm", "~/Library/pnpm", "$LOCALAPPDATA/pnpm"),
    "PROGRAMFILES": (),
    "SCOOP": ("~/scoop",),
    "VOLTA_HOME": ("~/.volta", "$LOCALAPPDATA/Volta"),
    "XDG_CONFIG_HOME": ("~/.config",),
    "XDG_DATA_HOME": ("~/.local/share",),
}
"""Variables that move a place, with where it is without them (codex-environment 2)."""


class Place(Struct, frozen=True, kw_only=True):
    """A folder that may hold `codex`, or, where it ends in `@openai/codex`, the npm package itself.

    *folder* may begin with `~` or a variable and hold `*`. *own_node*: it belongs to one version of
    Node, which stands there too, and a codex there comes and goes with it.
    """

    name: str
    folder: str
    systems: frozenset[str]
    source: str
    own_node: bool = False


def _place(
    name: str, folder: str, systems: frozenset[str], source: str = "2", *, own_node: bool = False
) -> Place:
    return Place(
        name=name,
        folder=folder,
        systems=systems,
        source=f"codex-environment {source}",
        own_node=own_node,
    )


PLACES: Final[tuple[Place, ...]] = (
    _place("standalone installer", "$CODEX_INSTALL_DIR", UNIX, "1.2"),
    _place("standalone installer", "$CODEX_HOME/packages/standalone/current/bin", EVERYWHERE, "1.2"),
    _place("standalone installer", "$LOCALAPPDATA/Programs/OpenAI/Codex/bin", WINDOWS, "1.2"),
    _place("npm prefix", "$NPM_PREFIX/bin", UNIX),
    _place("npm prefix", "$NPM_PREFIX", WINDOWS),
    _place("npm prefix", "~/.npm-global/bin", UNIX),
    _place("npm prefix", "/usr/local/bin", UNIX),
    _place("npm prefix", "/usr/bin", UNIX),
    _place("npm prefix", "$APPDATA/npm", WINDOWS),
    _place("homebrew", "$HOMEBREW_PREFIX/bin", UNIX),
    _place("bun", "$BUN_INSTALL/bin", EVERYWHERE),
    _place("pnpm", "$PNPM_HOME", EVERYWHERE),
    _place("pnpm", "$PNPM_HOME/bin", EVERYWHERE),
    _place("yarn", "~/.yarn/bin", UNIX),
    _place("yarn", "$XDG_CONFIG_HOME/yarn/global/node_modules/.bin", UNIX),
    _place("yarn", "$LOCALAPPDATA/Yarn/bin", WINDOWS),
    _place("vite+", "~/.vite-plus/bin", UNIX),
    _place("volta", "$VOLTA_HOME/bin", EVERYWHERE),
    _place(
        "volta",
        "$VOLTA_HOME/tools/image/packages/@openai/codex/lib/node_modules/@openai/codex",
        UNIX,
    ),
    _place("volta", "$VOLTA_HOME/tools/image/packages/@openai/codex/node_modules/@openai/codex", WINDOWS),
    _place("nvm", "$NVM_DIR/versions/node/*/bin", UNIX, own_node=True),
    _place("nvm-windows", "$NVM_SYMLINK", WINDOWS),
    _place("nvm-windows", "$NVM_HOME/v*", WINDOWS, own_node=True),
    _place("fnm", "$FNM_DIR/node-versions/*/installation/bin", UNIX, own_node=True),
    _place("fnm", "$FNM_DIR/node-versions/*/installation", WINDOWS, own_node=True),
    _place("asdf", "$ASDF_DATA_DIR/installs/nodejs/*/bin", UNIX, own_node=True),
    _place("asdf", "$ASDF_DATA_DIR/shims", UNIX),
    _place("mise", "$MISE_DATA_DIR/installs/npm-openai-codex/*/bin", EVERYWHERE),
    _place("mise", "$MISE_DATA_DIR/installs/codex/*", EVERYWHERE),
    _place("mise", "$MISE_DATA_DIR/installs/node/*/bin", UNIX, own_node=True),
    _place("mise", "$MISE_DATA_DIR/shims", EVERYWHERE),
    _place("nodenv", "$NODENV_ROOT/versions/*/bin", UNIX, own_node=True),
    _place("nodenv", "$NODENV_ROOT/shims", UNIX),
    _place("nvs", "$NVS_HOME/default/bin", UNIX),
    _place("nvs", "$NVS_HOME/default", WINDOWS),
    _place("nvs", "$NVS_HOME/node/*/*/bin", UNIX, own_node=True),
    _place("nvs", "$NVS_HOME/node/*/*", WINDOWS, own_node=True),
    _place("n", "$N_PREFIX/bin", UNIX),
    _place("scoop", "$SCOOP/shims", WINDOWS, "1.3"),
    _place("winget", "$LOCALAPPDATA/Microsoft/WinGet/Links", WINDOWS, "1.3"),
    _place("winget", "$LOCALAPPDATA/Microsoft/WinGet/Packages/OpenAI.Codex_*", WINDOWS, "1.3"),
    _place("nix", "~/.nix-profile/bin", UNIX),
    _place("nix", "/nix/var/nix/profiles/default/bin", UNIX),
    _place("~/bin", "~/bin", UNIX),
    _place("cargo", "~/.cargo/bin", EVERYWHERE),
    _place("snap", "/snap/bin", LINUX),
    *(
        _place("editor extension", f"~/{folder}/extensions/openai.chatgpt-*/bin/*", EVERYWHERE, "1.3")
        for folder in (".vscode", ".vscode-insiders", ".vscode-server", ".cursor", ".windsurf")
    ),
    *(
        _place("desktop app", f"{applications}/{app}.app/Contents/{inside}", MACOS, "1.3")
        for applications in ("/Applications", "~/Applications")
        for app in ("ChatGPT", "Codex")
        for inside in (
            "Resources/codex-cli/bin",
            "Resources/codex-cli/CodexCLI.app/Contents/MacOS",
            "Resources",
        )
    ),
    _place("desktop app", "$LOCALAPPDATA/OpenAI/Codex/bin/*", WINDOWS, "1.3"),
    _place("desktop app", "$CODEX_HOME/bin/wsl/*", LINUX, "1.3"),
    _place("background daemon", "$CODEX_HOME/packages/app-server-daemon/current/bin", EVERYWHERE, "5"),
)


def expand(ctx: Context, folder: str, bases: dict[str, tuple[Path, ...]]) -> Iterator[Path]:
    """Yield the folders that a pattern of the table stands for here.

    *bases* gives variables that others have worked out; any other is taken from the environment,
    then from `BASES`, because a program started from a dock does not have the shell's variables.
    What holds a `*` is looked up, the highest version first.
    """
    first, _, rest = folder.partition("/")
    for start in _starts(ctx, first, bases):
        yield from _walk(ctx, start, rest)


def _starts(ctx: Context, first: str, bases: dict[str, tuple[Path, ...]]) -> Iterator[Path]:
    if first == "":
        yield ctx.system_path("/")
    elif first == "~":
        yield ctx.home
    else:
        name = first.removeprefix("$")
        yield from bases.get(name, ())
        value = ctx.env.get(name, "")
        if Path(value).is_absolute():
            yield Path(value)
        for default in BASES.get(name, ()):
            yield from expand(ctx, default, bases)


def _walk(ctx: Context, start: Path, rest: str) -> Iterator[Path]:
    if "*" not in rest:
        yield start / rest
        return
    segment, _, further = rest.partition("/")
    if "*" not in segment:
        yield from _walk(ctx, start / segment, further)
        return
    names = [name for name in ctx.entries(start) if fnmatchcase(name, segment)]
    for name in sorted(names, key=_by_version, reverse=True):
        yield from _walk(ctx, start / name, further)


def _by_version(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key under which `v9` comes before `v10`."""
    parts = re.split(r"([0-9]+)", name)  # text and numbers in turn
    return tuple((int(part), "") if turn % 2 else (-1, part) for turn, part in enumerate(parts) if part)
