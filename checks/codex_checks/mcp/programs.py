"""Whether what an MCP server needs here is there: its program, its script, its folder, its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.mcp.found import servers
from codex_checks.mcp.needs import Looked
from codex_checks.places import Environment, environment
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_checks.mcp.servers import Servers
    from codex_doctor.context import Context

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
