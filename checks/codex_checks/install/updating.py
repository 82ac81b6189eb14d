"""What `codex update` would change: the copy that runs, another one, or nothing.

Asked of 0.169.0 with stand-ins for the package managers: a copy that Node starts has npm update it, unless it
lies in the folders of bun, of pnpm or of vite+; wherever else it stands (yarn, mise, a project), npm then
changes its own global folder. The standalone release updates itself. A program that Homebrew installed is
known by its place on macOS alone (codex-environment 1.4), and any other refuses.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.found import Installations, installations
from codex_checks.install.installation import Channel, Installation, Kind
from codex_checks.install.remedies import other_prefix, update
from codex_checks.install.ways import modules_of, prefix_of
from codex_checks.problems import updating as problems
from codex_doctor.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding

OWN_MANAGER: Final = {
    Channel.BUN: "bun install -g @openai/codex",
    Channel.PNPM: "pnpm add -g @openai/codex",
    Channel.VITE_PLUS: "vp install -g @openai/codex",
}
"""What Codex runs where its launcher finds that one of these has installed it."""

NPM: Final = "npm install -g @openai/codex"
CASK: Final = "brew upgrade --cask codex"

BREWS_ON_MACOS: Final = ("/opt/homebrew", "/usr/local")
"""A program below these is Homebrew's to Codex, whoever put it there (codex-environment 1.4)."""


class Update(Struct, frozen=True, kw_only=True):
    """What `codex update` does: the *command* that it runs, None where it refuses.

    *itself*: that changes the copy that asks for it. *changes* is the folder in which it changes one
    otherwise, where that is known, and *copy* the one that stands there.
    """

    command: str | None
    itself: bool = False
    changes: Path | None = None
    copy: Path | None = None

    @property
    def words(self) -> str:
        """Return in a sentence what it would change."""
        if self.command is None:
            return "`codex update` changes nothing: it does not know how the one that runs came here"
        if self.itself:
            return f"`codex update` changes the one that runs (`{self.command}`)"
        where = (
            f"changes {self.copy}"
            if self.copy
            else f"makes another one in {self.changes or 'its own folder'}"
        )
        return f"`codex update` runs `{self.command}`, which {where}, and not the one that runs"


def update_of(copy: Installation, found: Installations) -> Update | None:
    """Return what `codex update` would do if *copy* ran, or None where a version manager decides."""
    if copy.kind is Kind.SHIM:
        return None
    if copy.kind is Kind.LAUNCHER:
        return _by_node(copy, found)
    if copy.channel is Channel.STANDALONE:
        return Update(command="the installer of the standalone release", itself=True)
    if found.system.os == "macos" and any(map(copy.real.is_relative_to, BREWS_ON_MACOS)):
        return Update(command=CASK, itself=copy.channel is Channel.BREW)
    return Update(command=None)


def _by_node(copy: Installation, found: Installations) -> Update:
    own = OWN_MANAGER.get(copy.channel)
    if own is not None:
        return Update(command=own, itself=True)
    if copy.channel is Channel.NPM and other_prefix(copy, found) is None:
        return Update(command=NPM, itself=True)
    prefix = found.npm_prefix
    there = next((each for each in found.copies if prefix is not None and prefix_of(each) == prefix), None)
    return Update(
        command=NPM,
        changes=modules_of(found.system, prefix) if prefix is not None else None,
        copy=there.path if there is not None else None,
    )


@check(
    "install.update-changes-what-runs",
    title="An update of Codex would change the copy that runs",
    needs=(installations,),
    reports=(problems.UPDATE_CHANGES_ANOTHER,),
)
def update_changes_what_runs(found: Installations) -> Iterator[Finding]:
    """Judge the copy that runs; what a project or npx has brought is not meant to be updated so."""
    copy = found.running
    if copy is None or copy.channel in {Channel.NPM_PROJECT, Channel.NPX} or copy.channel.bundled:
        return
    told = update_of(copy, found)
    if told is not None and told.command is not None and not told.itself:
        yield problems.UPDATE_CHANGES_ANOTHER.found(
            f"{copy.path} runs, by {copy.channel}. {told.words}",
            evidence={
                "running": str(copy.path),
                "channel": copy.channel,
                "command": told.command,
                "changes": str(told.copy or told.changes) if told.copy or told.changes else None,
            },
            fix=update(copy, found),
        )
