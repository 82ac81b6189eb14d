"""Whether the addresses of MCP servers can be connected to: as far as TLS, and nothing is asked.

An address in which a file of the working directory has a say is not gone to at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.mcp.found import servers
from codex_checks.network.hosts import target
from codex_checks.network.proxies import Choice, choose
from codex_checks.network.reach import is_loopback
from codex_checks.network.roots import Roots, roots
from codex_checks.places import Environment, environment
from codex_doctor import dial
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, probe
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from codex_checks.mcp.servers import Address, Server, Servers
    from codex_doctor.context import Context
    from codex_doctor.dial import Attempt

LONGEST: Final = 3.0
"""Seconds for one address: Codex itself waits ten times as long, but only for this server's sake."""

SLACK: Final = 0.2
"""Seconds kept back, so that what was learnt becomes a fact before the deadline."""


class Greeted(Struct, frozen=True, kw_only=True):
    """What became of going to one server. *attempt* is None where its url is no address of the web."""

    server: Server
    origin: str
    attempt: Attempt | None = None
    choice: Choice | None = None

    @property
    def outside(self) -> bool:
        """Whether the way leaves this machine."""
        return self.attempt is not None and not is_loopback(self.attempt.first_hop, self.attempt.addresses)

    @property
    def local_proxy(self) -> str:
        """The variable that leads through a proxy to this very machine; empty where none does."""
        setting = self.choice.setting if self.choice is not None else None
        local = self.attempt is not None and is_loopback(self.attempt.target.host)
        return setting.variable if setting is not None and setting.proxy is not None and local else ""

    @property
    def reached(self) -> bool:
        """Whether the way is open, as far as it was gone."""
        return self.attempt is not None and self.attempt.failure is None


class Reached(Struct, frozen=True, kw_only=True):
    """Every server that was gone to."""

    greeted: tuple[Greeted, ...]

    def of(self, name: str) -> Greeted | None:
        """Return what became of going to the server *name*."""
        return next((each for each in self.greeted if each.server.name == name), None)


@probe("mcp.addresses", touches={Touches.NETWORK}, limit=10.0, needs=(servers, environment, roots))
async def addresses(ctx: Context, found: Servers, surroundings: Environment, trusted: Roots) -> Reached:
    """Connect to the address of each server."""
    import asyncio

    wanted = [(each, address) for each, address in found.addresses if each.own]
    if not wanted:
        raise NotApplicable("no MCP server of your own is an address")
    if trusted.broken is not None:
        raise Unavailable(f"Codex makes no connection while {trusted.broken.variable} names an unusable file")
    secure = any(address.url.reveal().startswith("https:") for _, address in wanted)
    context = await in_thread(
        lambda: dial.trusting(trusted.certificates if secure else (), system=secure and trusted.own_store),
        name="load roots",
    )
    seconds = min(LONGEST, ctx.time_left() - SLACK)
    if seconds <= 0:
        raise Unavailable("no time was left")

    async def go(server: Server, address: Address) -> Greeted | None:
        url = address.url.reveal()
        there = target(url)
        if there is None:
            return Greeted(server=server, origin=address.origin)
        choice = choose(surroundings.variables, url, ctx.vault.secret)
        if choice.impossible:
            return None  # another finding says what is wrong with the proxy
        attempt = await dial.greet(there, proxy=choice.proxy, roots=context, seconds=seconds)
        return Greeted(server=server, origin=address.origin, attempt=attempt, choice=choice)

    went = await asyncio.gather(*(go(each, address) for each, address in wanted))
    return Reached(greeted=tuple(each for each in went if each is not None))
