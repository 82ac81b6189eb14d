"""Start each MCP server, or ask it over HTTP, for its first answer: all at once, and only with `--live`.

A server in which a file of the working directory has a say is neither started nor asked.
"""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Final

from codex_checks.mcp.addresses import Reached, addresses
from codex_checks.mcp.programs import programs
from codex_checks.mcp.servers import Address, Program, Server
from codex_checks.mcp.sign_ins import SignIns, sign_ins
from codex_checks.mcp.tried import Proved, Tried
from codex_checks.network.roots import Roots, roots
from codex_checks.places import Environment, environment
from codex_doctor import dial
from codex_doctor.probe import Touches, probe
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from codex_checks.mcp.addresses import Greeted
    from codex_checks.mcp.needs import Looked, Needs
    from codex_doctor.context import Context

BEYOND: Final = 2.0
"""Times Codex's own patience that is waited, to tell a slow server from a silent one."""

LEAST: Final = 4.0
"""Seconds that are waited beyond Codex's patience at least."""

SLACK: Final = 0.4
"""Seconds kept back, in which the servers are ended and what was learnt becomes a fact."""

EACH: Final = 0.02
"""Seconds kept back for each server: ending one takes the system a while."""

FAIR: Final = 0.3
"""Seconds: with less, nothing is even begun."""

LONGEST: Final = 3600.0
"""Seconds: each server's own patience and the deadline say what is waited."""


@probe(
    "mcp.started",
    touches={Touches.PROCESSES, Touches.SPENDS},
    limit=LONGEST,
    needs=(programs, environment),
)
async def started(ctx: Context, looked: Looked, surroundings: Environment) -> Proved:
    """Start every server that is a program, ask it, and end it."""
    import asyncio

    able = [needs for needs in looked.needs if needs.server.own and needs.folder is not None and needs.starts]
    end = await _end(ctx, len(able))

    async def start(needs: Needs) -> Tried:
        until = _until(needs.server, end)
        name = f"mcp {needs.server.name}"
        return await in_thread(lambda: _started(ctx, needs, surroundings, until), name=name)

    return Proved(tried=tuple(await asyncio.gather(*map(start, able))))


@probe(
    "mcp.asked",
    touches={Touches.NETWORK, Touches.SPENDS},
    limit=LONGEST,
    needs=(environment, roots.maybe(), sign_ins.maybe(), addresses.maybe()),
)
async def asked(
    ctx: Context,
    surroundings: Environment,
    trusted: Roots | None,
    stored: SignIns | None,
    reached: Reached | None,
) -> Proved:
    """Ask every server that is an address and can be connected to."""
    import asyncio

    there = [each for each in reached.greeted if each.reached] if reached is not None else []
    if trusted is None or trusted.broken is not None or not there:
        return Proved(tried=())
    end = await _end(ctx, len(there))
    loaded = asyncio.create_task(in_thread(lambda: _loaded(trusted, there), name="load roots"))
    done, _ = await asyncio.wait((loaded,), timeout=max(0.0, end - time.monotonic()))
    if not done:
        await _until_the_deadline()
    from codex_checks.mcp.posting import Way, post_and_ask

    async def ask(greeted: Greeted) -> Tried:
        server, sign_in = greeted.server, None
        if stored is not None and isinstance(server.transport, Address):
            sign_in = stored.of(server.name, server.transport.url)
        way = Way(tls=loaded.result(), until=_until(server, end))
        return await post_and_ask(ctx, greeted, sign_in, variables=surroundings.variables, way=way)

    return Proved(tried=tuple(await asyncio.gather(*map(ask, there))))


async def _until_the_deadline() -> None:
    """Wait to be timed out: what was not tried is not known, and must not count as healthy or sick."""
    import asyncio

    await asyncio.sleep(LONGEST)


async def _end(ctx: Context, many: int) -> float:
    """Return the instant of `time.monotonic` until which *many* servers may be tried."""
    end = time.monotonic() + ctx.time_left() - SLACK - EACH * many
    if many and end - time.monotonic() < FAIR:
        await _until_the_deadline()
    return end


def _until(server: Server, end: float) -> float:
    """Return the instant until which *server* is waited for, *end* at the latest."""
    return min(time.monotonic() + max(server.patience * BEYOND, server.patience + LEAST), end)


def _loaded(trusted: Roots, there: Sequence[Greeted]) -> ssl.SSLContext:
    """Load what asking over HTTP needs."""
    importlib.import_module("httpx")  # it takes long, and whoever asks needs it next
    secure = any(each.origin.startswith("https:") for each in there)
    return dial.trusting(trusted.certificates if secure else (), system=secure and trusted.own_store)


def _started(ctx: Context, needs: Needs, surroundings: Environment, until: float) -> Tried:
    from codex_checks.mcp.starting import start_and_ask

    assert isinstance(needs.server.transport, Program)  # noqa: S101 - only programs have a folder
    return start_and_ask(ctx, needs, needs.server.transport, surroundings.variables, until)
