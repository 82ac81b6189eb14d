"""Which credential is sent, to which address, and that no other address ever gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from accounts import CHATGPT, KEY, PERSONAL
from codex_checks.account.credential import Credential, Kind, credential, question
from codex_checks.config.settings import Settings
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.redact import Secret
from signins import PATH, login
from tokens import (
    ACCESS_TOKEN_PAT,
    ACCOUNT,
    API_KEY,
    DAY,
    HOUR,
    NOW,
    access_token,
    api_key_login,
    as_file,
    chatgpt_login,
    jwt,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER_KEY: Final = "sk-proj-another-key-that-nobody-issued"
HERE: Final = "http://127.0.0.1:9"


def _settings(**values: object) -> Settings:
    return Settings(values=values, layers=())


@pytest.mark.parametrize(
    ("content", "variables", "kind", "secret", "source"),
    [
        (CHATGPT, {}, Kind.CHATGPT, access_token(), str(PATH)),
        (KEY, {}, Kind.API_KEY, API_KEY, str(PATH)),
        (PERSONAL, {}, Kind.PERSONAL, ACCESS_TOKEN_PAT, str(PATH)),
        (CHATGPT, {"CODEX_API_KEY": OTHER_KEY}, Kind.API_KEY, OTHER_KEY, "CODEX_API_KEY in the environment"),
        (
            CHATGPT,
            {"CODEX_ACCESS_TOKEN": f" {ACCESS_TOKEN_PAT}\n"},
            Kind.PERSONAL,
            ACCESS_TOKEN_PAT,
            "CODEX_ACCESS_TOKEN in the environment",
        ),
        (
            KEY,
            {"CODEX_API_KEY": OTHER_KEY, "CODEX_ACCESS_TOKEN": ACCESS_TOKEN_PAT},
            Kind.API_KEY,
            OTHER_KEY,
            "CODEX_API_KEY in the environment",
        ),
        (CHATGPT, {"OPENAI_API_KEY": OTHER_KEY}, Kind.CHATGPT, access_token(), str(PATH)),
        (None, {"CODEX_API_KEY": OTHER_KEY}, Kind.API_KEY, OTHER_KEY, "CODEX_API_KEY in the environment"),
    ],
)
def test_the_credential_is_the_one_that_codex_takes(
    content: object, variables: Mapping[str, str], kind: Kind, secret: str, source: str
) -> None:
    held = credential(login(content, variables=variables))

    assert (held.kind, held.secret.reveal(), held.source) == (kind, secret, source)


@pytest.mark.parametrize(
    ("content", "variables", "words"),
    [
        (None, {}, "not signed in"),
        (None, {"OPENAI_API_KEY": OTHER_KEY}, "not signed in"),
        (api_key_login(None), {}, "no API key is stored"),
        (api_key_login(""), {}, "no API key is stored"),
        (chatgpt_login(access_token=""), {}, "no access token is stored"),
        ({"auth_mode": "chatgpt"}, {}, "no access token is stored"),
        (CHATGPT, {"CODEX_ACCESS_TOKEN": jwt({"exp": NOW})}, "no personal access token"),
        (b"{", {}, "not signed in"),
    ],
)
def test_where_there_is_nothing_to_send_it_says_so(
    content: object, variables: Mapping[str, str], words: str
) -> None:
    with pytest.raises(Unavailable, match=words):
        credential(login(content, variables=variables))


def test_an_expired_token_that_codex_renews_is_not_sent() -> None:
    with pytest.raises(NotApplicable, match="Codex renews it at its next start"):
        credential(login(chatgpt_login(expires=NOW - HOUR)))


def test_an_expired_token_that_nothing_renews_is_sent() -> None:
    held = credential(login(chatgpt_login(expires=NOW - HOUR, refresh_token="")))

    assert held.secret.reveal() == access_token(expires=NOW - HOUR)
    assert not held.renewable


def test_a_kind_of_sign_in_without_a_question_is_not_judged() -> None:
    bedrock = {"auth_mode": "bedrockApiKey", "bedrock_api_key": {"api_key": "k", "region": "r"}}

    with pytest.raises(NotApplicable, match="bedrockApiKey"):
        credential(login(bedrock))


@pytest.mark.parametrize(
    ("content", "variables", "settings", "url"),
    [
        (CHATGPT, {}, {}, "https://chatgpt.com/backend-api/wham/usage"),
        (KEY, {}, {}, "https://api.openai.com/v1/models"),
        (
            PERSONAL,
            {},
            {},
            "https://auth.openai.com/api/accounts/v1/user-auth-credential/whoami",
        ),
        (CHATGPT, {"CODEX_DOCTOR_URL_CHATGPT": f"{HERE}/backend-api/"}, {}, f"{HERE}/backend-api/wham/usage"),
        (CHATGPT, {}, {"chatgpt_base_url": "https://own.example"}, "https://own.example/api/codex/usage"),
        (KEY, {}, {"openai_base_url": "https://own.example/v1/"}, "https://own.example/v1/models"),
        (KEY, {"OPENAI_BASE_URL": "https://wrong.example"}, {}, "https://api.openai.com/v1/models"),
        (
            PERSONAL,
            {"CODEX_AUTHAPI_BASE_URL": f"{HERE}/a"},
            {},
            f"{HERE}/a/v1/user-auth-credential/whoami",
        ),
        (
            PERSONAL,
            {"CODEX_AUTHAPI_BASE_URL": f"{HERE}/a", "CODEX_DOCTOR_URL_AUTH": f"{HERE}/b"},
            {},
            f"{HERE}/b/api/accounts/v1/user-auth-credential/whoami",
        ),
        (
            PERSONAL,
            {"CODEX_REFRESH_TOKEN_URL_OVERRIDE": f"{HERE}/oauth/token"},
            {},
            "https://auth.openai.com/api/accounts/v1/user-auth-credential/whoami",
        ),
    ],
)
def test_the_question_goes_where_codex_would_ask(
    content: object, variables: Mapping[str, str], settings: Mapping[str, object], url: str
) -> None:
    asked = question(credential(login(content)), variables, _settings(**settings))

    assert asked.url == url
    assert asked.target.method == "GET"


@pytest.mark.parametrize(
    "url",
    [
        "http://chatgpt.com/backend-api",
        "http://192.168.0.1/backend-api",
        "http://127.0.0.1.example.com/backend-api",
        "https://somebody:secret@chatgpt.com/backend-api",
    ],
)
def test_nothing_is_sent_where_others_could_read_it(url: str) -> None:
    with pytest.raises(NotApplicable, match="nothing was sent"):
        question(credential(login(CHATGPT)), {"CODEX_DOCTOR_URL_CHATGPT": url}, None)


def test_the_request_carries_what_codex_sends_with_it() -> None:
    claims = {"chatgpt_plan_type": "plus", "chatgpt_account_is_fedramp": True}
    token = jwt({"https://api.openai.com/auth": claims})
    asked = question(credential(login(chatgpt_login(id_token=token))), {}, None)

    assert asked.target.revealed() == [
        ("Authorization", f"Bearer {access_token()}"),
        ("ChatGPT-Account-Id", ACCOUNT),
        ("X-OpenAI-Fedramp", "true"),
    ]


@pytest.mark.parametrize("account", [None, "", "two words", "acc\r\nX-Injected: 1"])
def test_an_account_that_no_header_can_hold_is_left_out(account: str | None) -> None:
    asked = question(credential(login(chatgpt_login(account_id=account))), {}, None)

    assert [name for name, _ in asked.target.headers] == ["Authorization"]


@pytest.mark.parametrize(
    ("secret", "flaw"),
    [
        ("sk-fine_1.2~=", None),
        ("one\ntwo", "a line break"),
        ("one\rtwo", "a line break"),
        ("\ufeffone", "a character outside ASCII"),
        ("one two", "a blank or a control character"),
        ("one\x00", "a blank or a control character"),
        ("one\n", "a line break"),
    ],
)
def test_a_credential_that_no_header_can_hold_says_why(secret: str, flaw: str | None) -> None:
    assert Credential(kind=Kind.API_KEY, secret=Secret(secret), source="here").flaw == flaw


@pytest.mark.parametrize("content", [CHATGPT, KEY, PERSONAL])
def test_no_fact_shows_the_credential(content: Any) -> None:  # noqa: ANN401 - JSON
    held = credential(login(content))
    said = f"{held!r} {question(held, {}, None)!r}"

    assert held.secret.reveal() not in said
    assert as_file(content).decode() not in said


def test_a_token_that_still_lasts_is_sent_though_its_renewal_is_near() -> None:
    soon = chatgpt_login(expires=NOW + 60, refreshed=NOW - 9 * DAY)

    assert credential(login(soon)).secret.reveal() == access_token(expires=NOW + 60)
