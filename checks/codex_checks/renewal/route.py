"""The way to an address that Codex itself would take: its proxy, and the certificates it trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.network.hosts import target
from codex_checks.network.proxies import choose
from codex_doctor.dial import trusting
from codex_doctor.errors import Unavailable
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import httpx

    from codex_checks.network.roots import Roots
    from codex_doctor.context import Context
    from codex_doctor.dial import Proxy

SLACK: Final = 0.5
"""Seconds kept back before the deadline, so that what came of it is judged and said."""

ENOUGH: Final = 2.0
"""Seconds without which nothing is sent: silence would say nothing, and an answer too late may hold the only
good token."""


class Route(Struct, frozen=True, kw_only=True):
    """How to reach *host*: directly, or through *proxy*."""

    host: str
    tls: ssl.SSLContext
    proxy: httpx.Proxy | None = None


async def route(
    ctx: Context, url: str, *, variables: Mapping[str, str], trusted: Roots, credential: bool
) -> Route:
    """Return the way to *url*; *credential*: one is to be sent, so it must not pass anybody in the clear.

    :raises Unavailable: Codex could not go there, or a credential must not.
    """
    there = target(url)
    if there is None:
        raise Unavailable(f"nothing was sent: {url} is no address")
    choice = choose(variables, url, ctx.vault.secret)
    if choice.impossible:
        raise Unavailable("nothing was sent: Codex cannot use the proxy that is set")
    if choice.proxy is not None and not there.tls and credential:
        raise Unavailable("nothing was sent: the sign-in would go through the proxy unencrypted")
    if there.tls and trusted.broken is not None:
        raise Unavailable(f"Codex makes no connection while {trusted.broken.variable} names an unusable file")
    tls = await in_thread(
        lambda: trusting(trusted.certificates if there.tls else (), system=there.tls and trusted.own_store),
        name="load roots",
    )
    return Route(host=there.host, tls=tls, proxy=_for_httpx(choice.proxy, tls) if choice.proxy else None)


def _for_httpx(proxy: Proxy, tls: ssl.SSLContext) -> httpx.Proxy:
    import httpx

    own = {"Proxy-Authorization": proxy.authorization.reveal()} if proxy.authorization else {}
    return httpx.Proxy(str(proxy), headers=own, ssl_context=tls if proxy.tls else None)


async def until_the_deadline() -> None:
    """Wait to be timed out: what was not tried is not known, and must not count as healthy or sick."""
    import anyio

    await anyio.sleep_forever()
