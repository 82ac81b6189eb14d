"""What a server says of an account is read tolerantly: any bytes are a fact, and nothing is guessed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import KEY, answer, error, session, usage, window
from codex_checks.account import checks, limits
from codex_checks.account.answer import Limit, Window, server_error
from codex_checks.account.answer import usage as read_usage
from codex_checks.account.finding import until
from codex_checks.account.preflight import cleared
from codex_doctor.errors import NotApplicable
from tokens import API_KEY, NOW, REFRESH_TOKEN

if TYPE_CHECKING:
    from codex_doctor.model import Finding

KEYS = st.sampled_from(
    [
        "error",
        "detail",
        "code",
        "type",
        "message",
        "plan_type",
        "resets_at",
        "resets_in_seconds",
        "rate_limit",
        "allowed",
        "limit_reached",
        "primary_window",
        "secondary_window",
        "used_percent",
        "limit_window_seconds",
        "reset_at",
        "additional_rate_limits",
        "limit_name",
        "credits",
        "rate_limit_reached_type",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
HEADERS = st.dictionaries(
    st.sampled_from(["cf-mitigated", "cf-ray", "content-type", "location", "retry-after", "server"]),
    st.text(max_size=30),
)


@given(status=st.integers(100, 599), headers=HEADERS, body=BODIES, stored=st.sampled_from([None, KEY]))
def test_whatever_comes_is_a_finding_or_silence(
    status: int, headers: dict[str, str], body: bytes, stored: object
) -> None:
    known = answer(status, body, headers=headers, content=stored)
    found: list[Finding] = []
    for check in checks.CHECKS:
        if cleared in check.needs:  # they judge what else was asked
            continue
        facts = (known, None, None) if check is checks.serves_your_account else (known,)
        try:
            found += check(*facts)
        except NotApplicable:
            continue

    assert all(finding.detail and finding.advice for finding in found)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (error("token_expired", "It is  expired.\n"), "token_expired", "It is expired."),
        ({"error": "invalid_grant"}, "invalid_grant", "invalid_grant"),
        ({"error": "Nothing here"}, None, "Nothing here"),
        ({"detail": {"code": "deactivated_workspace"}}, "deactivated_workspace", ""),
        ({"detail": "Unauthorized"}, None, "Unauthorized"),
        ({"code": "x_y", "message": "top"}, "x_y", "top"),
        ({"error": {"code": 429, "message": None}}, None, ""),
        ({"error": None, "detail": "kept"}, None, "kept"),
        ([1], None, ""),
        (b"upstream connect error", None, "upstream connect error"),
        (b"<html>secret page</html>", None, ""),
        (b'{"error": {"code": "cut', None, ""),
        (b"\xff\xfe", None, "\ufffd\ufffd"),
        (b"[" * 100_000, None, ""),
        (b"", None, ""),
    ],
)
def test_an_error_is_read_in_every_form_that_servers_use(
    body: object, code: str | None, message: str
) -> None:
    found = server_error(body if isinstance(body, bytes) else json.dumps(body).encode(), now=NOW)

    assert (found.code, found.message) == (code, message)


@pytest.mark.parametrize(
    ("told", "resets"),
    [
        ({"resets_at": NOW + 60}, NOW + 60),
        ({"resets_in_seconds": 60}, NOW + 60),
        ({"resets_at": NOW + 60, "resets_in_seconds": 5}, NOW + 60),
        ({"resets_at": "soon"}, None),
        ({"resets_at": True}, None),
        ({"resets_at": -1}, None),
        ({"resets_at": 1e300}, None),
        ({}, None),
    ],
)
def test_a_reset_is_a_moment_or_seconds_from_now(told: dict[str, Any], resets: float | None) -> None:
    found = server_error(json.dumps({"error": {"type": "usage_limit_reached", **told}}).encode(), now=NOW)

    assert found.resets_at == resets


def test_usage_is_read_with_every_limit() -> None:
    more = [{"limit_name": "spark", "metered_feature": "m", "rate_limit": {"primary_window": window(100)}}]
    told = usage(40, secondary=97, additional_rate_limits=more, credits={"has_credits": True})
    found = read_usage(json.dumps(told).encode(), now=NOW)

    assert found is not None
    assert (found.plan, found.account, found.credits) == ("plus", "acc-1", True)
    assert [(limit.name, limit.used_up) for limit in found.limits] == [(None, False), ("spark", True)]
    assert found.limits[0].fullest == Window(used_percent=97.0, minutes=10_080, resets_at=NOW + 180_000)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"error": {}}', b"<html>", b"null", b"{"])
def test_what_is_no_usage_is_not_taken_for_it(body: bytes) -> None:
    assert read_usage(body, now=NOW) is None


@pytest.mark.parametrize(
    ("minutes", "name"),
    [
        (300, "5-hour limit"),
        (10_080, "weekly limit"),
        (1_440, "daily limit"),
        (20_160, "2-week limit"),
        (60, "1-hour limit"),
        (90, "90-minute limit"),
        (None, "limit"),
    ],
)
def test_a_window_has_the_name_that_people_use(minutes: int | None, name: str) -> None:
    assert Window(used_percent=1.0, minutes=minutes).name == name


@pytest.mark.parametrize(
    ("limit", "used_up"),
    [
        (Limit(allowed=True, reached=False, windows=(Window(used_percent=100.0),)), False),
        (Limit(allowed=False), True),
        (Limit(reached=True), True),
        (Limit(windows=(Window(used_percent=100.0),)), True),
        (Limit(windows=(Window(used_percent=99.4),)), False),
        (Limit(), False),
    ],
)
def test_the_service_decides_whether_a_limit_is_used_up(limit: Limit, *, used_up: bool) -> None:
    assert limit.used_up is used_up


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (600, "in 10 minutes, at 2026-11-20 09:15 UTC"),
        (3600, "in 1 hour, at 2026-11-20 10:05 UTC"),
        (8100, "in 2 hours 15 minutes, at 2026-11-20 11:20 UTC"),
        (180_000, "in 2 days 2 hours, at 2026-11-22 11:05 UTC"),
        (10, "now, at 2026-11-20 09:05 UTC"),
        (-900, "now, at 2026-11-20 08:50 UTC"),
    ],
)
def test_a_reset_is_told_in_words(seconds: float, words: str) -> None:
    assert until(NOW + seconds, NOW) == words


def test_no_secret_that_a_server_repeats_is_kept() -> None:
    said = f"Incorrect API key provided: {API_KEY}, sk-proj-****wxyz, {REFRESH_TOKEN}."
    found = session(401, error("invalid_api_key", said), content=KEY)

    assert "sk-" not in found.error.message
    assert REFRESH_TOKEN not in found.error.message
    assert found.error.message.startswith("Incorrect API key provided: ***")


def test_a_word_with_strange_letters_is_not_taken_for_a_code() -> None:
    assert session(403, {"detail": {"code": "\x1b[31mred"}}).error.code is None


def test_a_long_message_is_cut() -> None:
    assert len(session(500, {"detail": "x" * 5000}).error.message) == 300


def test_usage_that_names_no_limits_is_nothing_to_judge() -> None:
    assert limits.limits_have_room(answer(200, {"plan_type": "plus"})) == ()
