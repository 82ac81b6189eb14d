"""A secret of a kind that a stranger would plant does not get out, however it is written."""

from __future__ import annotations

import pytest

from codex_doctor.redact import Redactor
from codex_doctor.unveiling import unwrapped
from outsiders import KEYS, SPOTS, WORDS, letters, shows, written

PLANTED = {**KEYS, **SPOTS}


def got_out(name: str, *, seed: str) -> list[str]:
    form, count, alphabet = PLANTED[name]
    secret = letters(seed, count, alphabet)
    return [
        how
        for how, text in written(form, secret)
        if shows(Redactor().text(f"it said {text} then"), secret)
        and not (name in WORDS and how.endswith("lines"))
    ]


def test_there_are_many_kinds_and_a_secret_that_is_said_is_seen() -> None:
    secret = letters("any", 40)

    assert len(PLANTED) >= 190
    assert [how for how, text in written("key={}", secret) if not shows(f"it said {text} then", secret)] == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_secret_of_a_kind_does_not_get_out_in_any_encoding(name: str) -> None:
    assert [got_out(name, seed=f"{name}{number}") for number in range(3)] == [[], [], []]


@pytest.mark.parametrize(
    "text",
    [
        "the password was refused; --password needs a value, and --password without one asks",
        "mysql --password-file /run/x; curl -u takes a name; docker login asks; login shell password missing",
        "app_EMoamEEZ73f0CkXaXp7hrann is the client; req_0123456789abcdef0123456789abcdef was refused",
        "rust-86c9f01b5bf008f489ebb1b24cd400f64223ad32 of codex-x86_64-unknown-linux-musl",
        "resp_0123456789abcdef0123456789abcdef0123 and call_AbCdEf0123456789AbCdEf0123",
        "token_endpoint_auth_method = none; env_key: OPENAI_API_KEY; sort_key=alphabetical",
        '"CODEX_DOCTOR_URL_AUTH": "http://127.0.0.1:33881/auth", "model_key": "gpt-5.1-codex"',
        "device-code-not-returned, device_code: null, CODE-1234, HTTP-4040, UTF-8, A-1",
        "model = gpt-5.1-codex-max-2026-01-01\nmodel_reasoning_effort = high",
        "see https://example.com/a?page=2\n2026-11-20T09:05:10.123456789Z ERROR codex2: failed",
        "the first line ends here\nand2 the second; url: http://localhost:8080\nport2 is free",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA is a bar; BSA and SK and cio and oy2 are words",
    ],
)
def test_what_sounds_like_one_stays_as_it_is(text: str) -> None:
    assert Redactor().text(text) == text


def test_a_line_that_goes_on_as_no_word_does_is_read_with_the_one_before() -> None:
    view = unwrapped("key sk-abc1\n  | 2def3ghi\n> jK4l and\nwords")

    assert view is not None
    assert view.text == "key sk-abc12def3ghijK4l and\nwords"
    assert view.span(4, 24) == (4, 32)


@pytest.mark.parametrize(
    "text", ["one line", "two\nlines", "a=1\nB_2=3", "x1\n2026-01-01", "v1\n1.2.3", "see\nhttp2://x"]
)
def test_lines_that_belong_to_nobody_stay_apart(text: str) -> None:
    assert unwrapped(text) is None
