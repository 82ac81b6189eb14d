"""What a copy of Codex cannot do for want of something beside it, or for its age."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.binary import Binary, binary
from codex_checks.install.found import Installations, installations
from codex_checks.install.node import path_folders
from codex_checks.install.package import look
from codex_checks.install.version import older
from codex_checks.problems import updating as problems
from codex_doctor.check import check
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

DOCTOR_SINCE: Final = "0.131.0"
"""The first release with `codex doctor` (0.130.0 takes the word for a prompt; both were asked)."""


class Ripgrep(Struct, frozen=True, kw_only=True):
    """The `rg` that Codex at *native* finds: its own in `codex-path`, or the one in PATH; None: none."""

    native: Path
    path: Path | None


@blocking_probe("install.ripgrep", touches={Touches.FILES}, limit=1.0, needs=(installations,))
def ripgrep(ctx: Context, found: Installations) -> Ripgrep:
    """Look for the `rg` that whole packages bring along (codex-environment 1.1)."""
    native = found.chosen.native if found.chosen is not None else None
    if native is None:
        raise NotApplicable("no program of Codex is known here")
    name = "rg.exe" if ctx.system.os == "windows" else "rg"
    folders = (native.parent.parent / "codex-path", native.parent.parent / "path", *path_folders(ctx))
    path = next((folder / name for folder in folders if look(ctx, folder / name) is not None), None)
    return Ripgrep(native=native, path=path)


@check(
    "install.ripgrep-is-there",
    title="Codex finds ripgrep, with which it searches files",
    needs=(ripgrep,),
    reports=(problems.RIPGREP_MISSING,),
)
def ripgrep_is_there(found: Ripgrep) -> Iterator[Finding]:
    """Judge whether there is one: without it Codex searches with slower programs."""
    if found.path is None:
        yield problems.RIPGREP_MISSING.found(
            f"Neither PATH nor the package around {found.native} holds rg",
            evidence={"program": str(found.native)},
        )


@check(
    "install.codex-examines-itself",
    title="This version of Codex has a doctor of its own",
    needs=(binary,),
    reports=(problems.DOCTOR_UNAVAILABLE_OLD_CLI,),
)
def codex_examines_itself(answered: Binary) -> Iterator[Finding]:
    """Judge the version: an older one takes `doctor` for a prompt."""
    if older(answered.version, DOCTOR_SINCE):
        yield problems.DOCTOR_UNAVAILABLE_OLD_CLI.found(
            f"{answered.version} runs; `codex doctor` came with {DOCTOR_SINCE}",
            evidence={"version": answered.version, "since": DOCTOR_SINCE},
        )
