"""Dial every host that Codex needs, all at once, the way Codex itself would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_checks.auth.login import Login, login
from codex_checks.config.settings import Settings, settings
from codex_checks.network.hosts import Host, hosts
from codex_checks.network.links import Links, read_links
from codex_checks.network.proxies import Choice, choose, choose_for_socket
from codex_checks.network.resolvers import explain
from codex_checks.network.roots import Roots, roots
from codex_checks.network.variables import Origins, origins
from codex_checks.places import Environment, environment
from codex_doctor import dial
from codex_doctor.dial import Attempt, Fault, Proxy, Stage, Target
from codex_doctor.probe import Touches, Unavailable, probe
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from codex_doctor.context import Context

LONGEST: Final = 8.0
"""Seconds: what Codex's own doctor gives a host (codex-environment 3.5)."""

SLACK: Final = 0.15
"""Seconds kept back, so that what was learnt becomes a fact before the deadline."""

SPARE: Final = 0.15
"""The part of the time kept back for a second question, where the first ones all failed."""

PATIENCE: Final = 2.5
"""Seconds for what Codex can do without: a WebSocket, and IPv6. It waits six times as long itself."""

FAIR: Final = 0.3
"""Seconds: with less, silence would say nothing about the other side."""

LOOPBACK_NAMES: Final = ("localhost", "ip6-localhost")


class Visit(Struct, frozen=True, kw_only=True):
    """A host, the way chosen to it, and what became of the attempt.

    *skew* is how many seconds the server's clock is ahead of ours, where it told. *upgrade* is what became
    of asking for a WebSocket, and *socket* the way that it took, where it was asked for.
    """

    host: Host
    choice: Choice
    attempt: Attempt
    skew: float | None = None
    upgrade: Attempt | None = None
    socket: Choice | None = None

    @property
    def outside(self) -> bool:
        """Whether the first hop leaves this machine."""
        return not is_loopback(self.attempt.first_hop, self.attempt.addresses)


class Reach(Struct, frozen=True, kw_only=True):
    """What became of dialling every host.

    *sixth* is what became of connecting to an IPv6 address alone, where only IPv4 led to a host that has
    both. *portal* is what a plain http:// question got, asked where no certificate could be trusted.
    *servers* is what each name server says, asked where a name did not resolve. *wsl* is the version
    of the Windows Subsystem for Linux, or 0. *origins* says where variables are set.
    """

    visits: tuple[Visit, ...]
    links: Links = field(default_factory=Links)
    roots: Roots = field(default_factory=Roots)
    sixth: Attempt | None = None
    portal: Attempt | None = None
    servers: tuple[str, ...] = ()
    wsl: int = 0
    origins: Origins = field(default_factory=Origins)


def is_loopback(host: str, addresses: Sequence[str] = ()) -> bool:
    """Return whether *host*, which has *addresses*, is this machine itself."""
    import ipaddress

    if host in LOOPBACK_NAMES or host.endswith(".localhost"):
        return True
    try:
        return all(ipaddress.ip_address(each).is_loopback for each in addresses or (host,))
    except ValueError:
        return False


@probe(
    "network.reach",
    touches={Touches.FILES, Touches.NETWORK},  # which links there are stands in /proc/net/dev
    limit=30.0,
    needs=(environment, roots, settings.maybe(), login.maybe()),
)
async def reach(
    ctx: Context,
    surroundings: Environment,
    trusted: Roots,
    configured: Settings | None,
    signed_in: Login | None,
) -> Reach:
    """Dial every host that Codex needs, stage by stage, and see where each way ends."""
    if trusted.broken is not None:
        raise Unavailable(f"Codex makes no connection while {trusted.broken.variable} names an unusable file")
    links = await in_thread(lambda: read_links(ctx), name="read links")
    wanted = hosts(
        surroundings.variables,
        configured,
        mode=signed_in.mode if signed_in else "unknown",
        wants_sign_in=signed_in.provider.wants_sign_in if signed_in else True,
    )
    context = await in_thread(
        lambda: dial.trusting(trusted.certificates, system=trusted.own_store), name="load roots"
    )
    seconds = min(LONGEST, ctx.time_left() - SLACK)
    if seconds < FAIR:
        await _until_the_deadline()
    journey = _Journey(ctx, context, surroundings.variables)
    visits = await journey.visit_all(wanted, seconds=seconds * (1 - SPARE))
    return Reach(
        visits=visits,
        links=links,
        roots=trusted,
        sixth=await journey.try_ipv6(visits),
        portal=await journey.ask_plainly(visits),
        servers=await journey.ask_name_servers(visits),
        wsl=ctx.system.wsl,
        origins=origins(surroundings, os=ctx.system.os),
    )


async def _until_the_deadline() -> None:
    """Wait to be timed out: what was not tried is not known, and must not count as healthy or sick."""
    import anyio

    await anyio.sleep_forever()


