"""What the service says to a renewal, judged as Codex 0.169.0 judges it (codex-auth 2.1 and 2.3)."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.acts.content import Renewal
from codex_checks.acts.refusals import OF_TOKENS, OTHER_NETWORK, error_code, in_json, is_page, passing, seen
from codex_checks.auth.document import Fault
from codex_checks.auth.parse import parse
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.journal import Answer
    from codex_checks.auth.document import Keep


class Kind(StrEnum):
    """What an answer means for the stored sign-in."""

    RENEWED = "renewed"
    PERMANENT = "permanent"
    """This refresh token will never be taken again."""
    TRANSIENT = "transient"
    """The same refresh token may be taken later."""
    UNREADABLE = "unreadable"
    """There are new tokens in it, and it cannot be read: the old refresh token may be spent."""


class Judgement(Struct, frozen=True, kw_only=True):
    """What an answer means, the name of its problem, what was seen and what to do next.

    *renewal* is set where the sign-in was renewed. An id token that cannot be read is left out of it,
    so that the old one stays: Codex would refuse the whole file, and the new refresh token with it.
    """

    kind: Kind
    problem: str | None = None
    words: str = ""
    next_step: str = ""
    renewal: Renewal | None = None


SIGN_IN_AGAIN: Final = "Sign in again."
ONCE_MORE: Final = "Try again once; if that is refused too, sign in again."

_UNAUTHORIZED: Final = 401
_BAD_REQUEST: Final = 400
_OF_SUCCESS: Final = range(200, 300)


def judge(answer: Answer, *, keep: Keep, stamp: str) -> Judgement:
    """Return what *answer* means. Never raises. *stamp* is when it came, as Codex writes it."""
    said = in_json(answer.body)
    if answer.status in _OF_SUCCESS:
        return _success(answer, said, keep=keep, stamp=stamp)
    code, words = error_code(said), seen(answer)
    if code in OF_TOKENS:
        return _permanent(OF_TOKENS[code], words)
    if answer.status == _UNAUTHORIZED or (answer.status == _BAD_REQUEST and code == "invalid_grant"):
        return _permanent("refresh-token-unknown", words)
    problem, next_step = passing(answer)
    if problem is None and code in _DOUBTFUL:
        problem, next_step = "refresh-token-unknown", ONCE_MORE
    return Judgement(kind=Kind.TRANSIENT, problem=problem, words=words, next_step=next_step)


_DOUBTFUL: Final = ("invalid_refresh_token", "app_session_terminated")
"""Codes that Codex takes for something that may pass, and that hardly ever does (codex-auth 2.3)."""


def _success(answer: Answer, said: object, *, keep: Keep, stamp: str) -> Judgement:
    tokens = _tokens(said)
    if tokens is None:
        page = is_page(answer.body)
        return Judgement(
            kind=Kind.UNREADABLE if b"_token" in answer.body and not page else Kind.TRANSIENT,
            problem="auth-service-html" if page else None,
            words=f"the service answered {answer.status} with "
            + ("a web page" if page else "something that cannot be read"),
            next_step=OTHER_NETWORK if page else ONCE_MORE,
        )
    secrets = {name: keep(token) for name, token in tokens.items()}
    return Judgement(kind=Kind.RENEWED, renewal=Renewal(tokens=secrets, last_refresh=stamp))


def _tokens(said: object) -> dict[str, str] | None:
    """Return the tokens that are to be stored, None where the answer has not the agreed form."""
    if not isinstance(said, dict):
        return None
    members = cast("Mapping[str, object]", said)
    given = {name: members.get(name) for name in ("id_token", "access_token", "refresh_token")}
    if not isinstance(given["access_token"], str | None) or not isinstance(
        given["refresh_token"], str | None
    ):
        return None
    found = {name: token for name, token in given.items() if isinstance(token, str) and token}
    if "id_token" in found and not _codex_reads(found["id_token"]):
        del found["id_token"]
    return found


def _codex_reads(id_token: str) -> bool:
    tokens = {"id_token": id_token, "access_token": "", "refresh_token": ""}
    return not isinstance(parse(json.dumps({"tokens": tokens}).encode(), _unkept), Fault)


def _unkept(_: str) -> Secret:
    return Secret("")


def _permanent(problem: str, words: str) -> Judgement:
    return Judgement(kind=Kind.PERMANENT, problem=problem, words=words, next_step=SIGN_IN_AGAIN)
