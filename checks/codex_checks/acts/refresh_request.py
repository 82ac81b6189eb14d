"""When a sign-in is due for renewal, and what is then asked of whom, as Codex 0.169.0 does (codex-auth 2)."""

from __future__ import annotations

import ipaddress
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from codex_checks.acts.errors import NotRenewable, SendError
from codex_checks.auth.document import Document, Mode, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.content import Content

CLIENT: Final = "app_EMoamEEZ73f0CkXaXp7hrann"
"""Codex's own client id (codex-auth 2.1)."""

ISSUER: Final = "https://auth.openai.com"
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path

SOON: Final = 300.0
"""Seconds before the access token ends, from which Codex renews it (codex-auth 2.2: 299 s yes, 301 s no)."""

STALE: Final = 8 * 24 * 3600.0
"""Seconds after which Codex renews a sign-in whose access token does not say when it ends (the same)."""


class Reason(StrEnum):
    """Why a renewal is asked for, in the words of the request (codex-auth 2.1)."""

    PROACTIVE_EXPIRY = "proactive_expiry"
    SCHEDULED = "scheduled"
    UNAUTHORIZED_RECOVERY = "unauthorized_recovery"
    FORCED = "forced"


class Request(Struct, frozen=True, kw_only=True):
    """A POST of *body* to *url*. The body holds a credential: it goes to that address and nowhere else."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Request(url={self.url!r})"


def renewable(content: Content) -> Tokens:
    """Return the tokens that could be renewed.

    :raises NotRenewable: what is stored is not a ChatGPT sign-in with a refresh token.
    """
    document = content.document
    if content.fault is not None:
        raise NotRenewable("auth-json-invalid", f"auth.json {content.fault.words}")
    if document is None:
        raise NotRenewable("not-signed-in", "nothing is stored")
    if document.mode is Mode.CHATGPT_AUTH_TOKENS:
        raise NotRenewable("auth-tokens-not-renewed", "another program owns these tokens and renews them")
    if document.mode is not Mode.CHATGPT:
        raise NotRenewable(None, f"the stored sign-in is not a ChatGPT one ({document.mode})")
    if document.tokens is None or "tokens" not in content.members:
        raise NotRenewable("not-signed-in", "auth.json holds no tokens")
    if not document.tokens.refresh_token:
        raise NotRenewable("refresh-token-missing", "auth.json holds no refresh token")
    return document.tokens


def due(document: Document, *, now: float, within: float = SOON) -> Reason | None:
    """Return why the sign-in is due for renewal, None where it is not.

    *now* is in seconds since the epoch; *within* are the seconds that the access token must still last.
    """
    expires = document.tokens.expires if document.tokens else None
    if expires is not None:
        return Reason.PROACTIVE_EXPIRY if expires - now <= within else None
    refreshed = document.last_refresh
    if refreshed is None or now - refreshed.timestamp() > STALE:
        return Reason.SCHEDULED
    return None


def request(tokens: Tokens, *, env: Mapping[str, str], reason: Reason, version: str) -> Request:
    """Return what is to be sent to renew *tokens*. *env* is the environment, *version* our own.

    :raises SendError: the address is one that a credential may not be sent to.
    """
    body = {
        "client_id": client(tokens, env),
        "grant_type": "refresh_token",
        "refresh_reason": reason.value,
        "refresh_token": tokens.refresh_token.reveal(),
    }
    headers = {
        "content-type": "application/json",
        "accept": "*/*",
        "originator": "codex_doctor",
        "user-agent": f"codex-doctor/{version}",
    }
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Request(url=address(tokens, env), headers=headers, body=text.encode("utf-8", "surrogatepass"))


def client(tokens: Tokens, env: Mapping[str, str]) -> str:
    """Return the client id that the tokens were given to; a host may name its own where they do not say."""
    if tokens.provenance is not None:
        return tokens.provenance.client
    return env.get("CODEX_OAUTH_CLIENT_ID", "").strip() or CLIENT


def address(tokens: Tokens, env: Mapping[str, str]) -> str:
    """Return where the tokens are renewed: our own variable, Codex's, who gave them, the default.

    :raises SendError: it is neither https nor on this machine.
    """
    own = env.get("CODEX_DOCTOR_URL_AUTH", "").strip()
    theirs = env.get("CODEX_REFRESH_TOKEN_URL_OVERRIDE", "").strip()
    if own:
        source, url = "CODEX_DOCTOR_URL_AUTH", own.rstrip("/") + TOKEN_PATH
    elif theirs:
        source, url = "CODEX_REFRESH_TOKEN_URL_OVERRIDE", theirs
    elif tokens.provenance is not None:
        source, url = "auth.json (oauth_provenance)", tokens.provenance.issuer.rstrip("/") + TOKEN_PATH
    else:
        source, url = "the default", ISSUER + TOKEN_PATH
    if not may_receive_a_credential(url):
        words = f"the address in {source} is neither https nor on this machine: nothing was sent to it"
        raise SendError("base-url-overridden", words, sent=False)
    return url


def may_receive_a_credential(url: str) -> bool:
    """Return whether a credential may be sent to *url*: over https, or to this machine itself."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it raises where the port is none
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts))


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
