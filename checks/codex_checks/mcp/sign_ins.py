"""The sign-ins to MCP servers that Codex keeps in `.credentials.json`, or where it may keep them else.

The form of the file was taken from what `codex mcp login` of Codex 0.169.0 wrote: for each server an object
with its name, its address and its tokens; times are in milliseconds since the epoch. A refresh token that a
server refused is struck out there as null. With `mcp_oauth_credentials_store` unset or `auto` the system's
keyring comes first, and the file where there is none.
"""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.auth.login import keyring_gap
from codex_checks.config.settings import Settings, judged_settings
from codex_checks.mcp.found import servers
from codex_checks.places import CodexHome, codex_home
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, blocking_probe
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from codex_checks.mcp.servers import Servers
    from codex_doctor.context import Context
    from codex_doctor.redact import Vault

FILE: Final = ".credentials.json"

LIMIT: Final = 1024 * 1024
"""Bytes: an entry takes some kilobytes."""

NEAR: Final = 30.0
"""Seconds before its end from which a token counts as expired."""


class SignIn(Struct, frozen=True, kw_only=True):
    """A stored sign-in. *expires* is in seconds since the epoch, None where it does not say.

    *renewable*: it has a refresh token, with which Codex renews it by itself.
    """

    server: str
    url: Secret
    access: Secret
    expires: float | None = None
    renewable: bool = False

    def expired(self, now: float) -> bool:
        """Whether it is of no use any more, unless it is renewed."""
        return self.expires is not None and self.expires - NEAR <= now


class SignIns(Struct, frozen=True, kw_only=True):
    """Every sign-in of the file. *keyring*: further ones may stand in the system's keyring.

    *examined* is in seconds since the epoch.
    """

    file: Path
    found: tuple[SignIn, ...] = ()
    keyring: bool = False
    examined: float = 0.0

    def of(self, name: str, url: Secret) -> SignIn | None:
        """Return the sign-in to the server *name* at *url*; both count."""
        return next((each for each in self.found if each.server == name and each.url == url), None)


@blocking_probe(
    "mcp.sign-ins", touches={Touches.FILES}, limit=1.0, needs=(judged_settings, codex_home, servers)
)
def sign_ins(ctx: Context, settings: Settings, home: CodexHome, known: Servers) -> SignIns:
    """Read the sign-ins to MCP servers that are kept in a file."""
    if not any(not address.authorized for _, address in known.addresses):
        raise NotApplicable("no MCP server is signed in to")
    path = home.path / FILE
    store = settings.text("mcp_oauth_credentials_store") or "auto"
    keyring = store == "keyring" or (store == "auto" and keyring_gap(ctx, ctx.env) is None)
    try:
        content = b"" if store == "keyring" else ctx.read(path, limit=LIMIT)
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror or error}") from None
    return SignIns(file=path, found=parse(content, ctx.vault), keyring=keyring, examined=ctx.now())


def parse(content: bytes, vault: Vault) -> tuple[SignIn, ...]:
    """Return the sign-ins in *content*; what has another form is passed over, as Codex does."""
    try:
        entries = cast("object", json.loads(content))
    except (ValueError, RecursionError):
        return ()
    if not isinstance(entries, dict):
        return ()
    found = (_sign_in(each, vault) for each in cast("dict[str, object]", entries).values())
    return tuple(each for each in found if each is not None)


def _sign_in(value: object, vault: Vault) -> SignIn | None:
    if not isinstance(value, dict):
        return None
    entry = cast("dict[str, object]", value)
    name, url, access = (entry.get(key) for key in ("server_name", "server_url", "access_token"))
    if not (isinstance(name, str) and isinstance(url, str) and isinstance(access, str)):
        return None
    refresh, expires = entry.get("refresh_token"), entry.get("expires_at")
    if isinstance(refresh, str):
        vault.secret(refresh)
    return SignIn(
        server=name,
        url=Secret(url),
        access=vault.secret(access),
        expires=expires / 1000 if type(expires) is int else None,
        renewable=isinstance(refresh, str) and bool(refresh),
    )
