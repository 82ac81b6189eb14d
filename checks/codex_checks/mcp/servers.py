"""The MCP servers that Codex would start here: those of the settings, and those that plugins bring along.

What is said of them was asked of Codex 0.169.0, by `codex mcp list --json` and its app-server. Arguments,
variables and addresses may hold keys: of an address only its origin is ever said, of arguments nothing.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from typing import Final

from msgspec import Struct, field

from codex_doctor.redact import Secret

PATIENCE: Final = 30.0
"""Seconds that Codex waits for a server unless `startup_timeout_sec` says otherwise."""


class Program(Struct, frozen=True, kw_only=True):
    """A server that Codex starts and speaks to over its standard input and output.

    *env* is set for it, *passed* names the variables that are handed through to it besides the usual ones.
    *cwd* is None where it runs in Codex's own folder.
    """

    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    passed: tuple[str, ...] = ()
    cwd: str | None = None


class Address(Struct, frozen=True, kw_only=True):
    """A server that Codex reaches over HTTP. *origin* is the part of *url* that may be said.

    *bearer* names the variable that holds its token, *headers* are sent as they stand, and *named* are
    headers with the variables that hold them. *helper*: a program of the user's makes further headers.
    """

    url: Secret
    origin: str
    bearer: str | None = None
    headers: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    named: Mapping[str, str] = field(default_factory=dict[str, str])
    helper: bool = False

    @property
    def authorized(self) -> bool:
        """Whether the settings themselves say what to sign in with; Codex then looks for no other sign-in."""
        given = {name.lower() for name in (*self.headers, *self.named)}
        return self.bearer is not None or self.helper or "authorization" in given


class Server(Struct, frozen=True, kw_only=True):
    """One server. *where* is the place that sets it up, as `file:line:column` where that is known.

    *own*: the user set it up, or a plugin of the user's did. What a file of the working directory has a say
    in is looked at, and neither started nor asked. *patience* is how many seconds Codex gives it to start;
    *required*: no session starts without it. *plugin* is who brought it along.
    """

    name: str
    where: str
    transport: Program | Address
    own: bool = True
    required: bool = False
    patience: float = PATIENCE
    plugin: str | None = None

    @property
    def subject(self) -> str:
        """By what findings about the same server are matched."""
        return f"mcp:{self.name}"


class Servers(Struct, frozen=True, kw_only=True):
    """Every server that is switched on, by name. *os* is the system that they run on."""

    found: tuple[Server, ...]
    os: str = "linux"

    @property
    def programs(self) -> tuple[tuple[Server, Program], ...]:
        """The servers that are started."""
        return tuple((each, each.transport) for each in self.found if isinstance(each.transport, Program))

    @property
    def addresses(self) -> tuple[tuple[Server, Address], ...]:
        """The servers that are reached over HTTP."""
        return tuple((each, each.transport) for each in self.found if isinstance(each.transport, Address))
