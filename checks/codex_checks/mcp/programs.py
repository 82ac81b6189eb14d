"""Whether what an MCP server needs here is there: its program, its script, its folder, its variables."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.mcp.servers import Server, Servers, servers
from codex_checks.places import Environment, environment
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context


class Needs(Struct, frozen=True, kw_only=True):
    """What one server needs, and which of it is not there.

    *path* is the program that would be started, and *fault* says in words why none can be; *elsewhere* is
    where one of that name stands outside PATH. *script* is the file that it is to run, where that is
    missing. *folder* is where it is to run, *no_folder* in words what is wrong with that. *unset* are
    variables that are to be handed to it, or sent as its token.
    """

    server: Server
    path: Path | None = None
    fault: str | None = None
    elsewhere: Path | None = None
    script: Path | None = None
    folder: Path | None = None
    no_folder: str | None = None
    unset: tuple[str, ...] = ()

    @property
    def starts(self) -> bool:
        """Whether it can be started at all, as far as files show."""
        return self.fault is None and self.script is None and self.no_folder is None


class Looked(Struct, frozen=True, kw_only=True):
    """Every server with what it needs, and the system they run on."""

    needs: tuple[Needs, ...]
    os: str = "linux"

    def of(self, name: str) -> Needs | None:
        """Return what the server *name* needs."""
        return next((each for each in self.needs if each.server.name == name), None)


PATIENCE: Final = 2.0


@blocking_probe("mcp.programs", touches={Touches.FILES}, limit=PATIENCE, needs=(servers, environment))
def programs(ctx: Context, found: Servers, surroundings: Environment) -> Looked:
    """Look for the program, the script and the folder of each server, and for its variables."""
    from codex_checks.mcp.looking import look_for

    return Looked(
        needs=tuple(look_for(ctx, each, surroundings.variables) for each in found.found), os=ctx.system.os
    )


@blocking_probe("mcp.started-programs", touches={Touches.FILES}, limit=PATIENCE, needs=(programs,))
def started_programs(ctx: Context, found: Looked) -> Looked:  # noqa: ARG001 - a probe
    """Return the servers that are programs."""
    needs = tuple(each for each in found.needs if each.folder is not None)
    if not needs:
        raise NotApplicable("no MCP server that is set up is a program")
    return Looked(needs=needs, os=found.os)
