"""It is judged whether Codex is signed in, in which way, and whether that is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import config_mends
from codex_checks.auth import methods
from codex_checks.auth.login import Provider, Rules, Store
from codex_checks.problems import signin
from codex_doctor.fix import Act, MoveAside, RewriteFile, ShellLine, Tell, command
from codex_doctor.repair.lines import edited
from signins import PATH, WINDOWS, login, stored
from tokens import ACCESS_TOKEN_PAT, ACCOUNT, API_KEY, api_key_login, chatgpt_login, id_token, jwt

if TYPE_CHECKING:
    from codex_doctor.model import Finding

GAP = "DBUS_SESSION_BUS_ADDRESS is not set and /run/user/1000/bus does not exist"


def _commands(finding: Finding) -> list[str]:
    assert finding.fix is not None
    lines = (command(step, os="linux") for step in finding.fix.steps if isinstance(step, ShellLine | Act))
    return [line for line in lines if line is not None]


@pytest.mark.parametrize(
    "content",
    [
        chatgpt_login(),
        api_key_login(),
        {"personal_access_token": ACCESS_TOKEN_PAT},
        {"bedrock_api_key": ["key", "region"]},
        chatgpt_login(access_token=""),
        {**chatgpt_login(), "auth_mode": "chatgptAuthTokens"},
    ],
)
def test_whoever_holds_a_credential_is_signed_in(content: object) -> None:
    assert methods.signed_in(login(content)) == ()


@pytest.mark.parametrize("variable", ["CODEX_API_KEY", "CODEX_ACCESS_TOKEN"])
def test_a_variable_that_codex_uses_is_a_sign_in(variable: str) -> None:
    assert methods.signed_in(login(variables={variable: ACCESS_TOKEN_PAT})) == ()


def test_nothing_stored_is_not_signed_in_and_nothing_can_be_lost() -> None:
    (finding,) = methods.signed_in(login())

    assert finding.problem is signin.NOT_SIGNED_IN
    assert finding.detail == f"{PATH} does not exist"
    assert _commands(finding) == ["codex-doctor login"]


def test_signing_in_names_the_home_that_was_asked_for() -> None:
    (finding,) = methods.signed_in(login(home_source="--codex-home"))

    assert _commands(finding) == [f"codex-doctor login --codex-home {PATH.parent}"]


def test_on_windows_signing_in_names_the_home_in_powershell() -> None:
    (finding,) = methods.signed_in(login(home_source="--codex-home", system=WINDOWS))

    assert _commands(finding) == [f"codex-doctor login --codex-home '{PATH.parent}'"]


@pytest.mark.parametrize("content", [{}, {"foo": 1}, {"auth_mode": "chatgpt", "tokens": None}, [None, None]])
def test_a_file_without_tokens_is_not_signed_in_whatever_login_status_says(content: object) -> None:
    (finding,) = methods.signed_in(login(content))

    assert finding.problem is signin.NOT_SIGNED_IN
    assert "holds no tokens, although `codex login status` calls it signed in" in finding.detail
    assert finding.fix is not None
    assert isinstance(finding.fix.steps[0], MoveAside)


def test_empty_tokens_are_not_signed_in() -> None:
    (finding,) = methods.signed_in(login(chatgpt_login(access_token="", refresh_token="")))

    assert finding.problem is signin.NOT_SIGNED_IN


def test_a_link_to_nothing_is_not_signed_in_and_the_link_stays() -> None:
    real = Path("/mnt/stick/codex.json")
    (finding,) = methods.signed_in(login(file={"link": True, "real": real}))

    assert f"is a link to {real}, where nothing is" in finding.detail
    assert _commands(finding) == ["codex-doctor login"]


@pytest.mark.parametrize("key", [None, ""])
def test_the_mode_of_a_key_without_one_lacks_the_key(key: str | None) -> None:
    (finding,) = methods.signed_in(login(api_key_login(key)))

    assert finding.problem is signin.API_KEY_MISSING


def test_a_key_that_is_at_hand_is_stored_where_one_is_missing() -> None:
    (finding,) = methods.signed_in(login(api_key_login(None), variables={"OPENAI_API_KEY": API_KEY}))

    assert finding.problem is signin.API_KEY_MISSING
    assert finding.advice == "Store the key that stands in OPENAI_API_KEY."
    assert _commands(finding) == ["printenv OPENAI_API_KEY | codex-doctor import-auth -"]


def test_tokens_beside_a_missing_key_are_kept_aside_before_one_signs_in() -> None:
    content = {**chatgpt_login(), "auth_mode": "apikey"}
    (finding,) = methods.signed_in(login(content, variables={"OPENAI_API_KEY": API_KEY}))

    assert finding.problem is signin.API_KEY_MISSING
    assert finding.fix is not None
    assert isinstance(finding.fix.steps[0], MoveAside)


def test_a_key_in_the_wrong_variable_is_the_cause() -> None:
    (finding,) = methods.signed_in(login(variables={"OPENAI_API_KEY": API_KEY}))

    assert finding.problem is signin.OPENAI_API_KEY_UNUSED
    assert _commands(finding) == ["printenv OPENAI_API_KEY | codex-doctor import-auth -"]
    assert API_KEY not in repr(finding)


def test_on_windows_the_key_is_stored_by_powershell() -> None:
    (finding,) = methods.signed_in(login(variables={"OPENAI_API_KEY": API_KEY}, system=WINDOWS))

    assert _commands(finding) == ["$env:OPENAI_API_KEY | codex-doctor import-auth -"]


def test_a_key_that_the_provider_takes_is_not_called_unused() -> None:
    gateway = Provider(id="gateway", wants_sign_in=True, variable="OPENAI_API_KEY")
    (finding,) = methods.signed_in(login(variables={"OPENAI_API_KEY": API_KEY}, provider=gateway))

    assert finding.problem is signin.NOT_SIGNED_IN


def test_a_key_beside_a_sign_in_is_nothing_to_tell() -> None:
    assert methods.signed_in(login(chatgpt_login(), variables={"OPENAI_API_KEY": API_KEY})) == ()


def test_a_store_that_forgets_is_reported() -> None:
    (finding,) = methods.store_keeps_sign_in(login(store=Store.EPHEMERAL), None)

    assert finding.problem is signin.CREDENTIALS_STORE_EPHEMERAL


def test_a_keyring_that_cannot_be_reached_is_reported_with_the_evidence() -> None:
    (finding,) = methods.store_keeps_sign_in(login(store=Store.KEYRING, keyring=GAP), None)

    assert finding.problem is signin.KEYRING_UNAVAILABLE
    assert finding.evidence["seen"] == GAP


def test_leaving_the_keyring_does_not_delete_a_file_that_is_there() -> None:
    (finding,) = methods.store_keeps_sign_in(login(chatgpt_login(), store=Store.KEYRING, keyring=GAP), None)

    assert _commands(finding) == ["codex-doctor login"]


def test_the_setting_that_asks_for_the_keyring_is_changed_where_it_stands(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('# mine\ncli_auth_credentials_store = "keyring" # safe\n', "utf-8")
    found = login(chatgpt_login(), store=Store.KEYRING, keyring=GAP)

    (finding,) = methods.store_keeps_sign_in(found, config_mends.read(tmp_path))

    assert finding.fix is not None
    step = finding.fix.steps[0]
    assert isinstance(step, RewriteFile)
    assert edited(config.read_bytes(), step.edits) == (
        b'# mine\ncli_auth_credentials_store = "file" # safe\n'
    )
    assert [isinstance(step, Tell) for step in finding.fix.steps[1:]] == [True, True]


def test_the_setting_of_an_organisation_is_left_to_it(tmp_path: Path) -> None:
    managed = tmp_path / "etc" / "codex"
    managed.mkdir(parents=True)
    (managed / "managed_config.toml").write_text('cli_auth_credentials_store = "keyring"\n', "utf-8")
    (tmp_path / "config.toml").write_text('cli_auth_credentials_store = "keyring"\n', "utf-8")
    found = login(chatgpt_login(), store=Store.KEYRING, keyring=GAP)

    (finding,) = methods.store_keeps_sign_in(found, config_mends.read(tmp_path))

    assert finding.fix is not None
    assert [step for step in finding.fix.steps if isinstance(step, RewriteFile)] == []


@pytest.mark.parametrize(
    "facts",
    [
        {"store": Store.FILE, "keyring": GAP},
        {"store": Store.AUTO, "keyring": GAP},
        {"store": Store.KEYRING},
        {"store": Store.EPHEMERAL, "variables": {"CODEX_API_KEY": API_KEY}},
        {"store": Store.EPHEMERAL, "provider": Provider(id="ollama", wants_sign_in=False)},
    ],
)
def test_a_store_that_serves_is_silent(facts: dict[str, object]) -> None:
    assert methods.store_keeps_sign_in(login(**facts), None) == ()  # type: ignore[arg-type] # a table of fields


@pytest.mark.parametrize(
    "value", ["sk-proj-something-else", "AT-upper-case", "a.b.c", "a.b", jwt(b"[]"), jwt(b"x")]
)
def test_an_access_token_that_is_none_hides_every_sign_in(value: str) -> None:
    (finding,) = methods.access_token_variable_is_valid(login(variables={"CODEX_ACCESS_TOKEN": value}))

    assert finding.problem is signin.ACCESS_TOKEN_ENV_INVALID
    assert _commands(finding) == ["unset CODEX_ACCESS_TOKEN"]
    assert value not in repr(finding)


@pytest.mark.parametrize("value", ["at-x", f" {ACCESS_TOKEN_PAT}\n", jwt({"sub": "agent"})])
def test_an_access_token_of_either_kind_is_accepted(value: str) -> None:
    assert methods.access_token_variable_is_valid(login(variables={"CODEX_ACCESS_TOKEN": value})) == ()


def test_without_the_variable_there_is_nothing_to_tell() -> None:
    assert methods.access_token_variable_is_valid(login()) == ()


@pytest.mark.parametrize(("content", "words"), [(None, "are not signed in"), (chatgpt_login(), "do not")])
def test_a_key_for_exec_alone_is_a_note(content: object, words: str) -> None:
    (finding,) = methods.one_sign_in_for_all(login(content, variables={"CODEX_API_KEY": API_KEY}))

    assert finding.problem is signin.CODEX_API_KEY_OVERRIDES
    assert finding.problem.severity == "note"
    assert finding.detail.endswith(words)


def test_the_same_way_to_sign_in_everywhere_is_silent() -> None:
    assert methods.one_sign_in_for_all(login(api_key_login(), variables={"CODEX_API_KEY": API_KEY})) == ()
    assert methods.one_sign_in_for_all(login(chatgpt_login())) == ()


@pytest.mark.parametrize(
    ("allowed", "content"),
    [
        ("api", chatgpt_login()),
        ("api", {"personal_access_token": ACCESS_TOKEN_PAT}),
        ("api", {**chatgpt_login(), "auth_mode": "chatgptAuthTokens"}),
        ("chatgpt", api_key_login()),
        ("chatgpt", {"bedrock_api_key": ["key", "region"]}),
    ],
)
def test_a_forbidden_kind_of_sign_in_is_reported_before_exec_deletes_it(
    allowed: str, content: object
) -> None:
    rules = Rules(methods=(allowed,), sources=("/etc/codex/managed_config.toml",))
    (finding,) = methods.method_is_allowed(stored(content, rules=rules))

    assert finding.problem is signin.LOGIN_METHOD_FORBIDDEN
    assert finding.detail.startswith("The settings (/etc/codex/managed_config.toml) allow only a")
    assert "`codex exec` deletes auth.json" in finding.detail
    assert finding.evidence["settings"] == ("/etc/codex/managed_config.toml",)
    assert _commands(finding) == [f"cp -p {PATH} {PATH}.kept"]


@pytest.mark.parametrize(
    "content",
    [
        chatgpt_login(account_id="another"),
        chatgpt_login(account_id=""),
        chatgpt_login(account_id=None, id_token=id_token(account="another")),
        {**chatgpt_login(account_id=None), "last_refresh": None},
    ],
)
def test_a_sign_in_of_another_workspace_is_reported_without_its_id(content: object) -> None:
    held = stored(content, rules=Rules(workspaces=(ACCOUNT,)))
    (finding,) = methods.method_is_allowed(held)

    assert "is of another" in finding.detail
    assert ACCOUNT not in repr(finding)


@pytest.mark.parametrize(
    ("rules", "content"),
    [
        (Rules(), chatgpt_login()),
        (Rules(methods=("chatgpt",)), chatgpt_login()),
        (Rules(methods=("api",)), api_key_login()),
        (Rules(methods=("chatgpt", "api")), chatgpt_login()),
        (Rules(workspaces=("x", ACCOUNT)), chatgpt_login()),
        (Rules(workspaces=(ACCOUNT,)), chatgpt_login(account_id=None)),
        (Rules(workspaces=("x",)), api_key_login()),
    ],
)
def test_an_allowed_sign_in_is_silent(rules: Rules, content: object) -> None:
    assert methods.method_is_allowed(stored(content, rules=rules)) == ()
