"""What a server means that does not let Codex in, and whether it says where to sign in to it.

The places that are looked at are those where Codex 0.169.0 looks (RFC 9728 and RFC 8414); they are asked
without anything to sign in with, and at the server's own origin alone.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from codex_checks.mcp.tried import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_WORD: Final = re.compile(r"[a-z_]{2,40}")
_ERROR: Final = re.compile(r'\berror="?([a-z_]{2,40})')
_SCOPE: Final = re.compile(r'\bscope="([^"]{1,200})"')
_SCOPES: Final = re.compile(r"[\w:./\-]+(?: [\w:./\-]+)*")

TELLS: Final = ("authorization_servers", "authorization_endpoint")
"""What the metadata of a resource, and of an authorization server, must hold to be of any use."""

OK: Final = 200


def refusal(status: int, challenge: str, body: bytes) -> Refused:
    """Return what an answer with *status* means; *challenge* is its header WWW-Authenticate."""
    error, scope = _ERROR.search(challenge), _SCOPE.search(challenge)
    shown = scope[1] if scope and _SCOPES.fullmatch(scope[1]) else ""
    return Refused(
        status=status,
        error=error[1] if error else _error_of(body),
        scope=shown,
        challenged=bool(challenge.strip()),
    )


def _error_of(body: bytes) -> str:
    """Return the short word for an error in a body: `{"error": "..."}` or `{"error": {"code": "..."}}`."""
    try:
        found = cast("object", json.loads(body))
    except (ValueError, RecursionError):
        return ""
    error = cast("dict[str, object]", found).get("error") if isinstance(found, dict) else None
    if isinstance(error, dict):
        error = cast("dict[str, object]", error).get("code")
    return error if isinstance(error, str) and _WORD.fullmatch(error) else ""


async def metadata_is_there(client: httpx.AsyncClient, url: str, *, seconds: float) -> bool:
    """Return whether the server says where to sign in to it."""
    import asyncio

    asked = [_tells(client, place, seconds) for place in places(url)]
    return any(await asyncio.gather(*asked))


def places(url: str) -> Iterator[str]:
    """Yield the addresses at which a server may say it."""
    parts = urlsplit(url)
    origin, path = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", parts.path.rstrip("/")
    for name in ("oauth-protected-resource", "oauth-authorization-server"):
        yield f"{origin}/.well-known/{name}"
        if path:
            yield f"{origin}/.well-known/{name}{path}"
    if path:
        yield f"{origin}{path}/.well-known/oauth-protected-resource"
    yield f"{origin}/.well-known/openid-configuration{path}"
    yield f"{origin}{path}/.well-known/openid-configuration"


async def _tells(client: httpx.AsyncClient, place: str, seconds: float) -> bool:
    import httpx

    try:
        answer = await client.get(place, headers={"Accept": "application/json"}, timeout=seconds)
        found = cast("object", answer.json()) if answer.status_code == OK else None
    except (httpx.HTTPError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and any(key in found for key in TELLS)
