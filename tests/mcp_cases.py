"""MCP servers for tests: set up in a folder, read as an examination reads them, and ill in every way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.config.settings import Settings, settings
from codex_checks.mcp.found import servers
from codex_checks.mcp.needs import Looked, Needs
from codex_checks.mcp.programs import programs
from codex_checks.mcp.servers import Address, Program, Server, Servers
from codex_checks.places import codex_home, environment
from codex_doctor.redact import Secret
from engine import context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.context import Context

PROGRAM: Final = Path(__file__).parent / "fakes" / "mcp_program.py"
"""The server that is run as a program; its first argument says how it behaves."""


def set_up(home: Path, text: str) -> None:
    """Write *text* as the settings of the user whose home is *home*."""
    (home / ".codex").mkdir(exist_ok=True)
    (home / ".codex" / "config.toml").write_text(text)


def read_settings(ctx: Context) -> Settings:
    """Return the settings as an examination reads them."""
    found = settings.read(ctx, codex_home.read(ctx))
    assert isinstance(found, Settings)
    return found


def settings_of(values: Mapping[str, object]) -> Settings:
    """Return settings that say *values*, and stand in no file."""
    return Settings(values=values, layers=())


def read_servers(home: Path, text: str | None = None, ctx: Context | None = None) -> Servers:
    """Return the servers that are set up under *home*, with *text* as settings if it is given."""
    if text is not None:
        set_up(home, text)
    ctx = ctx or context(home)
    there = codex_home.read(ctx)
    found = servers.read(ctx, read_settings(ctx), there, environment.read(ctx, there))
    assert isinstance(found, Servers)
    return found


def look(ctx: Context, *found: Server) -> Looked:
    """Return what *found* need, as an examination looks for it."""
    surroundings = environment.read(ctx, codex_home.read(ctx))
    looked = programs.read(ctx, Servers(found=found), surroundings)
    assert isinstance(looked, Looked)
    return looked


def program(*words: str, name: str = "fake", **more: object) -> Server:
    """Return a server that is started with *words* as its command and arguments."""
    transport = Program(command=words[0], args=words[1:])
    return Server(name=name, where="config.toml:1:1", transport=transport, **more)  # type: ignore[arg-type]


def manner(*words: str, name: str = "fake", **more: object) -> Server:
    """Return a server that is the fake program, behaving as *words* say."""
    return program(sys.executable, str(PROGRAM), *words, name=name, **more)


def address(url: str, name: str = "fake", **more: object) -> Server:
    """Return a server at *url*."""
    transport = Address(url=Secret(url), origin="http://127.0.0.1")
    return Server(name=name, where="config.toml:1:1", transport=transport, **more)  # type: ignore[arg-type]


def needs(server: Server, **more: object) -> Needs:
    """Return *server* with what it needs."""
    folder = Path("/work") if isinstance(server.transport, Program) else None
    return Needs(server=server, **{"folder": folder, **more})  # type: ignore[arg-type]
