"""What the service answered is judged: who was refused, why, how much is left, and what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from accounts import CHATGPT, KEY, PERSONAL, answer, error, session, unsent, usage
from codex_checks.account import checks, gates
from codex_checks.account.gates import Judged, judged
from codex_checks.auth.tokens import access_token_is_current
from codex_checks.network.hosts import Host, Service
from codex_checks.network.proxies import Choice
from codex_checks.network.reach import Reach, Visit
from codex_checks.problems import account as a
from codex_checks.problems import limits as u
from codex_checks.problems import service as s
from codex_checks.problems.signin import ACCESS_TOKEN_EXPIRED
from codex_checks.recorded.errors import RecordedError
from codex_checks.recorded.seen import Seen
from codex_checks.turns.failed import FailedTurns
from codex_doctor.dial import Answer, Attempt, Stage, Step, Target
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Severity
from engine import context
from signins import PATH, chatgpt
from tokens import API_KEY, HOUR, NOW, api_key_login, chatgpt_login

if TYPE_CHECKING:
    from codex_doctor.probe import Probe


def _through(gate: Probe[Any], fact: object) -> Any:  # noqa: ANN401 - whatever the gate lets through
    async def read() -> Any:  # noqa: ANN401 - the same
        return await gate.read(context(), fact)

    return asyncio.run(read())


def _reach(status: int, body: bytes) -> Reach:
    """Return what was reached without a sign-in, where chatgpt.com answered so."""
    target = Target(host="chatgpt.com", port=443, path="/backend-api/codex/responses")
    host = Host(
        service=Service.CHATGPT,
        name="chatgpt.com",
        url="https://chatgpt.com/backend-api",
        source="default",
        needed=True,
        target=target,
    )
    attempt = Attempt(
        target=target, steps=(Step(stage=Stage.HTTP, seconds=0.1),), answer=Answer(status=status, body=body)
    )
    return Reach(visits=(Visit(host=host, choice=Choice(), attempt=attempt),))


@pytest.mark.parametrize(
    ("content", "body"), [(CHATGPT, usage()), (KEY, {"data": []}), (PERSONAL, {"chatgpt_plan_type": "pro"})]
)
def test_an_accepted_sign_in_is_silent_everywhere(content: object, body: object) -> None:
    found = answer(200, body, content=content)

    assert checks.session_accepted(found) == ()
    assert checks.workspace_is_usable(found) == ()
    assert checks.plan_includes_codex(found) == ()
    assert checks.requests_are_served(found) == ()
    assert checks.serves_your_account(found, None, None) == ()


def test_a_refused_sign_in_is_told_with_what_was_asked_and_how_to_sign_in_again() -> None:
    body = error("token_invalidated", "It was invalidated.")
    (finding,) = checks.session_accepted(
        answer(401, body, headers={"cf-ray": "8f0-TXL", "x-request-id": "r-1"})
    )

    assert finding.problem is a.AUTH_401_CHATGPT
    assert finding.detail == (
        f"chatgpt.com answered 401 token_invalidated to the ChatGPT sign-in in {PATH}: It was invalidated."
    )
    assert finding.evidence == {
        "credential": f"ChatGPT sign-in in {PATH}",
        "asked": "https://chatgpt.com/backend-api/wham/usage",
        "status": 401,
        "code": "token_invalidated",
        "cf_ray": "8f0-TXL",
        "request_id": "r-1",
        "nature": "lasts until something is changed",
    }
    assert finding.fix is not None
    assert finding.subjects == {"chatgpt.com"}


def test_a_refused_key_is_told_with_its_place_and_no_sign_in_is_offered() -> None:
    body = error("invalid_api_key", f"Incorrect API key provided: {API_KEY}")
    (finding,) = checks.session_accepted(answer(401, body, content=KEY))

    assert finding.problem is a.AUTH_401_API_KEY
    assert finding.detail.startswith(
        f"api.openai.com answered 401 invalid_api_key to the API key in {PATH}: "
    )
    assert finding.fix is None
    assert API_KEY not in str(finding)


def test_what_the_service_calls_expired_is_healthy_where_codex_renews_it() -> None:
    assert checks.session_accepted(answer(401, error("token_expired"))) == ()


def test_what_the_service_calls_expired_is_the_finding_where_nothing_renews_it() -> None:
    stuck = chatgpt_login(refresh_token="")
    (finding,) = checks.session_accepted(answer(401, error("token_expired"), content=stuck))

    assert finding.problem is ACCESS_TOKEN_EXPIRED
    assert finding.detail == "chatgpt.com answered 401 token_expired, and tokens.refresh_token is empty"


def test_an_expired_token_that_is_refused_too_is_one_finding_with_the_refusal_as_evidence() -> None:
    stuck = chatgpt_login(expires=NOW - HOUR, refresh_token="")
    asked = session(401, error("token_expired"), content=stuck)
    (finding,) = access_token_is_current(chatgpt(stuck), asked)

    assert finding.problem is ACCESS_TOKEN_EXPIRED
    assert finding.evidence["refused"] == "chatgpt.com answered 401 token_expired"
    with pytest.raises(Unavailable, match="has expired, and the service refused it"):
        _through(gates.told, asked)


def test_an_expired_token_is_the_same_finding_where_nobody_was_asked() -> None:
    stuck = chatgpt(chatgpt_login(expires=NOW - HOUR, refresh_token=""))
    (finding,) = access_token_is_current(stuck, None)

    assert "refused" not in finding.evidence


@pytest.mark.parametrize(
    ("key", "flaw"),
    [
        ("sk-one\nsk-two", "a line break"),
        ("sk-\N{ZERO WIDTH SPACE}one", "a character outside ASCII"),
        ("sk one", "a blank or a control character"),
    ],
)
def test_a_key_that_no_header_can_hold_is_told_without_asking(key: str, flaw: str) -> None:
    found = judged(unsent(api_key_login(key)))
    (finding,) = checks.session_accepted(found)

    assert finding.problem is a.AUTH_401_API_KEY
    assert finding.detail == f"The API key in {PATH} holds {flaw}, so Codex cannot even send it"
    assert key not in str(finding)


@pytest.mark.parametrize(
    ("status", "code", "problem", "fixable"),
    [
        (402, "deactivated_workspace", a.WORKSPACE_DEACTIVATED, False),
        (403, "invalid_workspace_selected", a.WORKSPACE_INVALID_SELECTED, True),
        (403, "codex_cli_workspace_disabled", a.WORKSPACE_CODEX_DISABLED, False),
    ],
)
def test_a_workspace_that_cannot_be_used_is_told_and_nothing_else(
    status: int, code: str, problem: object, *, fixable: bool
) -> None:
    found = answer(status, {"detail": {"code": code}})
    (finding,) = checks.workspace_is_usable(found)

    assert finding.problem is problem
    assert (finding.fix is not None) is fixable
    assert checks.session_accepted(found) == ()
    with pytest.raises(NotApplicable, match=code):
        checks.plan_includes_codex(found)
    with pytest.raises(Unavailable, match=code):
        _through(gates.limited, found)


def test_a_plan_without_codex_is_told() -> None:
    (finding,) = checks.plan_includes_codex(answer(429, {"error": {"type": "usage_not_included"}}))

    assert finding.problem is a.PLAN_NOT_INCLUDED


@pytest.mark.parametrize(
    ("headers", "advice"),
    [
        ({"retry-after": "30"}, "Wait 30 seconds"),
        ({"retry-after": "Fri, 20 Nov"}, "Wait a minute"),
        ({}, "Wait a minute"),
    ],
)
def test_requests_that_come_too_fast_are_told_with_the_wait(headers: dict[str, str], advice: str) -> None:
    (finding,) = checks.requests_are_served(answer(429, b"", headers=headers))

    assert finding.problem is u.RATE_LIMITED_429
    assert finding.advice.startswith(advice)


def test_credit_that_is_used_up_is_told() -> None:
    (finding,) = checks.requests_are_served(answer(429, error("insufficient_quota"), content=KEY))

    assert finding.problem is u.API_QUOTA_EXCEEDED


def test_a_fault_of_the_service_that_only_a_sign_in_meets_is_told() -> None:
    (finding,) = checks.serves_your_account(answer(500, b""), _reach(405, b""), None)

    assert finding.problem is s.SERVICE_UNAVAILABLE


@pytest.mark.parametrize("body", [b"", b'{"error": {"code": "server_is_overloaded"}}'])
def test_a_fault_that_everybody_meets_is_not_told_twice(body: bytes) -> None:
    with pytest.raises(NotApplicable, match="as it does without a sign-in"):
        checks.serves_your_account(answer(503, body), _reach(503, b""), None)


def test_a_challenge_that_only_our_question_meets_is_a_note() -> None:
    (finding,) = checks.serves_your_account(
        answer(403, b"", headers={"cf-mitigated": "challenge"}), None, None
    )

    assert (finding.problem.name, finding.problem.severity) == ("cloudflare-challenge-403", Severity.NOTE)


def test_a_challenge_that_a_turn_of_codex_met_too_is_an_error() -> None:
    recorded = RecordedError(when=1, source=Path("thread_history_1.sqlite"), text="Just a moment...")
    met = Seen(problem="cloudflare-challenge-403", count=1, first=1, last=recorded)
    turns = FailedTurns(seen=(met,), examined=61.0)

    (finding,) = checks.serves_your_account(
        answer(403, b"", headers={"cf-mitigated": "challenge"}), None, turns
    )

    assert finding.problem is s.CLOUDFLARE_CHALLENGE_403


def test_a_refusal_for_an_unknown_reason_is_a_warning_with_the_code() -> None:
    (finding,) = checks.serves_your_account(answer(403, {"detail": {"code": "something_new"}}), None, None)

    assert (finding.problem, finding.problem.severity) == (a.ACCOUNT_REFUSED, Severity.WARNING)
    assert finding.evidence["code"] == "something_new"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            session(302, b"", headers={"location": "https://elsewhere.example/"}),
            "answered 302 and led elsewhere",
        ),
        (session(404, b""), "answered 404"),
        (session(200, b"<html>", headers={"content-type": "text/html"}), "answered 200 with a page"),
        (session(503, b""), "answered 503"),
        (session(403, error("unsupported_country_region_territory")), "answered 403 unsupported"),
        (session(429, b""), "answered 429"),
    ],
)
def test_an_answer_that_tells_nothing_of_the_sign_in_leaves_it_unjudged(found: Any, words: str) -> None:  # noqa: ANN401 - a session
    with pytest.raises(Unavailable, match=words):
        _through(gates.told, found)


def test_limits_are_not_judged_where_the_sign_in_is_refused_or_has_none() -> None:
    refused = answer(401, error("token_invalidated"))

    with pytest.raises(Unavailable, match="does not accept the ChatGPT sign-in"):
        _through(gates.accepted, refused)
    with pytest.raises(NotApplicable, match="an API key has no ChatGPT plan"):
        _through(gates.planned, answer(200, {"data": []}, content=KEY))
    with pytest.raises(NotApplicable, match="told no limits"):
        _through(gates.limited, answer(200, {"plan_type": "plus"}))


def test_a_key_that_cannot_be_sent_leaves_the_service_unjudged() -> None:
    with pytest.raises(Unavailable, match="cannot be sent"):
        _through(gates.answered, unsent(api_key_login("sk one")))


def test_a_healthy_answer_passes_every_gate() -> None:
    found = session(200, usage())
    known = Judged(session=found)

    assert _through(gates.told, found) == _through(gates.answered, found) == known
    for gate in (gates.accepted, gates.planned, gates.limited):
        assert _through(gate, known) is known


@pytest.mark.parametrize(("told", "matches"), [("acc-1", False), (None, None)])
def test_the_account_is_compared_where_both_name_one(told: str | None, *, matches: bool | None) -> None:
    found = session(200, {**usage(), "account_id": told})

    assert found.account_matches is matches


def test_no_account_is_compared_where_none_is_told() -> None:
    assert session(200, {"data": []}, content=KEY).account_matches is None
