"""What is known of renewals is judged: what the service answered, what Codex recorded, what was left."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from codex_checks.acts.ending import Ending
from codex_checks.problems import renewal as p
from codex_checks.problems.service import REGION_BLOCKED
from codex_checks.renewal.refresh_check import NOT_PROVEN, Renewing, refresh_works, renewing
from codex_checks.renewal.traces import Interrupted, about_renewals
from codex_checks.renewal.trying import Tried
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.fix import Act
from codex_doctor.model import Severity
from engine import context
from renewals import REUSED, recorded, seen, traces
from tokens import DAY, NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_checks.renewal.traces import Traces
    from codex_doctor.context import Context

gate = cast("Callable[[Context, Traces, Tried | None], Renewing]", renewing.read)

HOST = "auth.openai.com"
STARTED = float(NOW - 3600)


def test_where_nothing_tells_it_says_how_to_prove_it() -> None:
    with pytest.raises(NotApplicable) as raised:
        refresh_works(Renewing(traces=traces()))

    assert raised.value.reason == "not proven; run `codex-doctor check auth.refresh-works --live`"
    assert raised.value.reason == NOT_PROVEN


def test_what_codex_recorded_since_the_last_renewal_is_the_finding() -> None:
    known = traces(recorded=(seen("refresh-token-reused", times=3, ago=2 * 3600 + 60),))

    (finding,) = refresh_works(Renewing(traces=known))

    assert finding.problem is p.REFRESH_TOKEN_REUSED
    assert finding.detail == "Codex recorded it 3 times, last 2 hours ago, after the last renewal"
    assert finding.evidence["recorded"] == REUSED
    assert finding.evidence["times"] == 3
    assert finding.evidence["last_refresh"] == "2026-11-19T09:05:10Z"
    assert finding.fix is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (REUSED, "refresh-token-reused"),
        (REUSED.replace("was already used", "has expired"), "refresh-token-expired"),
        (REUSED.replace("was already used", "was revoked"), "refresh-token-revoked"),
        (
            "Your access token could not be refreshed. Please log out and sign in again.",
            "refresh-token-unknown",
        ),
        (
            (
                "Your access token could not be refreshed because you have since logged out or signed in to "
                "another account. Please sign in again."
            ),
            "refresh-token-account-changed",
        ),
    ],
)
def test_each_of_the_texts_of_codex_is_known(text: str, problem: str) -> None:
    (one,) = about_renewals(recorded((text, 600)), since=NOW - DAY)

    assert one.problem == problem


def test_what_was_recorded_before_the_last_renewal_is_over() -> None:
    records = recorded((REUSED, 2 * DAY), ("unexpected status 503", 60))

    assert about_renewals(records, since=NOW - DAY) == ()


def test_the_exact_record_stands_before_the_vague_one() -> None:
    vague = "Your access token could not be refreshed. Please log out and sign in again."

    found = about_renewals(recorded((vague, 60), (REUSED, 6000)), since=NOW - DAY)

    assert [one.problem for one in found] == ["refresh-token-reused", "refresh-token-unknown"]


def test_another_account_in_a_running_codex_needs_no_new_sign_in() -> None:
    known = traces(recorded=(seen("refresh-token-account-changed"),))

    (finding,) = refresh_works(Renewing(traces=known))

    assert (finding.problem, finding.fix) == (p.REFRESH_TOKEN_ACCOUNT_CHANGED, None)


@pytest.mark.parametrize(
    ("left", "severity", "words"),
    [
        (Interrupted(act="refresh", started=STARTED), Severity.WARNING, "its token may be used up"),
        (Interrupted(act="login", started=STARTED), Severity.NOTE, "came to nothing"),
        (
            Interrupted(act="refresh", started=STARTED, answered=True),
            Severity.WARNING,
            "the new tokens still wait to be stored",
        ),
        (
            Interrupted(act="login", started=STARTED, answered=True, stored=True),
            Severity.NOTE,
            "is stored, and only a note of it is left to remove",
        ),
        (
            Interrupted(act="import", started=STARTED, answered=True),
            Severity.WARNING,
            "An import that began at 2026-11-20 08:05 UTC was cut off, and is yet to be stored",
        ),
        (Interrupted(act="logout", started=STARTED), Severity.NOTE, "A sign-out that began"),
        (
            Interrupted(act="logout", started=STARTED, stored=True),
            Severity.NOTE,
            "is done here, and the service may not know it yet",
        ),
        (
            Interrupted(act="refresh", started=STARTED, answered=True, superseded=True),
            Severity.NOTE,
            "was overtaken by another sign-in",
        ),
    ],
)
def test_what_was_interrupted_is_reported_as_grave_as_it_is(
    left: Interrupted, severity: Severity, words: str
) -> None:
    (finding,) = refresh_works(Renewing(traces=traces(interrupted=(left,))))

    assert (finding.problem.name, finding.problem.severity) == ("repair-interrupted", severity)
    assert words in finding.detail
    assert "began at 2026-11-20 08:05 UTC" in finding.detail
    assert finding.fix is not None
    assert [step.command for step in finding.fix.steps if isinstance(step, Act)] == ["codex-doctor refresh"]


def test_a_lock_that_is_held_is_reported() -> None:
    (finding,) = refresh_works(
        Renewing(traces=traces(lock="/c/auth.lock is locked, held by codex (process 7)"))
    )

    assert finding.problem is p.AUTH_LOCK_HELD
    assert finding.detail == "/c/auth.lock is locked, held by codex (process 7)"


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (Ending.RENEWED, f"{HOST} renewed it just now; the access token is good until 2026-11-21 09:05 UTC"),
        (
            Ending.ADOPTED,
            (
                "another program had renewed it just now, or an earlier attempt: nothing was sent; "
                "the access token is good until 2026-11-21 09:05 UTC"
            ),
        ),
    ],
)
def test_a_renewal_that_worked_says_until_when_whatever_was_recorded_before(
    ending: Ending, said: str
) -> None:
    known = traces(
        recorded=(seen("refresh-token-reused"),), interrupted=(Interrupted(act="refresh", started=STARTED),)
    )
    attempt = Tried(host=HOST, ending=ending, expires=NOW + DAY)

    assert refresh_works.conclude(Renewing(traces=known, tried=attempt)) == ((), said)


def test_an_end_beyond_the_calendar_is_said_all_the_same() -> None:
    attempt = Tried(host=HOST, ending=Ending.RENEWED, expires=10**18)

    findings, said = refresh_works.conclude(Renewing(traces=traces(), tried=attempt))

    assert findings == ()
    assert said.endswith("good until 9999-12-31 23:59 UTC")


def test_a_refusal_is_the_answer_and_what_was_recorded_adds_nothing() -> None:
    attempt = Tried(
        host=HOST,
        ending=Ending.REFUSED,
        problem="refresh-token-revoked",
        words="the service answered 401 refresh_token_invalidated",
        next_step="Sign in again.",
    )

    (finding,) = refresh_works(
        Renewing(traces=traces(recorded=(seen("refresh-token-reused"),)), tried=attempt)
    )

    assert finding.problem is p.REFRESH_TOKEN_REVOKED
    assert finding.detail == f"{HOST}: the service answered 401 refresh_token_invalidated"
    assert finding.fix is not None


def test_what_passes_says_to_try_again_and_leaves_the_records_to_tell() -> None:
    attempt = Tried(
        host=HOST,
        ending=Ending.POSTPONED,
        problem="service-unavailable",
        words="the service answered 503",
        next_step="Try again in a few minutes; your sign-in is as it was.",
    )

    passing, told = refresh_works(
        Renewing(traces=traces(recorded=(seen("refresh-token-reused"),)), tried=attempt)
    )

    assert (passing.problem, passing.problem.severity) == (p.REFRESH_FAILED_FOR_NOW, Severity.WARNING)
    assert passing.advice == "Try again in a few minutes; your sign-in is as it was."
    assert passing.evidence["sign_of"] == "service-unavailable"
    assert passing.subjects == {HOST}
    assert told.problem is p.REFRESH_TOKEN_REUSED


def test_a_country_that_is_not_served_is_named() -> None:
    attempt = Tried(
        host=HOST, ending=Ending.POSTPONED, problem="region-blocked", words="the service answered 403"
    )

    (finding,) = refresh_works(Renewing(traces=traces(), tried=attempt))

    assert finding.problem is REGION_BLOCKED


def test_tokens_that_came_and_could_not_be_stored_are_not_forgotten() -> None:
    attempt = Tried(host=HOST, problem="disk-full", words="/c/auth.json cannot be written", kept=True)

    (finding,) = refresh_works(Renewing(traces=traces(), tried=attempt))

    assert finding.problem is p.REPAIR_INTERRUPTED
    assert finding.detail == "New tokens came and could not be stored: /c/auth.json cannot be written"


def test_what_was_cut_off_before_is_finished_by_a_renewal_even_one_that_failed() -> None:
    left = Interrupted(act="refresh", started=STARTED, answered=True)
    attempt = Tried(host=HOST, ending=Ending.POSTPONED, words="the service answered 503")

    (finding,) = refresh_works(Renewing(traces=traces(interrupted=(left,)), tried=attempt))

    assert finding.problem is p.REFRESH_FAILED_FOR_NOW


@pytest.mark.parametrize(
    ("known", "attempt"),
    [
        (traces(), None),
        (traces(obstacle="it is read-only", lock="/c/auth.lock is locked"), None),
        (traces(), Tried(host=HOST, words="/c/auth.json cannot be written", kept=True)),
    ],
    ids=["nothing in the way", "something is found", "tokens wait"],
)
def test_what_there_is_to_judge_is_judged(known: Traces, attempt: Tried | None) -> None:
    assert gate(context(), known, attempt) == Renewing(traces=known, tried=attempt)


@pytest.mark.parametrize(
    ("known", "attempt", "words"),
    [
        (traces(obstacle="it is read-only"), None, "it is read-only"),
        (traces(), Tried(host=HOST, problem="disk-full", words="the disk is full"), "the disk is full"),
    ],
)
def test_what_keeps_a_renewal_from_being_saved_keeps_it_from_being_judged(
    known: Traces, attempt: Tried | None, words: str
) -> None:
    with pytest.raises(Unavailable) as raised:
        gate(context(), known, attempt)

    assert raised.value.reason == f"nothing was sent: {words}"


def test_a_lock_that_kept_the_renewal_back_is_the_finding_and_nothing_was_sent() -> None:
    attempt = Tried(host=HOST, problem="auth-lock-held", words="/c/auth.lock is locked")

    (finding,) = refresh_works(Renewing(traces=traces(lock="/c/auth.lock is locked"), tried=attempt))

    assert finding.problem is p.AUTH_LOCK_HELD
    assert finding.detail == "/c/auth.lock is locked: nothing was sent"
