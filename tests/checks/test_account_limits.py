"""How much of a plan's limits is used, which one it is, until when, and what to do meanwhile."""

from __future__ import annotations

import pytest

from accounts import answer, usage, window
from codex_checks.account.limits import limits_have_room
from codex_checks.problems import limits as u
from codex_doctor.model import Severity
from signins import PATH
from tokens import chatgpt_login, id_token

OVER = usage(40, reached=True, secondary=100)


def test_limits_with_room_are_silent() -> None:
    assert limits_have_room(answer(200, usage(12, secondary=60))) == ()


def test_a_used_up_limit_is_an_error_that_says_which_and_until_when() -> None:
    (finding,) = limits_have_room(answer(200, OVER))

    assert (finding.problem, finding.problem.severity) == (u.USAGE_LIMIT_HIT, Severity.ERROR)
    assert finding.detail == (
        "The weekly limit of the plan plus is used up; it resets in 2 days 2 hours, at 2026-11-22 11:05 UTC"
    )
    assert finding.advice == "Wait for the reset, or buy credits or change the plan."
    assert finding.evidence["plan"] == "plus"


def test_a_limit_that_is_told_by_a_refusal_has_its_reset_in_words() -> None:
    body = {"error": {"type": "usage_limit_reached", "plan_type": "team", "resets_in_seconds": 600}}
    (finding,) = limits_have_room(answer(429, body))

    assert finding.problem is u.USAGE_LIMIT_HIT
    assert "in 10 minutes, at 2026-11-20 09:15 UTC" in finding.advice
    assert (finding.evidence["plan"], finding.evidence["resets"]) == ("team", "2026-11-20T09:15:10Z")


def test_a_used_up_limit_is_a_note_where_credits_go_on() -> None:
    (finding,) = limits_have_room(answer(200, {**OVER, "credits": {"has_credits": True}}))

    assert finding.problem.severity is Severity.NOTE
    assert finding.detail.endswith("; credits are used now")


def test_a_used_up_limit_of_one_model_is_a_warning_that_names_it() -> None:
    more = [{"limit_name": "spark", "rate_limit": {"limit_reached": True, "primary_window": window(100)}}]
    (finding,) = limits_have_room(answer(200, usage(5, additional_rate_limits=more)))

    assert finding.problem.severity is Severity.WARNING
    assert "The 5-hour limit for spark of the plan plus is used up" in finding.detail


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("workspace_member_credits_depleted", "Ask the owner of your workspace to add credits."),
        ({"type": "workspace_owner_usage_limit_reached"}, "Raise the spending limit of your workspace"),
    ],
)
def test_a_workspace_limit_says_who_can_raise_it(kind: object, step: str) -> None:
    (finding,) = limits_have_room(answer(200, {**OVER, "rate_limit_reached_type": kind}))

    assert step in finding.advice


@pytest.mark.parametrize(("used", "told"), [(89, False), (90, True), (99.9, True)])
def test_a_limit_is_near_from_nine_tenths_on(used: float, *, told: bool) -> None:
    found = limits_have_room(answer(200, usage(used)))

    assert [finding.problem for finding in found] == ([u.USAGE_LIMIT_NEAR] if told else [])


def test_a_near_limit_is_not_told_beside_a_used_up_one() -> None:
    more = [{"limit_name": "spark", "rate_limit": {"primary_window": window(95)}}]
    found = limits_have_room(answer(200, {**OVER, "additional_rate_limits": more}))

    assert [finding.problem.name for finding in found] == ["usage-limit-hit"]


def test_a_plan_that_the_sign_in_does_not_know_yet_is_a_note() -> None:
    old = chatgpt_login(id_token=id_token(plan="free"))
    (finding,) = limits_have_room(answer(200, usage(), content=old))

    assert (finding.problem, finding.problem.severity) == (u.USAGE_LIMIT_STALE_PLAN, Severity.NOTE)
    assert finding.detail == f"The sign-in in {PATH} says free, and chatgpt.com says plus"


def test_a_plan_that_nobody_knows_is_no_difference() -> None:
    assert limits_have_room(answer(200, {**usage(), "plan_type": "unknown"})) == ()
