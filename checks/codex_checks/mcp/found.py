"""Reads which MCP servers are set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.config.settings import Settings, judged_settings
from codex_checks.mcp.servers import Servers
from codex_checks.places import CodexHome, Environment, codex_home, environment
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context


@blocking_probe(
    "mcp.servers",
    touches={Touches.FILES},
    limit=2.0,
    needs=(judged_settings, codex_home, environment),
)
def servers(ctx: Context, found: Settings, home: CodexHome, surroundings: Environment) -> Servers:
    """Read which MCP servers are set up, by the settings and by plugins."""
    if not found.table("mcp_servers") and not found.table("plugins"):
        raise NotApplicable("no MCP server is set up")
    from codex_checks.mcp.setup import set_up

    known = set_up(ctx, found, home, surroundings.variables)
    if not known:
        raise NotApplicable("no MCP server is set up and switched on")
    return Servers(found=known, os=ctx.system.os)
