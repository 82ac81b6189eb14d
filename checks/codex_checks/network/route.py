"""The way to an address that Codex itself would take: its proxy, and the certificates it trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.network.hosts import target
from codex_checks.network.proxies import choose
from codex_doctor import dial
from codex_doctor.errors import Unavailable
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import httpx

    from codex_checks.network.roots import Roots
    from codex_doctor.context import Context
    from codex_doctor.dial import Proxy


class NoRoute(Unavailable):
    """Codex could not go there, or a credential must not. *problem* is the name of what stands in the way."""

    def __init__(self, problem: str | None, reason: str) -> None:
        super().__init__(reason)
        self.problem = problem


class Route(Struct, frozen=True, kw_only=True):
    """How to reach *host*: directly, or through *proxy*."""

    host: str
    tls: ssl.SSLContext
    proxy: httpx.Proxy | None = None


async def route(
    ctx: Context, url: str, *, variables: Mapping[str, str], trusted: Roots, credential: bool
) -> Route:
    """Return the way to *url*; *credential*: one is to be sent, so it must not pass anybody in the clear.

    :raises NoRoute: Codex could not go there, or a credential must not.
    """
    there = target(url)
    if there is None:
        raise NoRoute("base-url-overridden", f"nothing was sent: {url} is no address")
    choice = choose(variables, url, ctx.vault.secret)
    if choice.impossible:
        raise NoRoute("proxy-env-wrong", "nothing was sent: Codex cannot use the proxy that is set")
    if choice.proxy is not None and not there.tls and credential:
        words = "nothing was sent: the sign-in would go through the proxy unencrypted"
        raise NoRoute("base-url-overridden", words)
    if there.tls and trusted.broken is not None:
        words = f"Codex makes no connection while {trusted.broken.variable} names an unusable file"
        raise NoRoute("tls-ca-file-unreadable", words)
    tls = await in_thread(
        lambda: dial.trusting(
            trusted.certificates if there.tls else (), system=there.tls and trusted.own_store
        ),
        name="load roots",
    )
    return Route(host=there.host, tls=tls, proxy=proxy_for_httpx(choice.proxy, tls) if choice.proxy else None)


def proxy_for_httpx(proxy: Proxy, tls: ssl.SSLContext) -> httpx.Proxy:
    """Return *proxy* as httpx takes it; a proxy that speaks TLS itself is trusted as *tls* says."""
    import httpx

    own = {"Proxy-Authorization": proxy.authorization.reveal()} if proxy.authorization else {}
    return httpx.Proxy(str(proxy), headers=own, ssl_context=tls if proxy.tls else None)
