"""The way to what is downloaded: the proxy that Codex would take, and the certificates that it trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.refresh_request import may_receive_a_credential
from codex_checks.network.proxies import choose
from codex_checks.network.roots import Roots, roots
from codex_checks.network.route import proxy_for_httpx
from codex_checks.places import codex_home, environment
from codex_doctor.dial import trusting
from codex_doctor.errors import RepairError
from codex_doctor.facts import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import httpx

    from codex_doctor.context import Context
    from codex_doctor.redact import Secret

CONNECT: Final = 15.0
"""Seconds to reach a server."""

STALL: Final = 30.0
"""Seconds without a byte after which a download counts as dead."""


class Way(Struct, frozen=True, kw_only=True):
    """How to reach any address: *variables* name the proxies, *trusted* holds the certificates.

    *keep* turns a proxy's password into a secret. *stall* bounds each wait for a byte, in seconds.
    """

    variables: Mapping[str, str]
    trusted: Roots
    keep: Callable[[str], Secret]
    stall: float = STALL

    def client(self, url: str) -> httpx.Client:
        """Return a client for *url* that asks nobody else for a proxy and follows no redirect.

        :raises RepairError: a program must not come from there, or Codex itself could not go there.
        """
        import httpx

        if not may_be_asked(url):
            raise RepairError("a program is downloaded over https or from this machine alone")
        secure = url.startswith("https:")
        if self.trusted.broken is not None and secure:
            words = (
                f"{self.trusted.broken.variable} names {self.trusted.broken.path}: {self.trusted.broken.why}"
            )
            raise RepairError(f"no connection can be trusted: {words}")
        choice = choose(self.variables, url, self.keep)
        if choice.impossible:
            raise RepairError("the proxy that is set cannot be used: its port is none")
        tls = trusting(self.trusted.certificates if secure else (), system=secure and self.trusted.own_store)
        try:
            return httpx.Client(
                verify=tls,
                proxy=proxy_for_httpx(choice.proxy, tls) if choice.proxy else None,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(self.stall, connect=min(CONNECT, self.stall)),
            )
        except (ImportError, ValueError):
            raise RepairError("the proxy that is set is of a kind that cannot be used") from None


def way_of(ctx: Context) -> tuple[Path, Way]:
    """Return CODEX_HOME, and the way to downloads as Codex would take it with what is set there.

    :raises Unavailable: the settings cannot be read.
    """
    home, surroundings, trusted = facts(ctx, codex_home, environment, roots)
    return home.path, Way(variables=surroundings.variables, trusted=trusted, keep=ctx.vault.secret)


def may_be_asked(url: str) -> bool:
    """Return whether a program may be downloaded from *url*: over https, or from this very machine."""
    return may_receive_a_credential(url)
