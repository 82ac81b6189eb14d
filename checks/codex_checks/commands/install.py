"""The command `install`: put a verified Codex onto the machine, or into a folder that a host keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codex_doctor.command import DONE, FAILED, NOT_TRIED, Door

if TYPE_CHECKING:
    from codex_checks.acts.installing import Installed


def install(
    door: Door,
    *,
    into: Annotated[
        Path | None,
        typer.Option(parser=Path, metavar="DIR", help="Keep a copy here, to which no command leads."),
    ] = None,
    release: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Install this version instead of the newest.")
    ] = None,
) -> int:
    """Install Codex where there is none, its checksum compared; `repair --undo` takes it back."""
    from codex_checks.acts.here import LONGEST
    from codex_checks.acts.installing import NoWayError, install_codex
    from codex_doctor.errors import DoctorError, RepairError
    from codex_doctor.examination import Request, here

    context = here(Request(deadline=LONGEST))
    door.hide(context.vault, home=str(context.home))
    try:
        installed = install_codex(context, door, into=into, version=release)
    except NoWayError as error:
        door.note(f"codex-doctor: {error}", under=2)
        door.note(f"  {error.line}")
        return FAILED
    except DoctorError as error:
        door.note(f"codex-doctor: {error}", under=2)
        return NOT_TRIED if isinstance(error, RepairError) and error.transient else FAILED
    finally:
        context.close()
    _tell(installed, door)
    return DONE


def _tell(installed: Installed, door: Door) -> None:
    if installed.repair is None:
        door.say(f"Nothing to do: Codex is there already ({installed.program}).")
        return
    door.say(f"  program  {installed.program}")
    door.say(f"  to take it back: codex-doctor repair --undo {installed.repair}")
