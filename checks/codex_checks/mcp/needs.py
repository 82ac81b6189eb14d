"""What MCP servers need here, as facts, and which of it is not there."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored

from msgspec import Struct

from codex_checks.mcp.servers import Server  # noqa: TC001 - facts are read at run time, too


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
