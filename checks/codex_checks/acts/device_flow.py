"""Get a device code, have the user enter it, and come back with what is exchanged for tokens.

What Codex does (codex-auth 3.1), with limits that it lacks: no question waits without end, none is asked
without a pause, and a moment's trouble of the service or the network does not end it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.device_answer import LONGEST, DeviceCode, Kind, device_code
from codex_checks.acts.device_answer import judge as judge_code
from codex_checks.acts.device_grant import Judgement, Step
from codex_checks.acts.device_grant import judge as judge_grant
from codex_checks.acts.device_request import Issuer, code_request, exchange_request, grant_request
from codex_checks.acts.errors import NotSignedIn, SendError
from codex_checks.acts.events import DeviceCode as CodeEvent
from codex_checks.acts.refusals import ELSEWHERE, OTHER_NETWORK, TRY_LATER
from codex_checks.moments import stamp

if TYPE_CHECKING:
    from codex_checks.acts.attending import Attending
    from codex_checks.acts.device_answer import Judgement as CodeJudgement
    from codex_checks.acts.device_grant import Grant
    from codex_checks.acts.journal import Answer
    from codex_checks.acts.refresh_request import Request
    from codex_checks.acts.sending import Send
    from codex_checks.auth.document import Keep

LIFETIME: Final = 15 * 60.0
"""Seconds for which a code is good; the service does not say (codex-auth 3.1: Codex gives up after 900)."""

LIMITED: Final = "device-auth-rate-limited"
LIMITED_FOR: Final = 60.0
"""Seconds to wait where the service does not say how long it wants to be left alone."""

LONGEST_LIMIT: Final = 300.0
"""Seconds: whoever is told to wait longer had better come back later."""

MOST_LIMITS: Final = 2
"""How often it is waited for the service to be ready to give a code."""

SLOWER: Final = 5.0
"""Seconds that each complaint adds to the pause between two questions (RFC 8628, 3.5)."""

MOST_STUMBLES: Final = 5
"""Questions in a row that may go without a good answer: more is no moment's trouble."""

EXPIRED: Final = "device-code-expired"


class DeviceFlow(Struct, frozen=True, kw_only=True):
    """Sign in with a code at *issuer*, to whom *send* leads, before *until*, an instant of `passed`."""

    issuer: Issuer
    send: Send
    keep: Keep
    attending: Attending
    until: float

    def code(self) -> DeviceCode:
        """Return a code that the service gave.

        :raises NotSignedIn: it gives none; the problem says why.
        :raises SendError: it could not be asked.
        :raises CalledOff: the act was called off.
        """
        request, attending = code_request(self.issuer), self.attending
        for waited in range(MOST_LIMITS + 1):
            answer = attending.during(lambda: self.send(request))
            found = device_code(answer.body, self.keep) if answer.status in _OF_SUCCESS else None
            if isinstance(found, DeviceCode):
                return found
            judged = judge_code(answer.status, answer.body, keep=self.keep)
            if judged.kind is not Kind.RATE_LIMITED:
                raise _no_code(judged)
            pause = LIMITED_FOR if answer.retry_after is None else answer.retry_after
            ready = attending.passed() + pause
            if waited == MOST_LIMITS or pause > LONGEST_LIMIT or ready > self.until:
                words = f"the service answered 429, and wants to be left alone for {pause:.0f} s"
                raise NotSignedIn(LIMITED, words, next_step=_LATER, passing=True)
            attending.wait(pause, until=ready, name=LIMITED)
        raise AssertionError  # the last round returns or raises

    def grant(self, code: DeviceCode) -> Grant:
        """Tell the user of *code*, and return what the service gives once it was entered.

        :raises NotSignedIn: it was not entered in time, or refused; the problem says which.
        :raises CalledOff: the act was called off.
        """
        attending, began = self.attending, self.attending.passed()
        until = min(self.until, began + LIFETIME)
        attending.tell(
            CodeEvent(
                verification_url=self.issuer.page,
                user_code=code.user_code.reveal(),
                expires_at=stamp(attending.now() + until - began),
            )
        )
        pause, stumbles, request = code.interval, 0, grant_request(self.issuer, code)
        while True:
            judged = attending.during(lambda: self._asked(request), until=until)
            if judged.grant is not None:
                return judged.grant
            stumbles = stumbles + 1 if judged.step is Step.STUMBLED else 0
            if judged.step in _FINAL or stumbles == MOST_STUMBLES:
                raise _not_granted(judged)
            if judged.step is Step.SLOWER:
                pause = min(pause + SLOWER, LONGEST)
            left = until - attending.passed()
            if left <= 0:
                raise ran_out(until - began, judged.problem or EXPIRED)
            attending.wait(min(pause, left), until=until)

    def exchange(self, grant: Grant) -> Answer:
        """Return what the service answers when *grant* is exchanged for tokens.

        It is not called off: whoever went away from the answer would lose it.

        :raises SendError: there is no answer.
        """
        return self.send(exchange_request(self.issuer, grant))

    def _asked(self, request: Request) -> Judgement:
        try:
            return judge_grant(self.send(request), keep=self.keep)
        except SendError as error:
            return Judgement(step=Step.STUMBLED, problem=error.problem, words=error.words)


_FINAL: Final = (Step.DENIED, Step.EXPIRED, Step.REFUSED)
_OF_SUCCESS: Final = range(200, 300)

_LATER: Final = "Wait until then before you try again, and stop whatever asks for codes in a loop."
_ANOTHER: Final = "Sign in again, and enter the new code before it runs out."
_AGAIN: Final = "Try again; your sign-in is as it was."


def _no_code(judged: CodeJudgement) -> NotSignedIn:
    problem, next_step = _WITHOUT_CODE[judged.kind]
    words = f"the service answered {judged.words} when it was asked for a code"
    passing = judged.kind is Kind.NO_CODE and (judged.status or 0) >= _SERVER_ERROR
    return NotSignedIn(problem, words, next_step=next_step, passing=passing)


_SERVER_ERROR: Final = 500

_SWITCH_ON: Final = (
    "Switch device codes on in ChatGPT: for an account of your own under Settings, Security; in a workspace "
    "its administrator does. `codex login` signs in with a browser, but deletes the old sign-in first."
)

_WITHOUT_CODE: Final = {
    Kind.DISABLED: ("device-auth-disabled", _SWITCH_ON),
    Kind.REGION_BLOCKED: ("region-blocked", ELSEWHERE),
    Kind.NO_CODE: ("device-code-not-returned", OTHER_NETWORK),
    Kind.CODE: ("device-code-not-returned", OTHER_NETWORK),
}
"""What is wrong and what to do, by what came in the place of a code; the last where it cannot be shown."""


def _not_granted(judged: Judgement) -> NotSignedIn:
    steps = {Step.EXPIRED: _ANOTHER, Step.STUMBLED: TRY_LATER}
    passing = judged.step is Step.STUMBLED
    next_step = ELSEWHERE if judged.problem == "region-blocked" else steps.get(judged.step, _AGAIN)
    return NotSignedIn(judged.problem, judged.words, next_step=next_step, passing=passing)


def ran_out(seconds: float, problem: str = EXPIRED) -> NotSignedIn:
    """Return that nobody entered the code within *seconds*; *problem* says why, where it was seen."""
    span = f"{seconds / 60:.0f} minutes" if seconds > 2 * 60 else f"{seconds:.0f} s"
    return NotSignedIn(problem, f"the code was not entered within {span}", next_step=_ANOTHER)
