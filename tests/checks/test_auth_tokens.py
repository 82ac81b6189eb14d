"""A stored ChatGPT sign-in is judged: what is missing, what has ended, and what Codex does next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.auth import tokens
from codex_checks.auth.again import SIGNING_IN
from codex_checks.problems import signin
from codex_doctor.fix import Act
from signins import chatgpt, stored
from tokens import API_KEY, DAY, NOW, chatgpt_login, jwt, without

NOW_MOMENT = datetime.fromtimestamp(NOW, UTC)
OPAQUE = "opaque-access-token"


def test_a_healthy_sign_in_is_silent() -> None:
    found = chatgpt()

    assert tokens.tokens_are_complete(found) == ()
    assert tokens.access_token_is_current(found) == ()
    assert tokens.login_can_be_renewed(found) == ()
    assert tokens.key_hides_nothing(stored(chatgpt_login())) == ()


def test_an_expired_access_token_that_codex_renews_is_healthy() -> None:
    found = chatgpt(expires=NOW - DAY)

    assert tokens.access_token_is_current(found) == ()
    assert found.renewal.words(NOW_MOMENT) == "Codex renews it at its next start"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"refresh_token": ""}, "tokens.refresh_token is empty"),
        ({"account_id": None}, "tokens.account_id is missing"),
        ({"account_id": ""}, "tokens.account_id is missing"),
    ],
)
def test_an_expired_access_token_that_cannot_be_renewed_is_the_finding(
    changed: dict[str, Any], reason: str
) -> None:
    found = chatgpt(chatgpt_login(expires=NOW - 600, **changed))
    (finding,) = tokens.access_token_is_current(found)

    assert finding.problem is signin.ACCESS_TOKEN_EXPIRED
    assert finding.detail == f"It expired at 2026-11-20 08:55 UTC, and {reason}"
    assert finding.evidence["next"] == f"Codex cannot renew it: {reason}"
    assert tokens.login_can_be_renewed(found) == ()


def test_an_empty_refresh_token_is_told_with_the_time_that_is_left() -> None:
    (finding,) = tokens.login_can_be_renewed(chatgpt(refresh_token=""))

    assert finding.problem is signin.REFRESH_TOKEN_MISSING
    assert "good until 2026-11-30 09:05 UTC" in finding.detail


def test_tokens_of_blanks_are_as_good_as_none() -> None:
    (finding,) = tokens.login_can_be_renewed(chatgpt(refresh_token=" \n"))
    (other,) = tokens.tokens_are_complete(chatgpt(access_token="  "))

    assert finding.problem is signin.REFRESH_TOKEN_MISSING
    assert "holds nothing but blanks" in finding.detail
    assert (other.problem, "holds nothing but blanks" in other.detail) == (signin.ACCESS_TOKEN_MISSING, True)


def test_an_account_that_is_not_that_of_the_tokens_is_told_without_naming_either() -> None:
    found = chatgpt(account_id="account-of-another")
    (finding,) = tokens.account_is_that_of_the_tokens(found)

    assert finding.problem is signin.ACCOUNT_ID_MISMATCH
    assert "account-of-another" not in str(finding)
    assert tokens.account_is_that_of_the_tokens(chatgpt()) == ()
    assert tokens.account_is_that_of_the_tokens(chatgpt(account_id=None)) == ()


def test_a_missing_account_is_told() -> None:
    (finding,) = tokens.login_can_be_renewed(chatgpt(account_id=None))

    assert finding.problem is signin.ACCOUNT_ID_MISSING
    assert finding.evidence["field"] == "tokens.account_id"


def test_tokens_of_another_program_are_not_renewed() -> None:
    found = chatgpt({**chatgpt_login(), "auth_mode": "chatgptAuthTokens"})
    (finding,) = tokens.login_can_be_renewed(found)

    assert finding.problem is signin.AUTH_TOKENS_NOT_RENEWED


def test_a_missing_last_refresh_is_told() -> None:
    (finding,) = tokens.tokens_are_complete(chatgpt({**chatgpt_login(), "last_refresh": None}))

    assert finding.problem is signin.LAST_REFRESH_MISSING
    assert finding.evidence["field"] == "last_refresh"


def test_an_empty_access_token_is_told() -> None:
    (finding,) = tokens.tokens_are_complete(chatgpt(access_token=""))

    assert finding.problem is signin.ACCESS_TOKEN_MISSING


def test_signing_in_again_keeps_the_old_sign_in_until_the_new_one_is_there() -> None:
    (finding,) = tokens.login_can_be_renewed(chatgpt(refresh_token=""))

    assert finding.fix is not None
    assert finding.fix.summary.endswith("the old sign-in stays until the new one is stored, and is kept")
    (step,) = finding.fix.steps
    assert isinstance(step, Act)
    assert (step.kind, step.command) == (SIGNING_IN, "codex-doctor login")


def test_a_key_that_hides_tokens_is_told() -> None:
    both = {**without(chatgpt_login(), "auth_mode"), "OPENAI_API_KEY": API_KEY}
    (finding,) = tokens.key_hides_nothing(stored(both))

    assert finding.problem is signin.AUTH_MODE_CONFLICT
    assert API_KEY not in repr(finding)


@pytest.mark.parametrize("mode", ["chatgpt", "apikey"])
def test_a_file_that_says_which_sign_in_counts_hides_nothing(mode: str) -> None:
    both = {**chatgpt_login(), "auth_mode": mode, "OPENAI_API_KEY": API_KEY}

    assert tokens.key_hides_nothing(stored(both)) == ()


@pytest.mark.parametrize(
    ("left", "due"),
    [(301, False), (300, True), (0, True), (-1, True)],
)
def test_codex_renews_five_minutes_before_the_end(left: int, due: bool) -> None:
    renewal = chatgpt(expires=NOW + left).renewal

    assert renewal.due is not None
    assert (renewal.due <= NOW_MOMENT) is due


@pytest.mark.parametrize(("days", "due"), [(7.9, False), (8.1, True)])
def test_an_opaque_access_token_is_renewed_every_eight_days(days: float, due: bool) -> None:
    renewal = chatgpt(access_token=OPAQUE, refreshed=NOW - days * DAY).renewal

    assert renewal.due is not None
    assert (renewal.due <= NOW_MOMENT) is due


def test_eight_days_do_not_count_where_the_token_says_when_it_ends() -> None:
    renewal = chatgpt(refreshed=NOW - 30 * DAY).renewal

    assert renewal.words(NOW_MOMENT) == "Codex renews it at its first start after 2026-11-30 09:00 UTC"


def test_a_token_that_says_nothing_is_renewed_when_it_is_refused() -> None:
    renewal = chatgpt({**chatgpt_login(access_token=OPAQUE), "last_refresh": None}).renewal

    assert renewal.words(NOW_MOMENT) == "Codex renews it when the service refuses it"


@given(exp=st.integers(-(2**63), 2**63 - 1))
def test_any_expiry_has_a_next_step(exp: int) -> None:
    found = chatgpt(access_token=jwt({"exp": exp}))

    assert found.renewal.words(NOW_MOMENT).startswith("Codex renews it")
    assert found.renewal.due is None or abs(found.renewal.due - NOW_MOMENT) >= timedelta(0)
