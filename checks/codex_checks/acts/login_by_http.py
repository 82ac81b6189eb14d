"""Come by a sign-in without Codex: the device flow over HTTP, whose answer is written down as it comes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from codex_checks.acts.content import stamp
from codex_checks.acts.errors import NotSignedIn, SendError
from codex_checks.acts.login import Obtained
from codex_checks.acts.login_answer import RESTRICTED, Judgement, Kind, judge
from codex_checks.acts.refusals import ELSEWHERE, TRY_LATER

if TYPE_CHECKING:
    from codex_checks.acts.device_flow import DeviceFlow
    from codex_checks.acts.device_grant import Grant
    from codex_checks.acts.journal import Entry
    from codex_checks.acts.login import Obtain
    from codex_checks.acts.login_answer import Terms
    from codex_checks.acts.store import CredentialStore

MOST_EXCHANGES: Final = 3
PAUSE: Final = 2.0
"""Tries to exchange a grant, and seconds between two: it is good for minutes, and a hitch ends sooner."""

_OF_SUCCESS: Final = range(200, 300)


def by_http(flow: DeviceFlow, terms: Terms) -> Obtain:
    """Return the way that leads through *flow*."""

    def obtain(store: CredentialStore, entry: Entry) -> Obtained:
        grant = flow.grant(flow.code())
        for _ in range(MOST_EXCHANGES - 1):
            try:
                return _exchanged(flow, grant, store, entry, terms)
            except NotSignedIn as failure:
                if not failure.passing:
                    raise
            flow.attending.sleep(PAUSE)
        return _exchanged(flow, grant, store, entry, terms)

    return obtain


def _exchanged(
    flow: DeviceFlow, grant: Grant, store: CredentialStore, entry: Entry, terms: Terms
) -> Obtained:
    """Exchange *grant* for tokens, once.

    :raises NotSignedIn: none came that Codex could use; where *kept* is set, they are in the journal.
    """
    try:
        answer = flow.exchange(grant)
    except SendError as error:
        raise NotSignedIn(error.problem, error.words, next_step=TRY_LATER, passing=True) from None
    if answer.status in _OF_SUCCESS:
        with contextlib.suppress(OSError):  # storing the tokens themselves is then all the more urgent
            entry = store.journal.answered(entry, answer)
    judged = judge(answer, terms, keep=store.keep, stamp=stamp())
    if judged.replacement is not None:
        return Obtained(entry=entry, replacement=judged.replacement)
    passing = judged.kind is Kind.PASSING
    failure = NotSignedIn(judged.problem, judged.words, next_step=_next_step(judged), passing=passing)
    failure.kept = judged.kind is Kind.UNREADABLE and entry.answer is not None
    raise failure


def _next_step(judged: Judgement) -> str:
    if judged.problem == "region-blocked":
        return ELSEWHERE
    if judged.problem == RESTRICTED:
        return "Sign in again, and choose the workspace that the settings allow."
    return TRY_LATER if judged.kind is Kind.PASSING else "Try again; your sign-in is as it was."
