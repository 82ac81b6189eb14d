"""Let Homebrew put its cask in order, and keep what stood there: Homebrew has no older versions.

Homebrew works in place. Before it does, every file of the cask gets a second name (a hard link) beside, and
so do the links that lead to it; what Homebrew removes afterwards is only the first name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable  # noqa: TC003 - beside the struct that holds it
from pathlib import Path  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.install.change import PREFIX
from codex_checks.acts.install.proof import prove
from codex_doctor.context import Context  # noqa: TC001 - the same
from codex_doctor.errors import RepairError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_checks.acts.install.change import Change

PATIENCE: Final = 1200.0
"""Seconds: Homebrew may have to fetch what it knows of all casks first."""

LINKS: Final = (
    "bin/codex",
    "etc/bash_completion.d/codex",
    "share/zsh/site-functions/_codex",
    "share/fish/vendor_completions.d/codex.fish",
)
"""Where a cask of a command may put links, below the prefix (Homebrew's own cask artifacts)."""

_LAST: Final = 3


class Brew(Struct, frozen=True, kw_only=True):
    """Lets the Homebrew of *prefix* mend its cask, or bring it to the newest version with *newer*.

    *cache* is a folder of our own for what it downloads. *keep* is told all that it printed,
    and *show* what is being done.
    """

    context: Context
    prefix: Path
    cache: Path
    newer: bool
    show: Callable[[str], None]
    keep: Callable[[bytes], None]

    def install(self, change: Change, key: str) -> str:
        """Let Homebrew work as *change*, under names that hold *key*, and return the version that came.

        :raises RepairError: it failed, or what came does not start.
        :raises OSError: something cannot be kept, or not be put back.
        """
        cask = self.prefix / "Caskroom" / "codex"
        if not cask.is_dir() or cask.is_symlink():
            raise RepairError(f"Homebrew has no cask of Codex in {self.prefix}")
        shelf = self.prefix / f"{PREFIX}{key}"
        beside = ((self.prefix / link).parent for link in LINKS)
        change.begin(shelf, folders=[cask.parent, *(folder for folder in beside if folder.is_dir())])
        shutil.copytree(cask, shelf / "codex", symlinks=True, copy_function=os.link)
        change.step("kept")
        change.lend([(cask, shelf / "codex"), *self._links(cask, key)])
        verb = "upgrade" if self.newer else "reinstall"
        self.show(f"brew {verb} --cask codex")
        self._run(verb)
        change.step("brewed")
        version = prove(self.context, self.prefix / "bin" / "codex", alone=True)
        change.returned()
        change.carry_out()
        shutil.rmtree(self.cache, ignore_errors=True)
        return version

    def _links(self, cask: Path, key: str) -> Iterator[tuple[Path, Path]]:
        """Keep the links that lead into *cask*, and yield each with what is kept of it."""
        for name in LINKS:
            link = self.prefix / name
            if link.is_symlink() and str(cask) in str(link.readlink()):
                spare = link.with_name(f"{PREFIX}{key}-{link.name}")
                spare.symlink_to(link.readlink())
                status = link.lstat()
                os.utime(spare, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)
                yield link, spare

    def _run(self, verb: str) -> None:
        self.cache.mkdir(parents=True, exist_ok=True)
        brew = self.prefix / "bin" / "brew"
        try:
            ran = self.context.children.run(
                (str(brew), verb, "--cask", "codex"), env=self._environment(), seconds=PATIENCE
            )
        except OSError as error:
            raise RepairError(f"{brew} does not start: {error.strerror or error}") from None
        self.keep(ran.stdout + ran.stderr)
        if ran.timed_out:
            raise RepairError(f"Homebrew was not done after {PATIENCE:.0f} seconds", transient=True)
        if ran.code != 0:
            said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
            raise RepairError(f"Homebrew failed: {_reason(said)}")

    def _environment(self) -> Mapping[str, str]:
        """Return Homebrew's environment: the user's, without what is Codex's."""
        env = {
            name: value
            for name, value in self.context.env.items()
            if not name.upper().startswith(("CODEX_", "OPENAI_"))
        }
        return {
            **env,
            "HOMEBREW_CACHE": str(self.cache),
            "HOMEBREW_NO_ANALYTICS": "1",
            "HOMEBREW_NO_ENV_HINTS": "1",
            "HOMEBREW_NO_INSTALL_CLEANUP": "1",
            "NONINTERACTIVE": "1",
        }


def _reason(said: list[str]) -> str:
    errors = [line.removeprefix("Error:").strip() for line in said if line.startswith("Error:")]
    return " / ".join((errors or said or ["it does not say why"])[:_LAST])
