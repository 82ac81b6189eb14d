"""Tokens and sign-ins of machines that do not exist. Nothing here was ever issued by anyone."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW: Final = 1_795_165_510
"""2026-11-20 09:05:10 UTC, in seconds since the epoch: when the machines of the tests are examined."""

HOUR: Final = 3600
DAY: Final = 24 * HOUR

ACCOUNT: Final = "7f3c2b1a-0000-4000-8000-00000000acc1"
REFRESH_TOKEN: Final = "rt_test-refresh-token-that-nobody-issued"
API_KEY: Final = "sk-proj-test-key-that-nobody-issued-0000"
ACCESS_TOKEN_PAT: Final = "at-test-personal-access-token-0000000000"


def jwt(claims: Mapping[str, Any] | bytes) -> str:
    """Return an unsigned token with *claims* as its payload; bytes stand there as they are."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return ".".join((base64url(b'{"alg":"none","typ":"JWT"}'), base64url(payload), "c2lnbmF0dXJl"))


def base64url(content: bytes) -> str:
    """Return *content* as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def id_token(*, plan: str = "plus", account: str | None = ACCOUNT) -> str:
    """Return an id token such as the service gives at sign-in."""
    return jwt(
        {
            "email": "somebody@example.com",
            "exp": NOW - DAY,  # Codex does not look at it
            "https://api.openai.com/auth": {
                "chatgpt_plan_type": plan,
                "chatgpt_user_id": "user-test",
                "chatgpt_account_id": account,
            },
        }
    )


def access_token(*, expires: float = NOW + 10 * DAY) -> str:
    """Return an access token that ends at *expires*, in seconds since the epoch."""
    return jwt({"exp": int(expires), "scp": ["openid"]})


def chatgpt_login(
    *,
    expires: float = NOW + 10 * DAY,
    refreshed: float = NOW - DAY,
    **tokens: Any,  # noqa: ANN401 - any JSON value, wrong ones too
) -> dict[str, Any]:
    """Return an auth.json as `codex login` leaves it; *tokens* replaces members of its tokens."""
    return {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": {
            "id_token": id_token(),
            "access_token": access_token(expires=expires),
            "refresh_token": REFRESH_TOKEN,
            "oauth_provenance": {"issuer": "https://auth.openai.com", "client_id": "app_test"},
            "login_owner_id": "0" * 43,
            "account_id": ACCOUNT,
            **tokens,
        },
        "last_refresh": datetime.fromtimestamp(refreshed, UTC).isoformat().replace("+00:00", "Z"),
    }


def without(login: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """Return *login* without the member at *path*."""
    name, *rest = path
    copy = dict(login)
    if rest:
        copy[name] = without(copy[name], *rest)
    else:
        del copy[name]
    return copy


def api_key_login(key: str | None = API_KEY) -> dict[str, Any]:
    """Return an auth.json as `codex login --with-api-key` leaves it."""
    return {"auth_mode": "apikey", "OPENAI_API_KEY": key}


def as_file(login: object) -> bytes:
    """Return *login* as the bytes that Codex writes."""
    return json.dumps(login, indent=2).encode()
