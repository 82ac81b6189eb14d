"""What the sign-in service says where it does not give what was asked for, and what that is a sign of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.journal import Answer

TRY_LATER: Final = "Try again in a few minutes; your sign-in is as it was."
ELSEWHERE: Final = "Use Codex from a place and a network where it is offered."
OTHER_NETWORK: Final = "Try from another network; your sign-in is as it was."

OF_TOKENS: Final[Mapping[str, str]] = {
    "refresh_token_expired": "refresh-token-expired",
    "refresh_token_reused": "refresh-token-reused",
    "refresh_token_invalidated": "refresh-token-revoked",
}
"""Codes that end a refresh token at any status, and the problem that each is."""

_TELLABLE: Final = frozenset(
    {*OF_TOKENS, "invalid_grant", "invalid_refresh_token", "app_session_terminated"}
    | {"unsupported_country_region_territory", "token_expired", "token_invalidated"}
    | {"access_denied", "expired_token", "invalid_client", "invalid_request", "unauthorized_client"}
)
"""Codes that may be repeated: anything else comes from outside and may be anything."""

_TOO_MANY: Final = 429
_FORBIDDEN: Final = 403
_OF_REDIRECTION: Final = range(300, 400)
_OF_SERVER: Final = range(500, 600)


def seen(answer: Answer) -> str:
    """Return in words what the service answered, with its code where that may be repeated."""
    code = error_code(in_json(answer.body))
    return f"the service answered {answer.status}" + (f" {code}" if code in _TELLABLE else "")


def error_code(said: object) -> str:
    """Return the code of an error in small letters, empty where there is none.

    It is looked for where Codex does: in `error` as an object, `error` as text, then at the top.
    """
    members = _mapping(said)
    error = members.get("error")
    places = (_mapping(error).get("code"), error, members.get("code"))
    return next((one.lower() for one in places if isinstance(one, str)), "")


def passing(answer: Answer) -> tuple[str | None, str]:
    """Return the problem of a refusal that may pass, None where none fits, and what to do about it."""
    cases: tuple[tuple[bool, str, str], ...] = (
        (_is_of_a_country(answer.body), "region-blocked", ELSEWHERE),
        (answer.status == _TOO_MANY, "rate-limited-429", TRY_LATER),
        (answer.status == _FORBIDDEN and is_page(answer.body), "cloudflare-challenge-403", OTHER_NETWORK),
        (answer.status in _OF_REDIRECTION, "captive-portal", OTHER_NETWORK),
        (answer.status in _OF_SERVER, "service-unavailable", TRY_LATER),
    )
    return next(((problem, advice) for true, problem, advice in cases if true), (None, TRY_LATER))


def in_json(body: bytes) -> object:
    """Return what *body* says as JSON, None where it is none."""
    try:
        return cast("object", json.loads(body))
    except (ValueError, RecursionError):
        return None


def in_members(body: bytes) -> Mapping[str, object]:
    """Return the members of the JSON object in *body*, none where it holds something else."""
    return _mapping(in_json(body))


def is_page(body: bytes) -> bool:
    """Return whether *body* is a page for people."""
    return body.lstrip()[:1] == b"<"


def _is_of_a_country(body: bytes) -> bool:
    return error_code(in_json(body)) == "unsupported_country_region_territory"


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
