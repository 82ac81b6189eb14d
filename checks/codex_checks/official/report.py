"""The facts of a report of Codex's own doctor: its rows, whatever form they came in."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from typing import Final

from msgspec import Struct, field

LIMIT: Final = 1024 * 1024
"""Bytes: a report takes 20 KB."""

FAILING: Final = ("fail", "warning")
"""The statuses of a row that say that something is wrong; the third is `ok`."""

IDS: Final[Mapping[str, str]] = {
    "app_server.status": "app-server",
    "auth.credentials": "auth",
    "auth.load": "auth",
    "config.load": "config",
    "desktop.app.version": "desktop",
    "desktop.app_server.handshake": "desktop",
    "desktop.security.enforcement": "desktop",
    "git.environment": "git",
    "git.worktree.dev_drive": "git",
    "installation": "install",
    "mcp.config": "mcp",
    "network.env": "network",
    "network.provider_reachability": "reachability",
    "network.websocket_reachability": "websocket",
    "runtime.provenance": "runtime",
    "runtime.search": "search",
    "sandbox.filesystem_paths": "sandbox",
    "sandbox.helpers": "sandbox",
    "security.endpoint": "security",
    "state.paths": "state",
    "state.rollout_db_parity": "threads",
    "system.disk": "disk",
    "system.environment": "system",
    "terminal.env": "terminal",
    "terminal.title": "title",
    "updates.status": "updates",
}
"""Its checks from 0.131 to 0.169, with the label that each has in the text form
(codex-doctor-report 1 and 2)."""


class Row(Struct, frozen=True, kw_only=True):
    """One check of Codex's own doctor.

    *status* is `ok`, `warning` or `fail`, or None where the place that says so is missing. Every value of
    *details* is a tuple, for a key may occur twice. *causes* are what its issues name as causes.
    """

    id: str
    status: str | None = None
    summary: str = ""
    remediation: str = ""
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    notes: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def failing(self) -> bool:
        """Whether it says that something is wrong."""
        return self.status in FAILING

    @property
    def words(self) -> str:
        """Everything that it says, in lines, for a search."""
        details = (f"{name}: {value}" for name, values in self.details.items() for value in values)
        return "\n".join((self.summary, *self.notes, *self.causes, *details))

    def detail(self, name: str) -> str:
        """Return the first value of a detail, or an empty text."""
        return next(iter(self.details.get(name, ())), "")


class Report(Struct, frozen=True, kw_only=True):
    """A report, as far as it was there. *overall* is its own verdict, *whole* whether nothing was cut off.

    *made* is when it was made, in seconds since the epoch, where that is told.
    """

    rows: tuple[Row, ...]
    version: str | None = None
    overall: str | None = None
    whole: bool = True
    made: int | None = None

    def row(self, id: str) -> Row | None:
        """Return the row of a check, where the report has it."""
        return next((row for row in self.rows if row.id == id), None)

    @property
    def platform(self) -> tuple[str, str] | None:
        """The operating system and processor that it was made on, where it says so (`linux`, `x86_64`)."""
        row = self.row("runtime.provenance")
        system, dash, arch = row.detail("platform").partition("-") if row is not None else ("", "", "")
        return (system, arch) if dash else None

    @property
    def channel(self) -> str | None:
        """How this Codex was installed, where it says so (`npm`, `standalone`, `brew`)."""
        row = self.row("runtime.provenance")
        if row is None:
            return None
        running = re.match(r"running (.{1,40}) on ", row.summary)
        return row.detail("install method") or (running[1] if running else None)
