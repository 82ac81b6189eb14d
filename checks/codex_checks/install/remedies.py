"""How a copy is installed again, updated or removed: by the program that installed it, and no other."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from codex_checks.acts.install.asked import INSTALLING, Asked, Via
from codex_checks.install.installation import Channel
from codex_checks.install.ways import brew_prefix, prefix_of, standalone_root
from codex_doctor.fix import Act, Fix, MoveAside, RunCommand, ShellLine, Step, Tell, command

if TYPE_CHECKING:
    from codex_checks.install.found import Installations
    from codex_checks.install.installation import Installation

_LATEST: Final = "@openai/codex@latest"

INSTALLER: Final = {
    "windows": "irm https://chatgpt.com/codex/install.ps1 | iex",
    "unix": "curl -fsSL https://chatgpt.com/codex/install.sh | sh",
}
"""The standalone installer's documented commands (codex-environment 1.2)."""

_AGAIN: Final[dict[Channel, tuple[str, ...]]] = {
    Channel.NPM_PROJECT: ("npm", "install", _LATEST, "--include=optional"),
    Channel.BUN: ("bun", "install", "-g", _LATEST),
    Channel.PNPM: ("pnpm", "add", "-g", _LATEST),
    Channel.YARN: ("yarn", "global", "add", _LATEST),
    Channel.VITE_PLUS: ("vp", "install", "-g", _LATEST),
    Channel.VOLTA: ("volta", "install", _LATEST),
    Channel.MISE: ("mise", "install", "-f", "npm:@openai/codex"),
    Channel.BREW: ("brew", "reinstall", "--cask", "codex"),
    Channel.SCOOP: ("scoop", "install", "codex"),
    Channel.WINGET: ("winget", "install", "--force", "OpenAI.Codex"),
}
"""Commands that put a whole copy where the broken one stands (codex-environment 1.1, 1.3 and 1.5)."""

_UPDATE: Final[dict[Channel, tuple[str, ...]]] = {
    **_AGAIN,
    Channel.STANDALONE: ("codex", "update"),
    Channel.MISE: ("mise", "upgrade", "npm:@openai/codex"),
    Channel.BREW: ("brew", "upgrade", "--cask", "codex"),
    Channel.SCOOP: ("scoop", "update", "codex"),
    Channel.WINGET: ("winget", "upgrade", "OpenAI.Codex"),
}

_REMOVE: Final[dict[Channel, tuple[str, ...]]] = {
    Channel.NPM_PROJECT: ("npm", "uninstall", "@openai/codex"),
    Channel.BUN: ("bun", "remove", "-g", "@openai/codex"),
    Channel.PNPM: ("pnpm", "remove", "-g", "@openai/codex"),
    Channel.YARN: ("yarn", "global", "remove", "@openai/codex"),
    Channel.VITE_PLUS: ("vp", "remove", "-g", "@openai/codex"),
    Channel.VOLTA: ("volta", "uninstall", "@openai/codex"),
    Channel.MISE: ("mise", "uninstall", "npm:@openai/codex"),
    Channel.BREW: ("brew", "uninstall", "--cask", "codex"),
    Channel.SCOOP: ("scoop", "uninstall", "codex"),
    Channel.WINGET: ("winget", "uninstall", "OpenAI.Codex"),
}

_OWNERS: Final = {
    Channel.EDITOR: "Update or reinstall the extension in the editor",
    Channel.DESKTOP: "Update or reinstall the desktop app",
    Channel.DAEMON: "Run `codex app-server daemon update`",
    Channel.NIX: "Update the Nix profile that holds codex",
    Channel.NPX: "Run `npx @openai/codex@latest` once",
}
"""Copies that belong to something else: no command of Codex's own changes them."""


def fresh(found: Installations, summary: str) -> Fix:
    """Return how to put a copy of Codex where there is none: one way, for two copies get in each other's way.

    By npm where it runs and its folders are the user's own; else, and where npm fails, as the standalone
    release.
    """
    ways = found.ways
    release = Via.STANDALONE if ways.standalone else None
    if ways.npm is not None and ways.prefix is not None:
        what = Asked(via=Via.NPM, otherwise=release, npm=ways.npm, prefix=ways.prefix)
        words = f"Install Codex with npm into {ways.prefix}"
        return Fix(summary=summary, steps=(_act(what, words, _line(*_npm_install(None))),))
    if release is not None:
        what = Asked(via=release, commands=ways.commands)
        words = f"Install the standalone release of Codex; {ways.commands} will hold the command"
        return Fix(summary=summary, steps=(_act(what, words, installer(found)),))
    return Fix(summary=summary, steps=(ShellLine(line=installer(found)),))


def install_again(copy: Installation, found: Installations) -> Fix:
    """Return how to put a whole copy in the place of *copy*, by the way that it was installed.

    A copy that nobody knows how to install goes aside, or PATH would lead to it as before.
    """
    summary = "Install this copy again"
    again = _ours(copy, found, newer=False)
    if again is not None:
        return Fix(summary=summary, steps=(again,))
    first = (_aside(copy),) if copy.channel is Channel.OTHER else ()
    return Fix(summary=summary, steps=(*first, _step(copy, found, _AGAIN, "install")))


def update(copy: Installation, found: Installations) -> Fix:
    """Return how to bring *copy* to the newest version."""
    newer = _ours(copy, found, newer=True) if copy.channel is not Channel.OTHER else None
    return Fix(
        summary="Update this copy",
        steps=(newer if newer is not None else _step(copy, found, _UPDATE, "install"),),
    )


