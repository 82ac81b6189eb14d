"""The real Codex accepts and refuses the same files, and says the same of them."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

import pytest

from auth_cases import ACCEPTED, LOGIN
from auth_refused import REFUSED
from codex_checks.auth import methods
from codex_checks.auth.document import Document, Fault, Mode
from codex_checks.auth.login import Rules
from codex_checks.auth.parse import parse
from codex_doctor.redact import Secret
from signins import login, stored
from tokens import ACCESS_TOKEN_PAT, ACCOUNT, API_KEY, api_key_login, as_file, chatgpt_login, jwt

if TYPE_CHECKING:
    from codex_cli import CodexCli

SAID_BY_READING: Final = ("failed to deserialize CLI auth from file: ", "stream did not contain valid UTF-8")
"""How a refusal of the file itself begins; what Codex says later is about the mode."""

PREFIX: Final = "Error checking login status: "


def _said(cli: CodexCli, content: bytes) -> str:
    """Return what `codex login status` says of *content*, less the place of a wrong value.

    It hides which value that is, and counts inside the payload of a token.
    """
    home = cli.scratch_home()
    (home / "auth.json").write_bytes(content)
    ran = cli.run(["login", "status"], home)
    return re.sub(r" \(Data at line \d+ column \d+\)$", "", ran.stderr.strip().removeprefix(PREFIX))


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_codex_reads_what_we_read(codex_cli: CodexCli, content: bytes) -> None:
    said = _said(codex_cli, content)

    assert not said.startswith(SAID_BY_READING)
    assert isinstance(parse(content, Secret), Document)


@pytest.mark.parametrize("content", [content for content, _ in REFUSED.values()], ids=REFUSED)
def test_codex_says_of_a_broken_file_what_we_say_it_does(codex_cli: CodexCli, content: bytes) -> None:
    said = _said(codex_cli, content)
    fault = parse(content, Secret)

    assert isinstance(fault, Fault)
    assert said == fault.codex


MODES: Final[dict[Mode, str]] = {
    Mode.API_KEY: "API key configured",
    Mode.CHATGPT: "Logged in using ChatGPT",
    Mode.CHATGPT_AUTH_TOKENS: "Logged in using ChatGPT",
    Mode.PERSONAL_ACCESS_TOKEN: "Error checking login status: failed to request personal access token",
    Mode.BEDROCK_API_KEY: "Logged in using Amazon Bedrock API key",
    Mode.BEDROCK_ACCESS_KEYS: "Logged in using Amazon Bedrock AWS access keys",
}
"""How `codex login status` names a way to sign in; the third asks a service, which refuses here."""

PARTS: Final[dict[str, object]] = {
    "OPENAI_API_KEY": API_KEY,
    "tokens": LOGIN["tokens"],
    "agent_identity": "token",
    "personal_access_token": ACCESS_TOKEN_PAT,
    "bedrock_api_key": ["key", "region"],
    "bedrock_access_keys": ["id", "secret"],
}

NOBODY: Final = {"CODEX_AUTHAPI_BASE_URL": "http://127.0.0.1:1"}
"""Where nothing listens: no test asks a service."""


@pytest.mark.parametrize("pair", tuple(itertools.combinations(PARTS, 2)), ids=" and ".join)
def test_codex_takes_the_sign_in_that_we_say_it_does(codex_cli: CodexCli, pair: tuple[str, str]) -> None:
    content = as_file({name: PARTS[name] for name in pair})
    home = codex_cli.scratch_home()
    (home / "auth.json").write_bytes(content)
    said = codex_cli.run(["login", "status"], home, NOBODY).stderr
    document = parse(content, Secret)

    assert isinstance(document, Document)
    assert said.startswith(MODES[document.mode])


HELD: Final[dict[str, object]] = {
    "key": api_key_login(),
    "chatgpt": LOGIN,
    "external tokens": {**LOGIN, "auth_mode": "chatgptAuthTokens"},
    "bedrock": {"bedrock_api_key": ["key", "region"]},
    "no account": chatgpt_login(account_id=None),
    "empty account": chatgpt_login(account_id=""),
    "no account and no date": {**chatgpt_login(account_id=None), "last_refresh": None},
    "another account": chatgpt_login(account_id="another"),
}
FORCED: Final[dict[str, Rules]] = {
    'forced_login_method = "api"': Rules(methods=("api",)),
    'forced_login_method = "chatgpt"': Rules(methods=("chatgpt",)),
    f'forced_chatgpt_workspace_id = "{ACCOUNT}"': Rules(workspaces=(ACCOUNT,)),
    'forced_chatgpt_workspace_id = ["x", "another"]': Rules(workspaces=("x", "another")),
}


@pytest.mark.parametrize("content", HELD.values(), ids=HELD)
@pytest.mark.parametrize(("setting", "rules"), FORCED.items(), ids=FORCED)
def test_codex_forbids_the_sign_ins_that_we_say_it_does(
    codex_cli: CodexCli, content: object, setting: str, rules: Rules
) -> None:
    home = codex_cli.scratch_home()
    (home / "auth.json").write_bytes(as_file(content))
    (home / "config.toml").write_text(setting, "utf-8")
    ran = codex_cli.run(["login", "status"], home)
    findings = methods.method_is_allowed(stored(content, rules=rules))

    assert (ran.stderr == "Not logged in\n") is (len(findings) == 1)


@pytest.mark.parametrize(
    "value", ["at-x", " at-x ", "AT-x", "sk-proj-x", "a.b.c", "a.b", jwt({}), jwt(b"x"), "  "]
)
def test_codex_refuses_the_variables_that_we_say_it_does(codex_cli: CodexCli, value: str) -> None:
    home = codex_cli.scratch_home()
    (home / "auth.json").write_bytes(as_file(LOGIN))
    said = codex_cli.run(["login", "status"], home, {**NOBODY, "CODEX_ACCESS_TOKEN": value}).stderr
    given = {"CODEX_ACCESS_TOKEN": value} if value.strip() else {}
    findings = methods.access_token_variable_is_valid(login(LOGIN, variables=given))

    # A token of the right form is decoded; that its claims are a machine's own is not our matter.
    form = re.search("JWT format|not valid base64url|expected value", said)
    assert (form is not None) is (len(findings) == 1), said
