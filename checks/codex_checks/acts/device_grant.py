"""Whether the user has entered the device code, as the service tells it (codex-auth 3.1 and 3.3)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.refusals import error_code, in_json, in_members, is_page, passing, seen
from codex_doctor.redact import Secret  # noqa: TC001 - beside the fact that holds it

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.journal import Answer
    from codex_checks.auth.document import Keep

_OF_SUCCESS: Final = range(200, 300)
_OF_SERVER: Final = range(500, 600)


class Step(StrEnum):
    """What an answer says of the code."""

    PENDING = "pending"
    """Nobody has entered it yet."""
    SLOWER = "slower"
    """The same, and we ask too often."""
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"
    STUMBLED = "stumbled"
    """The service cannot answer now, and may a little later."""
    REFUSED = "refused"
    """There will be no other answer."""


class Grant(Struct, frozen=True, kw_only=True):
    """What is exchanged for the tokens, once. The service makes the *verifier* itself."""

    code: Secret
    verifier: Secret


class Judgement(Struct, frozen=True, kw_only=True):
    """What an answer says, the name of its problem (None where none fits), and what was seen."""

    step: Step
    problem: str | None = None
    words: str = ""
    grant: Grant | None = None


def judge(answer: Answer, *, keep: Keep) -> Judgement:
    """Return what *answer* says of the code. Never raises.

    Codex takes every 403 and 404 for "not yet", and gives up at anything else; the words of RFC 8628
    (3.5) are understood too.
    """
    if answer.status in _OF_SUCCESS:
        return _granted(answer, keep)
    code = error_code(in_json(answer.body))
    if code in _SAID:
        step, problem = _SAID[code]
        return Judgement(step=step, problem=problem, words=seen(answer))
    problem, _ = passing(answer)
    step = Step.REFUSED if problem == "region-blocked" else _BY_STATUS.get(answer.status, Step.REFUSED)
    if answer.status in _OF_SERVER:
        step = Step.STUMBLED
    named = problem or ("login-not-completed" if step is Step.REFUSED else None)
    return Judgement(step=step, problem=named, words=seen(answer))


_BY_STATUS: Final = {403: Step.PENDING, 404: Step.PENDING, 429: Step.SLOWER}

_SAID: Final[Mapping[str, tuple[Step, str | None]]] = {
    "authorization_pending": (Step.PENDING, None),
    "slow_down": (Step.SLOWER, None),
    "access_denied": (Step.DENIED, "login-access-denied"),
    "expired_token": (Step.EXPIRED, "device-code-expired"),
}


def _granted(answer: Answer, keep: Keep) -> Judgement:
    members = in_members(answer.body)
    code, verifier = members.get("authorization_code"), members.get("code_verifier")
    if isinstance(code, str) and isinstance(verifier, str) and code:
        return Judgement(step=Step.GRANTED, grant=Grant(code=keep(code), verifier=keep(verifier)))
    page = is_page(answer.body)
    what = "a web page" if page else "something that cannot be read"
    return Judgement(
        step=Step.REFUSED,
        problem="auth-service-html" if page else "login-not-completed",
        words=f"the service answered {answer.status} with {what}",
    )