def instead_of(copy: Installation, found: Installations) -> Fix:
    """Return how to put OpenAI's package in the place of another one that is called codex too."""
    prefix, npm = prefix_of(copy), found.ways.anywhere
    argv = _npm_install(other_prefix(copy, found))
    steps: tuple[Step, ...] = (RunCommand(argv=("npm", "uninstall", "-g", "codex")), RunCommand(argv=argv))
    if prefix is not None and npm is not None and copy.closed is None:
        what = Asked(via=Via.NPM, npm=npm, prefix=prefix, instead="codex")
        line = f"npm uninstall -g codex && {_line(*argv)}"
        steps = (_act(what, f"Put OpenAI's package in the place of codex in {prefix}", line),)
    return Fix(summary="Put OpenAI's package in its place", steps=steps)


def _ours(copy: Installation, found: Installations, *, newer: bool) -> Step | None:
    """Return how we change *copy* ourselves, or None where we can't or may not."""
    ways, prefix = found.ways, prefix_of(copy)
    verb = "Update Codex" if newer else "Install Codex again"
    if copy.closed is not None or copy.wrong_package:
        return None
    match copy.channel:
        case Channel.NPM if ways.anywhere is not None and prefix is not None:
            what = Asked(via=Via.NPM, npm=ways.anywhere, prefix=prefix)
            line = _line(*_npm_install(other_prefix(copy, found)))
            return _act(what, f"{verb} with npm in {prefix}", line)
        case Channel.STANDALONE if ways.standalone and (root := standalone_root(copy)) is not None:
            outside = not copy.path.is_relative_to(root)
            what = Asked(
                via=Via.STANDALONE, root=root, commands=copy.path.parent if outside else ways.commands
            )
            return _act(what, f"{verb} as the standalone release in {root}", installer(found))
        case Channel.BREW if (brew := brew_prefix(copy)) is not None:
            what = Asked(via=Via.BREW, prefix=brew, newer=newer)
            argv = (_UPDATE if newer else _AGAIN)[Channel.BREW]
            return _act(what, f"{verb} with Homebrew in {brew}", _line(*argv))
        case Channel.OTHER if ways.standalone:
            what = Asked(via=Via.STANDALONE, away=copy.path, commands=ways.commands)
            words = f"Move {copy.path} aside, and install the standalone release of Codex"
            move = command(_aside(copy), os=found.system.os)
            return _act(what, words, f"{move} && {installer(found)}")
        case _:
            return None


def _act(what: Asked, words: str, line: str) -> Act:
    return Act(kind=INSTALLING, words=words, command=line, arguments=what.arguments())


def _line(*argv: str) -> str:
    return " ".join(shlex.quote(word) for word in argv)


def removal(copy: Installation, found: Installations) -> Step:
    """Return how to remove *copy*; what no program installed is only moved aside.

    What another user looks after is theirs to remove: they are told how.
    """
    argv = _argv(copy, found, _REMOVE, "uninstall")
    if copy.closed is not None:
        how = f": `{shlex.join(word for word in argv if word not in _AS_ROOT)}`" if argv else ""
        text = (
            f"Whoever looks after {copy.closed} can remove {copy.path}{how}; until then, keep PATH as it is"
        )
        return Tell(text=text)
    if argv is not None:
        return RunCommand(argv=argv)
    if copy.channel in {Channel.OTHER, Channel.STANDALONE}:
        return _aside(copy)
    return Tell(text=f"Remove {copy.path} with what installed it ({copy.channel})")


def installer(found: Installations) -> str:
    """Return the line of the standalone installer for this machine's shell."""
    return INSTALLER["windows" if found.system.os == "windows" else "unix"]


def _aside(copy: Installation) -> MoveAside:
    return MoveAside(path=str(copy.path), to=f"{copy.path}.aside")


def _step(
    copy: Installation, found: Installations, commands: dict[Channel, tuple[str, ...]], verb: str
) -> Step:
    argv = _argv(copy, found, commands, verb)
    if argv is not None and copy.channel is Channel.NPM_PROJECT and copy.package is not None:
        folder = copy.package.root.parent.parent.parent
        return Tell(text=f"In {folder}: {' '.join(argv)}")
    if argv is not None:
        return RunCommand(argv=argv)
    if copy.channel in _OWNERS:
        return Tell(text=_OWNERS[copy.channel])
    return ShellLine(line=installer(found))


def _argv(
    copy: Installation, found: Installations, commands: dict[Channel, tuple[str, ...]], verb: str
) -> tuple[str, ...] | None:
    if copy.channel is not Channel.NPM:
        return commands.get(copy.channel)
    elsewhere = other_prefix(copy, found)
    prefix = ("--prefix", elsewhere) if elsewhere else ()
    if verb == "uninstall":
        argv = ("npm", "uninstall", "-g", *prefix, "codex" if copy.wrong_package else "@openai/codex")
    else:
        argv = _npm_install(elsewhere)
    # What root has put there, root alone may change; the scripts of packages run as root never.
    return argv if copy.closed is None else (_AS_ROOT[0], *argv, _AS_ROOT[1])


def _npm_install(elsewhere: str | None) -> tuple[str, ...]:
    prefix = ("--prefix", elsewhere) if elsewhere else ()
    return ("npm", "install", "-g", *prefix, _LATEST, "--include=optional")


_AS_ROOT: Final = ("sudo", "--ignore-scripts")


def other_prefix(copy: Installation, found: Installations) -> str | None:
    """Return the npm prefix that *copy* stands in, if `npm install -g` would change another one."""
    prefix = prefix_of(copy) if found.system.os != "windows" else None
    return None if prefix in (None, found.npm_prefix) or found.npm_prefix is None else str(prefix)
