from __future__ import annotations

from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_checks.recorded import said
from codex_checks.recorded.said import Said

FORBIDDEN: Final = (
    "unexpected status 403 Forbidden: Country, region, or territory not supported, url: http://127.0.0.1:1/v1"
)

RETRY: Final = (
    'session_loop{thread_id=01a1}:submission_dispatch{otel.name="op.dispatch" codex.op="a } b"}'
    ":run_turn{cwd=/home/me}:handle_response_stream_error{request=Sampling}: "
    "stream disconnected - retrying sampling request (5/5 in 3.3s)... "
    "turn_id=01a1 retries=5 max_retries=5 sampling_error=" + FORBIDDEN
)
"""A row of `logs_2.sqlite` as Codex 0.169.0 wrote it, shortened."""


def test_the_error_of_a_turn_is_read_with_its_kind_and_status() -> None:
    content = (
        '{"message":"' + FORBIDDEN + '","codexErrorInfo":{"httpConnectionFailed":{"httpStatusCode":403}},'
        '"additionalDetails":null,"misalignment":null}'
    )

    assert said.from_json(content) == Said(text=FORBIDDEN, http_status=403, kind="httpConnectionFailed")


def test_details_are_kept_beside_the_message() -> None:
    found = said.from_json(
        '{"message":"no","additionalDetails":"refresh_token_reused","codexErrorInfo":"other"}'
    )

    assert found == Said(text="no (refresh_token_reused)", code="refresh_token_reused", kind="other")


@pytest.mark.parametrize("content", ["", "null", "[]", '{"message": 3}', "[" * 100_000, "{}", '"x"'])
def test_what_is_no_error_is_none(content: str) -> None:
    assert said.from_json(content) is None


def test_a_retry_in_the_log_is_the_error_it_retried() -> None:
    assert said.from_log_body(RETRY) == Said(text=FORBIDDEN, http_status=403)


def test_a_message_in_the_log_loses_its_spans_and_nothing_else() -> None:
    body = 'refused: unexpected status 401 Unauthorized: {"detail": {"code": "deactivated_workspace"}}: end'

    assert said.from_log_body(body) == Said(text=body, http_status=401, code="deactivated_workspace")


def test_what_could_be_the_code_of_a_sign_in_is_no_code() -> None:
    assert said.from_text('{"code": "ac_8Zk3_qqq"}').code is None


def test_a_line_of_a_log_file_is_read() -> None:
    line = "2026-11-20T11:58:06.202443Z ERROR a{b=c}:d.e: codex_core::client: last status: 500 no"

    assert said.from_line(line) == (
        1795175886,
        "codex_core::client",
        Said(text="last status: 500 no", http_status=500),
    )


def test_colours_in_a_log_file_are_passed_over() -> None:
    line = "\x1b[2m2026-11-20T11:58:06Z\x1b[0m \x1b[31mERROR\x1b[0m codex_login::server\x1b[2m:\x1b[0m no"

    assert said.from_line(line) == (1795175886, "codex_login::server", Said(text="no"))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2026-11-20T11:58:06Z  INFO codex_cli::login: starting",
        "a page's second line",
        "9999-99-99T99:99:99Z ERROR x",
    ],
)
def test_a_line_that_records_no_error_is_none(line: str) -> None:
    assert said.from_line(line) is None


@given(st.text())
@example('{"message":"x","codexErrorInfo":{"a":{"httpStatusCode":true}}}')
@example('{"message":"x","codexErrorInfo":{"":[]}}')
@example("1" * 5000)
def test_any_text_is_read_or_not(text: str) -> None:
    found = said.from_json(text)
    line = said.from_line(text)

    assert said.from_log_body(text).text in text
    assert found is None or isinstance(found, Said)
    assert line is None or isinstance(line[2], Said)


@given(st.from_regex(r"\A(?:[a-z.]{1,3}(?:\{[a-z=\"{}\\]{0,8}\})?:){0,6} ?[a-z:{}\" ]{0,9}\Z"))
def test_what_is_left_of_a_line_is_its_end(line: str) -> None:
    assert line.endswith(said.without_spans(line))


def test_a_line_of_open_braces_is_read_in_no_time() -> None:
    assert said.without_spans("a{" * 100_000).startswith("a{")


def test_a_long_run_of_blanks_is_read_once() -> None:
    text = f"status{' ' * 1_000_000}401"  # to try every way of dividing it would take hours

    assert said.from_text(text).http_status == 401
    assert said.from_text(f"{text}x").http_status is None
