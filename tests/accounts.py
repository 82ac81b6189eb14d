"""Answers of the service for the tests of checks: what a probe would have heard on such a machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from codex_checks.account.credential import credential, question
from codex_checks.account.gates import Judged, judged
from codex_checks.account.session import Session, heard
from codex_doctor.dial import Answer
from codex_doctor.redact import Redactor
from signins import login
from tokens import ACCESS_TOKEN_PAT, API_KEY, NOW, api_key_login, chatgpt_login

if TYPE_CHECKING:
    from collections.abc import Mapping

CHATGPT: Final = chatgpt_login()
KEY: Final = api_key_login()
PERSONAL: Final = {"OPENAI_API_KEY": None, "personal_access_token": ACCESS_TOKEN_PAT}


def unsent(content: object = None, *, variables: Mapping[str, str] | None = None) -> Session:
    """Return what is known before the service is asked; *content* is that of auth.json."""
    found = login(CHATGPT if content is None else content, variables=variables)
    held = credential(found)
    asked = question(held, {}, None)
    return Session(
        login=found, held=held, host=asked.host, url=asked.url, subjects=asked.subjects, examined=NOW
    )


def session(
    status: int = 200,
    body: object = b"",
    *,
    content: object = None,
    headers: Mapping[str, str] | None = None,
    known: tuple[str, ...] = (API_KEY,),
) -> Session:
    """Return what is known after the answer; *body* is bytes or becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {} if isinstance(body, bytes) else {"content-type": "application/json"}
    answer = Answer(status=status, headers={**kind, **(headers or {})}, body=raw)
    return heard(answer, unsent(content), redactor=Redactor(known=known))


def answer(status: int = 200, body: object = b"", **more: Any) -> Judged:  # noqa: ANN401 - as for session
    """Return the same with what the table says of it."""
    return judged(session(status, body, **more))


def error(code: str | None = None, message: str = "", kind: str | None = None) -> dict[str, Any]:
    """Return a body in the form of OpenAI's errors."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def window(used: float, *, hours: float = 5, resets: float = 600) -> dict[str, Any]:
    """Return a window of a limit, as `wham/usage` tells it; *resets* is in seconds from now."""
    return {
        "used_percent": used,
        "limit_window_seconds": int(hours * 3600),
        "reset_after_seconds": int(resets),
        "reset_at": int(NOW + resets),
    }


def usage(
    primary: float = 12,
    *,
    reached: bool | None = None,
    secondary: float | None = None,
    **more: Any,  # noqa: ANN401 - JSON
) -> dict[str, Any]:
    """Return an answer to `wham/usage`."""
    hit = primary >= 100 if reached is None else reached
    return {
        "plan_type": "plus",
        "account_id": "acc-1",
        "rate_limit": {
            "allowed": not hit,
            "limit_reached": hit,
            "primary_window": window(primary),
            "secondary_window": None if secondary is None else window(secondary, hours=168, resets=180_000),
        },
        "additional_rate_limits": None,
        "credits": None,
        **more,
    }
