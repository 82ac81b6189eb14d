"""Device codes: asked for at the right place, judged as Codex would, left to expire, and never told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

import tokens
from codex_checks.acts.device_answer import Judgement, Kind
from codex_checks.acts.device_request import issuer
from codex_checks.acts.refresh_request import CLIENT
from codex_checks.auth.login import Provider, Rules
from codex_checks.problems import renewal as p
from codex_checks.problems.service import REGION_BLOCKED
from codex_checks.recorded.errors import RecordedErrors
from codex_checks.renewal import device
from codex_checks.renewal.device import Asked, DeviceTraces, about_device_codes
from codex_checks.renewal.device_check import device_auth_enabled
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Verdict
from codex_doctor.testing.raw import RawServer, drips, hangs_up
from engine import context
from renewals import examined, machine, recorded, seen
from signins import login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_checks.auth.login import Login
    from codex_doctor.context import Context
    from codex_doctor.model import Problem
    from fakes.openai import FakeOpenAI
    from fakes.proxies import FakeProxy, RefusingPort

read_traces = cast(
    "Callable[[Context, Login, RecordedErrors | None], DeviceTraces]", device.device_traces.read
)

DISABLED = (
    "device code login is not enabled for this Codex server. Use the browser login or verify the server URL."
)
LIMITED = "device code request failed with status 429 Too Many Requests"
WORKSPACE = "Please contact your workspace admin to enable device code authentication"
ACCOUNT = (
    "Enable device code authorization for Codex in ChatGPT Security Settings, "
    "then run `codex login --device-auth` again."
)
NOTHING = DeviceTraces(login=login(), examined=float(tokens.NOW))


def answered(kind: Kind, words: str, status: int | None = 200) -> Asked:
    return Asked(
        host="auth.openai.com",
        url="https://auth.openai.com/x",
        said=Judgement(kind=kind, words=words, status=status),
    )


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (Kind.DISABLED, p.DEVICE_AUTH_DISABLED),
        (Kind.RATE_LIMITED, p.DEVICE_AUTH_RATE_LIMITED),
        (Kind.REGION_BLOCKED, REGION_BLOCKED),
        (Kind.NO_CODE, p.DEVICE_CODE_NOT_RETURNED),
    ],
)
def test_each_kind_of_answer_has_its_name(kind: Kind, problem: Problem) -> None:
    (finding,) = device_auth_enabled(NOTHING, answered(kind, "404", 404))

    assert (finding.problem, finding.detail) == (problem, "auth.openai.com answered 404")
    assert finding.evidence == {"asked": "https://auth.openai.com/x", "status": 404}


def test_too_many_attempts_ask_for_one_to_two_minutes_of_patience() -> None:
    (finding,) = device_auth_enabled(NOTHING, answered(Kind.RATE_LIMITED, "429", 429))

    assert "Wait one to two minutes" in finding.advice


def test_silence_is_told_as_such() -> None:
    (finding,) = device_auth_enabled(NOTHING, answered(Kind.NO_CODE, "no answer within 15 s", None))

    assert finding.detail == "auth.openai.com: no answer within 15 s"


def test_a_code_that_came_is_healthy_and_is_not_told() -> None:
    concluded = device_auth_enabled.conclude(NOTHING, answered(Kind.CODE, "a device code came"))

    assert concluded == ((), "auth.openai.com gave a device code, which expires unused in 15 minutes")


def test_where_nothing_tells_it_says_how_to_prove_it() -> None:
    with pytest.raises(NotApplicable) as raised:
        device_auth_enabled(NOTHING, None)

    assert raised.value.reason == "not proven; run `codex-doctor check device-auth --live`"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (DISABLED, "device-auth-disabled"),
        (LIMITED, "device-auth-rate-limited"),
        (ACCOUNT, "device-code-disabled-account"),
        (WORKSPACE, "device-code-disabled-workspace"),
    ],
)
def test_what_an_attempt_to_sign_in_said_is_the_finding(text: str, problem: str) -> None:
    found = about_device_codes(recorded((f"Error logging in: {text}", 60)), since=0, now=tokens.NOW)

    (finding,) = device_auth_enabled(
        DeviceTraces(login=login(), examined=float(tokens.NOW), recorded=found), None
    )

    assert finding.problem.name == problem
    assert finding.detail == "Codex recorded it once, 1 minute ago, when signing in was tried"
    assert text in str(finding.evidence["recorded"])


@pytest.mark.parametrize(
    ("records", "since"),
    [
        (recorded((LIMITED, 130)), 0.0),
        (recorded((DISABLED, 600)), tokens.NOW - 60.0),
        (recorded(("unexpected status 503", 60)), 0.0),
        (RecordedErrors(), 0.0),
    ],
    ids=["the limit is over", "signed in since", "another error", "nothing"],
)
def test_what_says_nothing_of_today_is_left_out(records: RecordedErrors, since: float) -> None:
    assert about_device_codes(records, since=since, now=tokens.NOW) == ()


def test_of_several_records_the_most_exact_is_told() -> None:
    told = (seen("device-code-disabled-account"), seen("device-auth-disabled"))
    known = DeviceTraces(login=login(), examined=float(tokens.NOW), recorded=told)

    alone = device_auth_enabled(known, None)
    beside = device_auth_enabled(
        DeviceTraces(login=login(), examined=float(tokens.NOW), recorded=told[1:]),
        answered(Kind.DISABLED, "404", 404),
    )

    assert [one.problem.name for one in alone] == ["device-code-disabled-account"]
    assert [one.detail for one in beside] == ["auth.openai.com answered 404"]


def test_what_was_recorded_before_the_sign_in_is_over() -> None:
    found = login(tokens.chatgpt_login(refreshed=tokens.NOW - 60))

    kept = read_traces(context(), found, recorded((DISABLED, 600)))

    assert kept.recorded == ()


def test_no_code_is_asked_for_in_the_clear(tmp_path: Path, openai: FakeOpenAI) -> None:
    outcome = examined(
        device_auth_enabled, tmp_path, openai, env={"CODEX_DOCTOR_URL_AUTH": "http://far.example"}
    )

    assert outcome.reason == (
        "nothing was asked: the address of the sign-in service is neither https nor local"
    )


def test_an_answer_that_is_too_long_is_cut(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.sicken("*/usercode", 200, '{"user_code": "' + "x" * device.ANSWER_LIMIT * 2 + '"}')

    (finding,) = examined(device_auth_enabled, tmp_path, openai).findings

    assert finding.detail == "127.0.0.1 answered 200 with something that is not JSON"


def test_who_forbids_it_is_told_beside_the_answer_that_does_not_say() -> None:
    told = DeviceTraces(
        login=login(), examined=float(tokens.NOW), recorded=(seen("device-code-disabled-workspace"),)
    )

    findings = device_auth_enabled(told, answered(Kind.DISABLED, "404", 404))

    assert [one.problem.name for one in findings] == [
        "device-auth-disabled",
        "device-code-disabled-workspace",
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"content": tokens.api_key_login()},
        {"variables": {"CODEX_API_KEY": tokens.API_KEY}},
        {"provider": Provider(id="ollama", wants_sign_in=False)},
        {"rules": Rules(methods=("api",))},
    ],
    ids=["a stored key", "a key in a variable", "another provider", "ChatGPT forbidden"],
)
def test_where_no_device_code_would_help_none_is_asked_for(changed: dict[str, Any]) -> None:
    found = login(changed.pop("content", None), **changed)

    with pytest.raises(NotApplicable):
        device.wanted.read(context(), found)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ("https://auth.openai.com", CLIENT)),
        (
            {"CODEX_REFRESH_TOKEN_URL_OVERRIDE": "https://r.example/token"},
            ("https://auth.openai.com", CLIENT),
        ),
        ({"CODEX_APP_SERVER_LOGIN_ISSUER": "https://i.example/"}, ("https://i.example", CLIENT)),
        (
            {
                "CODEX_APP_SERVER_LOGIN_ISSUER": "https://i.example",
                "CODEX_APP_SERVER_LOGIN_CLIENT_ID": "app_i",
                "CODEX_OAUTH_CLIENT_ID": "app_host",
            },
            ("https://i.example", "app_i"),
        ),
        (
            {
                "CODEX_DOCTOR_URL_AUTH": "https://d.example",
                "CODEX_APP_SERVER_LOGIN_ISSUER": "https://i.example",
            },
            ("https://d.example", CLIENT),
        ),
        ({"CODEX_OAUTH_CLIENT_ID": "app_host"}, ("https://auth.openai.com", "app_host")),
        (
            {
                "CODEX_DOCTOR_URL_AUTH": "https://d.example",
                "CODEX_APP_SERVER_LOGIN_ISSUER": "https://i.example",
                "CODEX_APP_SERVER_LOGIN_CLIENT_ID": "app_i",
            },
            ("https://d.example", CLIENT),
        ),
    ],
)
def test_it_is_asked_for_where_codex_would_ask(variables: dict[str, str], expected: tuple[str, str]) -> None:
    found = issuer(variables)

    assert (found.url, found.client) == expected


def test_one_code_is_asked_for_as_codex_asks(tmp_path: Path, openai: FakeOpenAI) -> None:
    outcome = examined(device_auth_enabled, tmp_path, openai)

    (asked,) = openai.asked
    assert outcome.verdict is Verdict.HEALTHY
    assert (asked.method, asked.path) == ("POST", "/api/accounts/deviceauth/usercode")
    assert asked.body == f'{{"client_id":"{CLIENT}"}}'.encode()
    assert asked.bearer is None


def test_without_live_none_is_asked_for(tmp_path: Path, openai: FakeOpenAI) -> None:
    outcome = examined(device_auth_enabled, tmp_path, openai, live=False)

    assert (outcome.verdict, openai.asked) == (Verdict.SKIPPED, [])
    assert outcome.reason == "not proven; run `codex-doctor check device-auth --live`"


def test_an_api_key_is_never_troubled_with_device_codes(tmp_path: Path, openai: FakeOpenAI) -> None:
    machine(tmp_path, tokens.api_key_login())

    outcome = examined(device_auth_enabled, tmp_path, openai)

    assert (outcome.verdict, openai.asked) == (Verdict.SKIPPED, [])


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (404, {}, "device-auth-disabled"),
        (429, "", "device-auth-rate-limited"),
        (403, "<html>", "device-code-not-returned"),
        (503, "", "device-code-not-returned"),
        (200, "<html>", "device-code-not-returned"),
        (200, {"device_auth_id": "d"}, "device-code-not-returned"),
    ],
)
def test_what_the_service_answers_is_named(
    tmp_path: Path, openai: FakeOpenAI, status: int, body: object, problem: str
) -> None:
    openai.sicken("*/usercode", status, body)

    outcome = examined(device_auth_enabled, tmp_path, openai)

    assert [finding.problem.name for finding in outcome.findings] == [problem]


@pytest.mark.parametrize(
    ("place", "problem", "words"),
    [
        ("{url}/gone", "device-auth-disabled", "127.0.0.1 answered 404"),
        ("http://portal.example/", "device-code-not-returned", "302, which leads to portal.example"),
        ("{url}/api/accounts/deviceauth/usercode", "device-code-not-returned", "redirections without end"),
    ],
)
def test_a_redirection_is_followed_on_the_same_host_alone(
    tmp_path: Path, openai: FakeOpenAI, place: str, problem: str, words: str
) -> None:
    openai.sicken("*", 302, "", {"Location": place.format(url=openai.url)})
    openai.sicken("/gone", 404)

    (finding,) = examined(device_auth_enabled, tmp_path, openai).findings

    assert finding.problem.name == problem
    assert words in finding.detail


def test_silence_ends_in_time(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.swallow("*/usercode")

    (finding,) = examined(device_auth_enabled, tmp_path, openai, seconds=2.8).findings

    assert finding.problem.name == "device-code-not-returned"
    assert finding.detail == "127.0.0.1: no answer within 2 s"


def test_an_answer_that_never_ends_is_not_waited_for(tmp_path: Path, openai: FakeOpenAI) -> None:
    with RawServer(drips(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        env = {"CODEX_DOCTOR_URL_AUTH": f"http://127.0.0.1:{server.port}"}
        (finding,) = examined(device_auth_enabled, tmp_path, openai, seconds=2.8, env=env).findings

    assert finding.detail == "127.0.0.1: no answer within 2 s"


def test_a_broken_connection_is_told_without_what_the_library_says(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    with RawServer(hangs_up) as server:
        env = {"CODEX_DOCTOR_URL_AUTH": f"http://127.0.0.1:{server.port}"}
        (finding,) = examined(device_auth_enabled, tmp_path, openai, env=env).findings

    assert finding.detail == "127.0.0.1: no answer (the connection broke)"


def test_a_refused_connection_is_told(
    tmp_path: Path, openai: FakeOpenAI, refusing_port: RefusingPort
) -> None:
    env = {"CODEX_DOCTOR_URL_AUTH": refusing_port.url}

    (finding,) = examined(device_auth_enabled, tmp_path, openai, env=env).findings

    assert finding.detail == "127.0.0.1: no answer (the service could not be reached)"


def test_it_goes_through_the_proxy_and_trusts_what_codex_trusts(
    tmp_path: Path, openai: FakeOpenAI, openai_tls: FakeOpenAI, proxy: FakeProxy, authority_file: Path
) -> None:
    env = {
        "CODEX_DOCTOR_URL_AUTH": "https://auth.openai.com",
        "HTTPS_PROXY": proxy.url,
        "SSL_CERT_FILE": str(authority_file),
    }

    outcome = examined(device_auth_enabled, tmp_path, openai, env=env)

    assert outcome.verdict is Verdict.HEALTHY
    assert (proxy.asked, len(openai_tls.asked)) == (["auth.openai.com:443"], 1)


def test_with_too_little_time_nothing_is_asked_and_nothing_is_claimed(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    outcome = examined(device_auth_enabled, tmp_path, openai, seconds=1)

    assert (outcome.verdict, openai.asked) == (Verdict.TIMED_OUT, [])
