"""Install Codex because somebody asked for it: where there is none, or into a folder of a host's own."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - beside the struct that holds it
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.install.asked import INSTALLING, Asked, Via
from codex_doctor.errors import RepairError
from codex_doctor.fix import Act

if TYPE_CHECKING:
    from codex_doctor.command import Door
    from codex_doctor.context import Context

NAME: Final = "install"
"""What it is called in the list of repairs."""


class Installed(Struct, frozen=True, kw_only=True):
    """A Codex that can be started: *program*. *repair* takes it back; None where it was there already."""

    program: Path
    repair: str | None = None


class NoWayError(RepairError):
    """Codex cannot be installed from here; the user can, with *line*."""

    def __init__(self, line: str) -> None:
        super().__init__("codex-doctor itself cannot install Codex on this machine; its own installer can:")
        self.line = line


def install_codex(
    context: Context, door: Door, *, into: Path | None = None, version: str | None = None
) -> Installed:
    """Install Codex on the machine of *context*, or *into* a folder to which no command leads. Blocks.

    *version* is the one that is wanted, None: the newest. A copy that is whole already stays; in *into* it
    is brought to that version.

    :raises NoWayError: only the user can do it here.
    :raises RepairError: it could not be done; everything stands as before.
    """
    from codex_doctor.repair.single import single

    if into is not None:
        from codex_checks.acts.install.standalone import Site

        folder = context.cwd / into
        what = Asked(via=Via.STANDALONE, into=folder, version=version)
        words = f"Install the standalone release of Codex into {folder}"
        act = Act(kind=INSTALLING, words=words, arguments=what.arguments())
        repair = single(act, name=NAME, context=context, door=door)
        return Installed(program=Site(root=folder, commands=None).program, repair=repair)
    return _for_the_shell(context, door, version)


def _for_the_shell(context: Context, door: Door, version: str | None) -> Installed:
    from codex_checks.install.found import installations
    from codex_checks.install.remedies import fresh
    from codex_doctor.facts import facts
    from codex_doctor.repair.single import single

    (found,) = facts(context, installations)
    if found.running is not None:
        return Installed(program=found.running.path)
    (step,) = fresh(found, "Install Codex").steps
    if not isinstance(step, Act):
        raise NoWayError(getattr(step, "line", ""))
    if version is not None:
        step = replace(step, arguments={**step.arguments, "version": version})
    repair = single(step, name=NAME, context=context, door=door)
    (found,) = facts(context, installations)
    if found.chosen is None:
        raise RepairError("it was installed, and no codex is found all the same")
    return Installed(program=found.chosen.path, repair=repair)