class _Journey:
    """The dialling itself: a proxy that several hosts share is knocked at once only."""

    def __init__(self, ctx: Context, context: ssl.SSLContext, variables: Mapping[str, str]) -> None:
        self._ctx = ctx
        self._context = context
        self._variables = variables

    async def visit_all(self, wanted: Sequence[Host], *, seconds: float) -> tuple[Visit, ...]:
        """Dial every host at once, in at most *seconds*."""
        import anyio

        until = anyio.current_time() + seconds
        choices = [choose(self._variables, host.url, self._ctx.vault.secret) for host in wanted]
        knocks: dict[Proxy, Attempt] = {}
        found: dict[int, Visit] = {}

        async def knock_at(proxy: Proxy) -> None:
            knocks[proxy] = await dial.knock(proxy, seconds=seconds)

        async def visit(place: int, host: Host, choice: Choice) -> None:
            socket = self._socket(host)
            left = until - anyio.current_time()
            attempt, upgrade = await self._attempt(host, choice, knocks, left, socket)
            skew = None if attempt.date is None else attempt.date.timestamp() - self._ctx.now()
            found[place] = Visit(
                host=host, choice=choice, attempt=attempt, skew=skew, upgrade=upgrade, socket=socket
            )

        async with anyio.create_task_group() as group:
            for proxy in {choice.proxy for choice in choices if choice.proxy}:
                group.start_soon(knock_at, proxy)
        async with anyio.create_task_group() as group:
            for place, (host, choice) in enumerate(zip(wanted, choices, strict=True)):
                if not choice.impossible:
                    group.start_soon(visit, place, host, choice)
        return tuple(found[place] for place in sorted(found))

    def _socket(self, host: Host) -> Choice | None:
        if host.upgrade is None:
            return None
        choice = choose_for_socket(self._variables, host.url, self._ctx.vault.secret)
        return None if choice is not None and choice.impossible else choice

    async def _attempt(
        self,
        host: Host,
        choice: Choice,
        knocks: Mapping[Proxy, Attempt],
        seconds: float,
        socket: Choice | None,
    ) -> tuple[Attempt, Attempt | None]:
        """Return what became of the question, and of asking for a WebSocket where *socket* is a way to it."""
        from msgspec.structs import replace

        known: tuple[str, ...] = ()
        if choice.proxy is not None:
            knocked = knocks[choice.proxy]
            if knocked.failure is not None:
                return replace(knocked, target=host.target), None
            known = (knocked.address,) if knocked.address else ()
        seconds = max(0.1, seconds)
        if host.upgrade is None or socket is None:
            attempt = await dial.dial(
                host.target, proxy=choice.proxy, roots=self._context, seconds=seconds, addresses=known
            )
            return attempt, None
        if socket.proxy != choice.proxy:
            return await self._apart(host.target, choice, host.upgrade, socket, seconds)
        return await dial.dial_twice(
            host.target,
            host.upgrade,
            proxy=choice.proxy,
            roots=self._context,
            seconds=seconds,
            patience=PATIENCE,
            addresses=known,
        )

    async def _apart(
        self, target: Target, choice: Choice, upgrade: Target, socket: Choice, seconds: float
    ) -> tuple[Attempt, Attempt | None]:
        """Ask both at once, for the WebSocket takes another way."""
        import anyio

        found: dict[Target, Attempt] = {}

        async def ask(asked: Target, proxy: Proxy | None, limit: float) -> None:
            found[asked] = await dial.dial(asked, proxy=proxy, roots=self._context, seconds=limit)

        async with anyio.create_task_group() as group:
            group.start_soon(ask, target, choice.proxy, seconds)
            group.start_soon(ask, upgrade, socket.proxy, min(PATIENCE, seconds))
        return found[target], found[upgrade]

    async def try_ipv6(self, visits: Sequence[Visit]) -> Attempt | None:
        """Connect to an IPv6 address alone, where one host has both kinds and IPv4 was what led there."""
        for visit in visits:
            attempt = visit.attempt
            sixth = next((each for each in attempt.addresses if ":" in each), None)
            if not (visit.outside and visit.host.needed and visit.choice.proxy is None and sixth):
                continue
            if attempt.address is not None and ":" not in attempt.address:
                seconds = max(0.1, min(PATIENCE, self._ctx.time_left() - SLACK))
                return await dial.knock(Target(host=sixth, port=attempt.target.port), seconds=seconds)
        return None

    async def ask_plainly(self, visits: Sequence[Visit]) -> Attempt | None:
        """Ask one host over plain HTTP, where every direct way outside broke off before an answer.

        A portal that wants a sign-in answers that itself. Nothing is sent but the request.
        """
        straight = [visit for visit in visits if visit.outside and visit.choice.proxy is None]
        if not straight or any(visit.attempt.answer is not None for visit in straight):
            return None
        stages = {visit.attempt.failure.stage for visit in straight if visit.attempt.failure}
        if Stage.TLS not in stages:
            return None
        asked = next(visit for visit in straight if visit.attempt.steps[-1].stage is Stage.TLS)
        if asked.host.target.port != 443:  # noqa: PLR2004 - elsewhere nobody listens on port 80
            return None
        target = Target(host=asked.host.target.host, port=80, tls=False)
        seconds = max(0.1, min(2.0, self._ctx.time_left() - SLACK))
        return await dial.dial(target, proxy=None, roots=self._context, seconds=seconds)

    async def ask_name_servers(self, visits: Sequence[Visit]) -> tuple[str, ...]:
        """Ask the name servers themselves for the first host that did not resolve."""
        lost = next((visit for visit in visits if visit.attempt.fault in DNS_FAULTS), None)
        if lost is None:
            return ()
        seconds = max(0.1, self._ctx.time_left() - SLACK)
        return await explain(self._ctx, lost.host.target.host, seconds=seconds)


DNS_FAULTS: Final = frozenset({Fault.DNS_NXDOMAIN, Fault.DNS_TEMPORARY, Fault.DNS_FAILED, Fault.DNS_TIMEOUT})
