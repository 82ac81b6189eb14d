"""Whether Homebrew can bring a newer Codex in the place of the one that it has installed.

Codex was a formula until October 2025, and is a cask since (codex-environment 1.3). Homebrew updates a
formula that it no longer has never again, and says that it is up to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.install.found import Installations, installations
from codex_checks.install.version import older
from codex_checks.problems import updating as problems
from codex_doctor.check import check
from codex_doctor.fix import Fix, RunCommand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_doctor.model import Finding

CASK_SINCE: Final = "0.47.0"
"""The first release of which there was no formula any more: 0.46 came as both."""


@check(
    "install.homebrew-can-update",
    title="Homebrew still updates the Codex that it has installed",
    needs=(installations,),
    reports=(problems.BREW_UPGRADE_STUCK,),
)
def homebrew_can_update(found: Installations) -> Iterator[Finding]:
    """Judge the copies that stand in Homebrew's cellar, which is where formulas are kept."""
    for copy in found.copies:
        version = _formula(copy.real)
        if version is not None and older(version, CASK_SINCE):
            yield problems.BREW_UPGRADE_STUCK.found(
                f"{copy.path} is version {version} of the formula `codex`, which ended with 0.46",
                evidence={"path": str(copy.path), "real": str(copy.real), "version": version},
                fix=Fix(
                    summary="Put the cask in the place of the formula",
                    steps=(
                        RunCommand(argv=("brew", "update")),
                        RunCommand(argv=("brew", "uninstall", "--formula", "codex")),
                        RunCommand(argv=("brew", "install", "--cask", "codex")),
                    ),
                ),
            )
            return


def _formula(real: Path) -> str | None:
    """Return the version of the formula that a file belongs to: `Cellar/codex/0.42.0/bin/codex`."""
    parts = real.parts
    if "Cellar" not in parts:
        return None
    after = parts[parts.index("Cellar") + 1 :]
    return after[1].partition("_")[0] if len(after) > 1 and after[0] == "codex" else None
