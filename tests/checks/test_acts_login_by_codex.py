"""Signing in through the real Codex, which gets a home of its own for it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

import acts_login
import acts_store
import tokens
from acts_login import STEPS, Somebody
from acts_store import DIED, STORED_FROM
from codex_checks.acts.codex_asked import LOOKING
from codex_checks.acts.device_flow import LIFETIME
from codex_checks.acts.errors import ActError, CalledOff, NotSignedIn
from codex_checks.acts.login_by_codex import NOT_LOOKED_UP
from codex_checks.acts.recovery import recover
from fakes.answers import USER_CODE
from gone import gone

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.acts.store import CredentialStore
    from fakes.openai import FakeOpenAI
    from fakes.proxies import RefusingPort

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the processes of these tests are Unix's")

CODE, GRANT, TOKENS = "*/deviceauth/usercode", "*/deviceauth/token", "/oauth/token"
ACCOUNT = "*/wham/accounts/check"


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    acts_store.put(tmp_path / "home", acts_store.login())
    return acts_store.store(tmp_path / "home")


@pytest.fixture(autouse=True)
def entered(openai: FakeOpenAI) -> None:
    """Somebody enters the code at once, unless a test says otherwise."""
    openai.service.polls, openai.service.interval = 0, "1"


def stored(store: CredentialStore) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(store.path.read_bytes())
    return found


def nothing_is_left(store: CredentialStore) -> None:
    assert store.journal.unfinished() == ()
    assert list((store.home.parent / "state" / "journal").iterdir()) == []


def failure(
    store: CredentialStore,
    openai: FakeOpenAI,
    program: Path,
    **options: Any,  # noqa: ANN401 - those of acts_login.login_by_codex
) -> ActError:
    """Return why nobody could sign in, having made sure that nothing has changed and nothing is left."""
    before = store.path.read_bytes()
    with pytest.raises(ActError) as caught:
        acts_login.login_by_codex(store, openai, program, **options)
    assert store.path.read_bytes() == before
    assert store.backups.all() == ()
    nothing_is_left(store)
    assert USER_CODE not in f"{caught.value!r}"
    return caught.value


def stand_in(folder: Path, *lines: str) -> Path:
    """Make a program that stands in for Codex, out of the *lines* of a shell script."""
    path = folder / "codex"
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def code_given(*, code: str = USER_CODE, url: str = "%s/codex/device") -> str:
    """Return a line of a shell script that gives a device code as an app-server does."""
    result = {"loginId": "l", "userCode": code, "verificationUrl": url}
    said = json.dumps({"id": 2, "result": result}).replace("\\", "\\\\")
    return f"read ready; read question; printf '{said}\\n' $CODEX_APP_SERVER_LOGIN_ISSUER"


GREETED = """read greeting; echo '{"id":1,"result":{}}'"""
CODE_GIVEN = (GREETED, code_given())
DONE = """echo '{"method":"account/login/completed","params":{"loginId":"l","success":true,"error":null}}'"""
FAILED = (
    """echo '{"method":"account/login/completed","params":{"loginId":"l","success":false,"error":"%s"}}'"""
)


def test_somebody_signs_in(store: CredentialStore, openai: FakeOpenAI, codex_native: Path) -> None:
    before, told = store.path.read_bytes(), Somebody(real=True)

    signed_in = acts_login.login_by_codex(store, openai, codex_native, told)

    (code,) = told.codes
    assert (code.verification_url, code.user_code) == (f"{openai.url}/codex/device", USER_CODE)
    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"
    assert signed_in.account == tokens.ACCOUNT
    assert signed_in.notes == ()
    assert signed_in.backup is not None
    assert signed_in.backup.path.read_bytes() == before
    nothing_is_left(store)


def test_codex_sees_nothing_of_the_old_sign_in_and_no_credential(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    program = stand_in(
        tmp_path, f'env > {seen}; echo "$PWD" >> {seen}; cat "$CODEX_HOME/config.toml" >> {seen}; exit 1'
    )
    env = {"OPENAI_API_KEY": "sk-secret", "CODEX_ACCESS_TOKEN": "at-secret", "HTTPS_PROXY": "http://p"}

    with pytest.raises(NotSignedIn):
        acts_login.login_by_codex(store, openai, program, env=env, workspaces=("ws-1",))

    text = seen.read_text()
    assert "secret" not in text
    assert f"CODEX_HOME={store.home}\n" not in text
    assert f"CODEX_HOME={tmp_path}/state/journal/" in text
    assert "HTTPS_PROXY=http://p" in text
    assert f"CODEX_APP_SERVER_LOGIN_ISSUER={openai.url}" in text
    assert 'forced_chatgpt_workspace_id = "ws-1"' in text
    assert 'cli_auth_credentials_store = "file"' in text
    assert f'chatgpt_base_url = "{openai.url}/backend-api"' in text


@pytest.mark.parametrize(
    ("path", "answer", "problem"),
    [
        (GRANT, (400, {"error": "access_denied"}), "login-access-denied"),
        (GRANT, (429, ""), "device-auth-rate-limited"),
        (GRANT, (503, ""), "service-unavailable"),
        (GRANT, (200, "nonsense"), "login-not-completed"),
        (TOKENS, (400, {"error": "invalid_grant", "error_description": "rt_x"}), "login-not-completed"),
        (TOKENS, (403, "Country, region, or territory not supported"), "region-blocked"),
        (TOKENS, (500, ""), "login-not-completed"),
        (TOKENS, (200, "<html>"), "login-not-completed"),
        (TOKENS, (200, {"id_token": "x", "access_token": "a", "refresh_token": "r"}), "login-not-completed"),
    ],
)
def test_a_refusal_or_nonsense_at_any_stage_is_named_and_changes_nothing(
    store: CredentialStore,
    openai: FakeOpenAI,
    codex_native: Path,
    path: str,
    answer: tuple[int, object],
    problem: str,
) -> None:
    openai.sicken(path, *answer)

    error = failure(store, openai, codex_native)

    assert error.problem == problem
    assert isinstance(error, NotSignedIn)
    assert error.next_step


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [(CODE, 404, {}), (CODE, 429, ""), (CODE, 500, ""), (CODE, 200, "<html>"), (CODE, 302, "")],
)
def test_where_codex_gets_no_code_another_way_may_tell_why(
    store: CredentialStore, openai: FakeOpenAI, codex_native: Path, path: str, status: int, body: object
) -> None:
    openai.sicken(path, status, body)

    assert failure(store, openai, codex_native).words == "there is no way to sign in from here"


def test_a_service_that_cannot_be_reached_lets_another_way_tell_why(
    store: CredentialStore, openai: FakeOpenAI, codex_native: Path, refusing_port: RefusingPort
) -> None:
    error = failure(store, openai, codex_native, env={"CODEX_DOCTOR_URL_AUTH": refusing_port.url})

    assert error.words == "there is no way to sign in from here"


def test_another_workspace_than_the_settings_allow_is_refused_by_codex_itself(
    store: CredentialStore, openai: FakeOpenAI, codex_native: Path
) -> None:
    error = failure(store, openai, codex_native, workspaces=("ws-1", "ws-2"))

    assert error.problem == "login-workspace-restricted"
    assert "ws-1 and ws-2" in error.words


def test_an_account_that_cannot_be_looked_up_is_stored_and_told(
    store: CredentialStore, openai: FakeOpenAI, codex_native: Path
) -> None:
    openai.sicken(ACCOUNT, 404)

    signed_in = acts_login.login_by_codex(store, openai, codex_native)

    assert signed_in.notes == (NOT_LOOKED_UP,)
    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"


def test_a_refusal_of_the_new_tokens_makes_codex_renew_them_and_the_newest_are_stored(
    store: CredentialStore, openai: FakeOpenAI, codex_native: Path
) -> None:
    openai.sicken(ACCOUNT, 401, {"error": {"code": "token_expired"}})

    acts_login.login_by_codex(store, openai, codex_native)

    newest = max(openai.service.rotations, 0)
    assert stored(store)["tokens"]["refresh_token"] == (f"rt_rotated_{newest}" if newest else "rt_login_1")


def test_nobody_waits_for_an_account_that_is_looked_up_without_end(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path
) -> None:
    (tmp_path / "new").write_bytes(tokens.as_file(tokens.chatgpt_login(refresh_token="rt_new")))
    program = stand_in(tmp_path, *CODE_GIVEN, f'cp {tmp_path}/new "$CODEX_HOME/auth.json"', "sleep 600")
    somebody = Somebody()

    signed_in = acts_login.login_by_codex(store, openai, program, somebody)

    assert signed_in.notes == (NOT_LOOKED_UP,)
    assert LOOKING < somebody.time < LIFETIME
    assert stored(store)["tokens"]["refresh_token"] == "rt_new"


def test_a_code_that_nobody_enters_runs_out(
    store: CredentialStore, openai: FakeOpenAI, codex_native: Path
) -> None:
    openai.service.polls = None

    error = failure(store, openai, codex_native, somebody=Somebody())

    assert (error.problem, error.words) == (
        "device-code-expired",
        "the code was not entered within 15 minutes",
    )


def test_it_can_be_called_off(store: CredentialStore, openai: FakeOpenAI, codex_native: Path) -> None:
    openai.service.polls = None

    error = failure(store, openai, codex_native, somebody=Somebody(cancel_at=5))

    assert isinstance(error, CalledOff)


def test_it_is_not_called_off_any_more_once_there_are_tokens(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path
) -> None:
    (tmp_path / "new").write_bytes(tokens.as_file(tokens.chatgpt_login(refresh_token="rt_new")))
    program = stand_in(
        tmp_path, GREETED, f'cp {tmp_path}/new "$CODEX_HOME/auth.json"', code_given(), "sleep 60"
    )

    acts_login.login_by_codex(store, openai, program, Somebody(cancel_at=1))

    assert stored(store)["tokens"]["refresh_token"] == "rt_new"


@pytest.mark.parametrize(
    "lines",
    [
        ("exit 1",),
        ("echo nonsense",),
        ("echo []",),
        (f"{GREETED}; exit 0",),
        (GREETED, """read ready; read question; echo '{"id":2,"error":{"code":-32600}}'"""),
        (GREETED, code_given(url="https://other.example/codex/device"), "sleep 60"),
        (GREETED, code_given(code="\x1b[2J"), "sleep 60"),
    ],
    ids=["ends", "nonsense", "no message", "greets and ends", "too old", "another service", "tricks"],
)
def test_a_codex_that_gives_no_code_leaves_it_to_another_way(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    told = Somebody()

    error = failure(store, openai, stand_in(tmp_path, *lines), somebody=told)

    assert error.words == "there is no way to sign in from here"
    assert told.codes == []


def test_a_codex_that_cannot_be_started_leaves_it_to_another_way(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path
) -> None:
    assert failure(store, openai, tmp_path / "gone").words == "there is no way to sign in from here"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("exit 1",), "login-not-completed"),
        (("kill -9 $$",), "login-not-completed"),
        (("echo nonsense",), "login-not-completed"),
        ((DONE,), "login-not-completed"),
        ((f'echo "{{" > "$CODEX_HOME/auth.json"; {DONE}',), "login-not-completed"),
        ((FAILED % "rt_secret of somebody",), "login-not-completed"),
        ((FAILED % "error sending request for url (https://x)",), "login-not-completed"),
        ((FAILED % "device auth timed out after 15 minutes",), "device-code-expired"),
    ],
)
def test_a_codex_that_ends_after_the_code_was_shown_changes_nothing(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path, lines: tuple[str, ...], problem: str
) -> None:
    error = failure(store, openai, stand_in(tmp_path, *CODE_GIVEN, *lines))

    assert error.problem == problem
    assert "secret" not in error.words


def test_a_codex_that_hangs_and_ignores_every_signal_is_ended_with_all_that_it_started(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    program = stand_in(
        tmp_path,
        "trap '' TERM INT HUP",
        *CODE_GIVEN,
        f"(trap '' TERM INT HUP; sleep 600) & echo $! $$ > {pids}",
        "while :; do sleep 600; done",
    )

    error = failure(store, openai, program, somebody=Somebody())

    assert error.problem == "device-code-expired"
    for pid in pids.read_text().split():
        assert gone(int(pid))


def test_a_codex_that_says_nothing_is_not_waited_for(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_checks.acts.app_server.GREETING", 0.1)

    error = failure(store, openai, stand_in(tmp_path, "sleep 600"))

    assert error.words == "there is no way to sign in from here"


def test_what_codex_stored_before_a_kill_is_stored_by_the_next_doctor(
    store: CredentialStore, openai: FakeOpenAI, tmp_path: Path
) -> None:
    before = store.path.read_bytes()
    new = tokens.as_file(tokens.chatgpt_login(refresh_token="rt_new"))
    (tmp_path / "new").write_bytes(new)
    program = stand_in(
        tmp_path, *CODE_GIVEN, f'cp {tmp_path}/new "$CODEX_HOME/auth.json"; kill -9 $PPID; sleep 60'
    )

    code, _ = acts_login.run(store.home, openai.url, "--codex", str(program))

    assert code == -9
    assert store.path.read_bytes() == before

    with store.alone("test"):
        recover(store)

    assert store.path.read_bytes() == new
    nothing_is_left(store)


@pytest.mark.parametrize("step", [step for step in STEPS if step != "answered"])
def test_a_process_that_dies_at_a_step_loses_nothing(
    store: CredentialStore, openai: FakeOpenAI, codex_native: Path, step: str
) -> None:
    before = store.path.read_bytes()

    code, _ = acts_login.run(store.home, openai.url, "--codex", str(codex_native), "--die-at", step)

    assert code == DIED
    signed_in = openai.service.logins == 1
    assert signed_in == (step != "intent")
    assert stored(store)["tokens"]["refresh_token"] == (
        "rt_login_1" if step in STORED_FROM else tokens.REFRESH_TOKEN
    )

    with store.alone("test"):
        recover(store)

    if signed_in:
        assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"
        assert [backup.path.read_bytes() for backup in store.backups.all()] == [before]
    else:
        assert store.path.read_bytes() == before
    nothing_is_left(store)
