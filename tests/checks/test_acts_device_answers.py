"""What the service says on the way to a sign-in with a device code, and what is asked of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.acts.device_answer import LONGEST, SHORTEST, USUAL, DeviceCode, device_code
from codex_checks.acts.device_grant import Grant, Step, judge
from codex_checks.acts.device_request import Issuer, code_request, exchange_request, grant_request
from codex_checks.acts.journal import Answer
from codex_doctor.redact import Secret, Vault

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE: Final[Mapping[str, object]] = {"device_auth_id": "device-of-nobody", "user_code": "ABCD-12345"}
GRANT: Final[Mapping[str, object]] = {
    "authorization_code": "code-of-nobody",
    "code_challenge": "challenge",
    "code_verifier": "verifier-of-nobody",
}
ISSUER: Final = Issuer(stated="https://auth.example/", client="app_test")


def code(**changed: object) -> DeviceCode | str:
    return device_code(json.dumps({**CODE, **changed}).encode(), Secret)


def step(status: int, body: object) -> tuple[Step, str | None]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    judged = judge(Answer(status=status, body=raw), keep=Secret)
    return judged.step, judged.problem


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [
        ("5", 5.0),
        (" 7 ", 7.0),
        (5, 5.0),
        ("0.5", SHORTEST),
        ("0", USUAL),
        ("", USUAL),
        (None, USUAL),
        ("abc", USUAL),
        ("-3", USUAL),
        ("99999", LONGEST),
        ("9" * 400, USUAL),
    ],
)
def test_no_interval_makes_us_ask_without_a_pause_or_never(interval: object, seconds: float) -> None:
    found = code(interval=interval)

    assert isinstance(found, DeviceCode)
    assert found.interval == seconds


def test_an_absent_interval_is_the_usual_one() -> None:
    found = code()

    assert isinstance(found, DeviceCode)
    assert found.interval == USUAL


def test_the_code_is_a_secret_from_the_moment_it_is_read() -> None:
    vault = Vault()

    found = device_code(json.dumps(CODE).encode(), vault.secret)

    assert isinstance(found, DeviceCode)
    assert found.user_code.reveal() == "ABCD-12345"
    assert "ABCD-12345" not in repr(found)
    assert {"ABCD-12345", "device-of-nobody"} <= set(vault.values())


@pytest.mark.parametrize(
    "shown", ["\x1b[2J", "AB CD", "\u202eABCD", "A" * 201, "ABCD\n12345"], ids=lambda text: repr(text)[:12]
)
def test_a_code_that_would_play_tricks_on_a_terminal_is_none(shown: str) -> None:
    assert code(user_code=shown) == "a user_code that cannot be shown"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "a web page"),
        (b"", "nothing in it"),
        (b"no", "something that is not JSON"),
        (b"[]", "JSON that is no object"),
        (b'{"user_code":"A"}', "no device_auth_id in it"),
        (b'{"device_auth_id":"d","user_code":7}', "a user_code that is no text"),
    ],
)
def test_what_is_no_code_is_told_in_words(body: bytes, words: str) -> None:
    assert device_code(body, Secret) == words


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_a_code_fail(body: bytes) -> None:
    assert isinstance(device_code(body, Secret), DeviceCode | str)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (403, {}, (Step.PENDING, None)),
        (404, {}, (Step.PENDING, None)),
        (404, b"<html>", (Step.PENDING, None)),
        (403, b"<html>", (Step.PENDING, "cloudflare-challenge-403")),
        (400, {"error": "authorization_pending"}, (Step.PENDING, None)),
        (400, {"error": "slow_down"}, (Step.SLOWER, None)),
        (429, "", (Step.SLOWER, "rate-limited-429")),
        (400, {"error": "access_denied"}, (Step.DENIED, "login-access-denied")),
        (403, {"error": {"code": "access_denied"}}, (Step.DENIED, "login-access-denied")),
        (400, {"error": "expired_token"}, (Step.EXPIRED, "device-code-expired")),
        (500, "", (Step.STUMBLED, "service-unavailable")),
        (503, b"<html>", (Step.STUMBLED, "service-unavailable")),
        (403, {"error": {"code": "unsupported_country_region_territory"}}, (Step.REFUSED, "region-blocked")),
        (400, {"error": "anything"}, (Step.REFUSED, "login-not-completed")),
        (401, "", (Step.REFUSED, "login-not-completed")),
        (410, "", (Step.REFUSED, "login-not-completed")),
        (302, "", (Step.REFUSED, "captive-portal")),
        (200, b"<html>", (Step.REFUSED, "auth-service-html")),
        (200, b"nonsense", (Step.REFUSED, "login-not-completed")),
        (200, [], (Step.REFUSED, "login-not-completed")),
        (200, {"authorization_code": "c"}, (Step.REFUSED, "login-not-completed")),
        (200, {**GRANT, "authorization_code": ""}, (Step.REFUSED, "login-not-completed")),
        (200, {**GRANT, "code_verifier": 5}, (Step.REFUSED, "login-not-completed")),
        (200, GRANT, (Step.GRANTED, None)),
    ],
)
def test_every_answer_to_a_question_about_the_code_has_its_meaning(
    status: int, body: object, expected: tuple[Step, str | None]
) -> None:
    assert step(status, body) == expected


@given(st.sampled_from([200, 302, 400, 403, 404, 429, 500]), st.binary(max_size=200))
def test_no_answer_makes_judging_fail(status: int, body: bytes) -> None:
    assert judge(Answer(status=status, body=body), keep=Secret).step in Step


def test_a_grant_is_secret() -> None:
    vault = Vault()

    judged = judge(Answer(status=200, body=json.dumps(GRANT).encode()), keep=vault.secret)

    assert judged.grant is not None
    assert judged.grant.code.reveal() == "code-of-nobody"
    assert "of-nobody" not in repr(judged)
    assert {"code-of-nobody", "verifier-of-nobody"} <= set(vault.values())


def test_words_of_the_service_are_not_repeated() -> None:
    judged = judge(Answer(status=400, body=b'{"error":"rt_secret"}'), keep=Secret)

    assert judged.words == "the service answered 400"


def test_everything_is_asked_as_codex_asks_it() -> None:
    given_code = DeviceCode(id=Secret("device-1"), user_code=Secret("ABCD-12345"), interval=5)
    grant = Grant(code=Secret("c/1"), verifier=Secret("v"))

    first, second, third = (
        code_request(ISSUER),
        grant_request(ISSUER, given_code),
        exchange_request(ISSUER, grant),
    )

    assert (first.url, first.body) == (
        "https://auth.example/api/accounts/deviceauth/usercode",
        b'{"client_id":"app_test"}',
    )
    assert (second.url, second.body) == (
        "https://auth.example/api/accounts/deviceauth/token",
        b'{"device_auth_id":"device-1","user_code":"ABCD-12345"}',
    )
    assert third.url == "https://auth.example/oauth/token"
    assert third.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(third.body.decode()) == {
        "grant_type": ["authorization_code"],
        "client_id": ["app_test"],
        "code": ["c/1"],
        "redirect_uri": ["https://auth.example/deviceauth/callback"],
        "code_verifier": ["v"],
    }
    assert "ABCD" not in f"{first}{second}{third}"
