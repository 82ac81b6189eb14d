"""What comes when a device code is asked for is judged as Codex judges it; each case was put to 0.169.0."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.acts.device_answer import Judgement, Kind, judge
from codex_doctor.redact import Secret, Vault

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE: Final[Mapping[str, object]] = {
    "device_auth_id": "device-of-nobody",
    "user_code": "ABCD-12345",
    "interval": "5",
}

ANSWERS: Final[Mapping[str, tuple[int, object, Kind, str]]] = {
    "a code": (200, CODE, Kind.CODE, "a device code came"),
    "its other name": (200, {"device_auth_id": "d", "usercode": "A-1"}, Kind.CODE, "a device code came"),
    "an interval with blanks": (200, {**CODE, "interval": " 5 "}, Kind.CODE, "a device code came"),
    "more than is known": (200, {**CODE, "expires_in": 900}, Kind.CODE, "a device code came"),
    "404": (404, {}, Kind.DISABLED, "404"),
    "404 with a page": (404, "<html>", Kind.DISABLED, "404"),
    "429": (429, "", Kind.RATE_LIMITED, "429"),
    "400": (400, {"error": "x"}, Kind.NO_CODE, "400"),
    "403": (403, "", Kind.NO_CODE, "403"),
    "403 with a page": (403, "<!DOCTYPE html>", Kind.NO_CODE, "403 with a web page"),
    "403 of a country": (
        403,
        {"error": {"code": "unsupported_country_region_territory"}},
        Kind.REGION_BLOCKED,
        "403 unsupported_country_region_territory",
    ),
    "500": (500, "", Kind.NO_CODE, "500"),
    "503": (503, "busy", Kind.NO_CODE, "503"),
    "a page": (200, "\n<html>", Kind.NO_CODE, "200 with a web page"),
    "nothing": (200, "", Kind.NO_CODE, "200 with nothing in it"),
    "no JSON": (200, "ABCD-12345", Kind.NO_CODE, "200 with something that is not JSON"),
    "a list": (200, [CODE], Kind.NO_CODE, "200 with JSON that is no object"),
    "no code": (200, {"device_auth_id": "d"}, Kind.NO_CODE, "200 with no user_code in it"),
    "no id": (200, {"user_code": "A-1"}, Kind.NO_CODE, "200 with no device_auth_id in it"),
    "a code that is a number": (
        200,
        {**CODE, "user_code": 5},
        Kind.NO_CODE,
        "200 with a user_code that is no text",
    ),
    "an empty code": (200, {**CODE, "user_code": ""}, Kind.NO_CODE, "200 with an empty user_code"),
    "an interval that is a number": (
        200,
        {**CODE, "interval": 5},
        Kind.NO_CODE,
        "200 with an interval that is not the text of a number",
    ),
    "an interval in words": (
        200,
        {**CODE, "interval": "abc"},
        Kind.NO_CODE,
        "200 with an interval that is not the text of a number",
    ),
}


@pytest.mark.parametrize(("status", "said", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_every_answer_is_what_codex_takes_it_for(status: int, said: object, kind: Kind, words: str) -> None:
    body = said if isinstance(said, str) else json.dumps(said)

    assert judge(status, body.encode(), keep=Secret) == Judgement(kind=kind, words=words, status=status)


def test_a_code_is_a_secret_even_where_codex_could_not_use_it() -> None:
    vault = Vault()

    judge(200, json.dumps({**CODE, "interval": 5}).encode(), keep=vault.secret)

    assert {"device-of-nobody", "ABCD-12345"} <= set(vault.values())


@given(status=st.integers(100, 599), body=st.binary())
def test_any_answer_is_judged(status: int, body: bytes) -> None:
    assert judge(status, body, keep=Secret).status == status
