"""What Codex's own words for a sign-in that failed mean (codex-auth 3.3 and 5.4)."""

from __future__ import annotations

import re
from typing import Final

from codex_checks.acts.device_flow import LIFETIME, LIMITED, ran_out
from codex_checks.acts.errors import NotSignedIn
from codex_checks.acts.login_answer import RESTRICTED, restricted
from codex_checks.acts.refusals import ELSEWHERE, TRY_LATER

AGAIN: Final = "Try again; your sign-in is as it was."
_NOT_COMPLETED: Final = "login-not-completed"

_POLLED: Final = re.compile(r"device auth failed with status (\d{3})")
_EXCHANGED: Final = re.compile(r"token endpoint returned status (\d{3})")
_OF_A_COUNTRY: Final = re.compile(r"unsupported_country|[Cc]ountry, region, or territory")
_UNREADABLE: Final = re.compile(r"response is invalid|error decoding|[Ii][Dd] token")
_UNREACHABLE: Final = re.compile(r"error sending request")

_TOO_MANY: Final = 429
_OF_SERVER: Final = range(500, 600)


def meaning(complaint: str | None, workspaces: tuple[str, ...]) -> NotSignedIn:
    """Return what it means that nobody is signed in and Codex says *complaint*.

    Its words are not repeated: they may hold what the service said. *workspaces* are those that the
    settings allow.
    """
    said = complaint or ""
    if "restricted to workspace" in said:
        return NotSignedIn(RESTRICTED, restricted(workspaces), next_step=_CHOOSE)
    if "timed out after" in said:
        return ran_out(LIFETIME)
    if _OF_A_COUNTRY.search(said):
        return NotSignedIn("region-blocked", "the service is not offered here", next_step=ELSEWHERE)
    if polled := _POLLED.search(said):
        return _of_status(int(polled[1]))
    words, passing = "Codex did not complete it", False
    if exchanged := _EXCHANGED.search(said):
        words = f"the service answered {exchanged[1]} when it was asked for the tokens"
        passing = int(exchanged[1]) in _OF_SERVER
    elif _UNREADABLE.search(said):
        words = "the service answered with something that Codex could not use"
    elif _UNREACHABLE.search(said):
        words, passing = "Codex could not reach the service any more", True
    return NotSignedIn(_NOT_COMPLETED, words, next_step=TRY_LATER if passing else AGAIN, passing=passing)


_CHOOSE: Final = "Sign in again, and choose the workspace that the settings allow."


def _of_status(status: int) -> NotSignedIn:
    """Return what it means that the service answered *status* when Codex asked whether the code was entered.

    Codex says nothing of the answer but this; a refusal is the only one that was ever seen.
    """
    words = f"the service answered {status} when it was asked whether the code was entered"
    if status == _TOO_MANY:
        return NotSignedIn(LIMITED, words, next_step=TRY_LATER, passing=True)
    if status in _OF_SERVER:
        return NotSignedIn("service-unavailable", words, next_step=TRY_LATER, passing=True)
    return NotSignedIn("login-access-denied", words, next_step=AGAIN)
