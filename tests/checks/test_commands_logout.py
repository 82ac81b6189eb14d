"""`logout` removes the sign-in here first, then tells the service, and says what came of both."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import pytest

import acts_store
import tokens
from codex_checks import signin
from codex_checks.acts import revoke_request, signing_out
from codex_checks.acts.content import Replacement
from codex_checks.acts.journal import Answer
from commands import asked, ended, events, run, start, until
from fakes import keyring_codex

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI
    from fakes.proxies import RefusingPort

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")

LOGIN = tokens.chatgpt_login()
KEPT = "~/state/codex-doctor/backups"
REVOKED = "Signed out: the sign-in is removed here, and revoked."


def put(folder: Path, content: object = LOGIN) -> Path:
    acts_store.put(folder / ".codex", content)
    return folder / ".codex"


def test_the_sign_in_is_removed_and_revoked(tmp_path: Path, openai: FakeOpenAI) -> None:
    home = put(tmp_path)

    ran = run(tmp_path, openai, "logout")

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{REVOKED}\n", "")
    assert not (home / "auth.json").exists()
    assert [one["token"] for one in asked(openai, "/oauth/revoke")] == [tokens.REFRESH_TOKEN]
    assert not list((tmp_path / "state").rglob("*.json*"))


@pytest.mark.parametrize("home_exists", [True, False])
def test_where_nothing_is_stored_it_says_so(tmp_path: Path, openai: FakeOpenAI, home_exists: bool) -> None:
    if home_exists:
        (tmp_path / ".codex").mkdir()

    words, told = run(tmp_path, openai, "logout"), run(tmp_path, openai, "logout", "--events")

    assert (words.returncode, told.returncode, openai.asked) == (0, 0, [])
    assert words.stdout == "Nothing is stored: you are signed out already.\n"
    assert events(told) == [{"event": "completed"}]


def test_events_are_exactly_the_stable_fields(tmp_path: Path, openai: FakeOpenAI) -> None:
    home = put(tmp_path)

    done = run(tmp_path, openai, "logout", "--events")
    put(tmp_path)
    (home / "auth.json").unlink()
    (home / "auth.json").mkdir()
    failed = run(tmp_path, openai, "logout", "--events")

    assert events(done) == [{"event": "completed"}]
    (event,) = events(failed)
    assert (event.pop("detail") != "", failed.returncode) == (True, 1)
    assert event == {"event": "failed", "name": "auth-file-unreadable", "code": "CDX103"}
    assert (done.stderr, failed.stderr) == ("", "")


def test_of_a_file_with_two_names_one_goes_and_the_other_is_told_and_revoked(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    home = put(tmp_path)
    (home / "second").hardlink_to(home / "auth.json")
    before = (home / "second").read_bytes()

    ran = run(tmp_path, openai, "logout")

    assert (ran.returncode, (home / "auth.json").exists()) == (0, False)
    assert "revoked" in ran.stdout
    assert "The file has another name (a hard link)" in ran.stdout
    assert "what stands there is of no use any more" in ran.stdout
    assert (home / "second").read_bytes() == before


@pytest.mark.parametrize(
    ("status", "words"), [(500, "the service answered 500"), (403, "the service answered 403")]
)
def test_a_service_that_does_not_take_note_does_not_keep_anybody_signed_in(
    tmp_path: Path, openai: FakeOpenAI, status: int, words: str
) -> None:
    openai.sicken("/oauth/revoke", status)
    home = put(tmp_path)

    ran = run(tmp_path, openai, "logout")

    assert (ran.returncode, (home / "auth.json").exists()) == (0, False)
    assert (
        ran.stdout == f"Signed out: the sign-in is removed here. It may still be valid elsewhere: {words}.\n"
    )


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("CODEX_DOCTOR_URL_AUTH", "the service could not be reached: refused"),
        (
            "CODEX_DOCTOR_URL_AUTH=",
            "the address in CODEX_DOCTOR_URL_AUTH is neither https nor on this machine",
        ),
    ],
)
def test_a_service_out_of_reach_does_not_either(
    tmp_path: Path, openai: FakeOpenAI, refusing_port: RefusingPort, variable: str, words: str
) -> None:
    home = put(tmp_path)
    url = "http://far.example" if variable.endswith("=") else refusing_port.url

    ran = run(tmp_path, openai, "logout", env={variable.rstrip("="): url})

    assert (ran.returncode, (home / "auth.json").exists(), openai.asked) == (0, False, [])
    assert words in ran.stdout


def test_a_service_that_is_silent_is_given_up_after_ten_seconds(
    tmp_path: Path, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert revoke_request.PATIENCE == 10
    monkeypatch.setattr(signing_out, "PATIENCE", 0.2)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name, value in openai.env.items():
        monkeypatch.setenv(name, value)
    openai.swallow("/oauth/revoke")

    left = signin.logout(codex_home=put(tmp_path))
    while not openai.asked:  # it may be on its way yet
        time.sleep(0.01)

    assert (left.existed, left.revoked, left.why_not) == (True, False, "the service did not answer in time")


@pytest.mark.parametrize(
    "content",
    [tokens.api_key_login(), {**LOGIN, "auth_mode": "chatgptAuthTokens"}, b"garbage", b""],
    ids=["an API key", "tokens of another program", "garbage", "an empty file"],
)
def test_what_cannot_be_revoked_is_removed(tmp_path: Path, openai: FakeOpenAI, content: object) -> None:
    home = put(tmp_path, content)

    ran = run(tmp_path, openai, "logout")

    assert (ran.returncode, (home / "auth.json").exists(), openai.asked) == (0, False, [])
    assert ran.stdout == (
        "Signed out: what was stored is removed here. It is not revoked: only ChatGPT sign-ins can be.\n"
    )


def test_backups_of_the_same_sign_in_are_removed_and_others_are_told(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    home = put(tmp_path)
    store = acts_store.store(home, state=tmp_path / "state" / "codex-doctor")
    store.keep_backup(store.read())
    other = Replacement(members=tokens.chatgpt_login(refresh_token="rt_other"))
    same = store.read()
    store.keep_backup(store.commit(same.guard, other))
    acts_store.put(home, LOGIN)

    ran = run(tmp_path, openai, "logout")

    (backup,) = store.backups.all()
    assert b"rt_other" in backup.path.read_bytes()
    assert ran.stdout.splitlines() == [
        REVOKED,
        f"  note  an earlier sign-in is still kept in {KEPT}; remove there what you do not want.",
    ]


def test_what_still_signs_codex_in_is_told(tmp_path: Path, openai: FakeOpenAI) -> None:
    put(tmp_path)

    ran = run(tmp_path, openai, "logout", env={"CODEX_ACCESS_TOKEN": tokens.ACCESS_TOKEN_PAT})

    assert ran.stdout.splitlines()[1:] == [
        "  note  CODEX_ACCESS_TOKEN is still set in the environment, and signs Codex in."
    ]


def test_a_renewal_that_waits_in_the_journal_is_stored_first_and_then_revoked(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    home = put(tmp_path)
    store = acts_store.store(home, state=tmp_path / "state" / "codex-doctor")
    answer = json.dumps({"refresh_token": "rt_waiting-in-the-journal"}).encode()
    store.journal.answered(
        store.journal.begin("refresh", store.read().guard), Answer(status=200, body=answer)
    )

    ran = run(tmp_path, openai, "logout")

    assert ran.returncode == 0, ran.stderr
    assert [one["token"] for one in asked(openai, "/oauth/revoke")] == ["rt_waiting-in-the-journal"]
    assert store.journal.unfinished() == ()


def test_a_sign_out_that_is_interrupted_while_it_asks_is_complete_here(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    home = put(tmp_path)
    openai.swallow("/oauth/revoke")
    process = start(tmp_path, openai, "logout")
    with ended(process):
        until(lambda: asked(openai, "/oauth/revoke") != [], process)
        process.terminate()
        out, err = process.communicate()
    openai.heal()

    assert (process.returncode, out, err) == (143, "", "")
    assert not (home / "auth.json").exists()

    again = run(tmp_path, openai, "logout")

    assert [one["token"] for one in asked(openai, "/oauth/revoke")] == [tokens.REFRESH_TOKEN]
    assert again.stdout == "Nothing is stored: you are signed out already.\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the keyring is known by its D-Bus on Linux")
@pytest.mark.parametrize("stored", [True, False])
def test_codex_itself_empties_its_keyring(tmp_path: Path, openai: FakeOpenAI, stored: bool) -> None:
    home = put(tmp_path, tokens.api_key_login())
    (home / "config.toml").write_text('cli_auth_credentials_store = "keyring"')
    (home / "auth.json").unlink()
    keyring = tmp_path / "keyring"
    if stored:
        keyring.write_text("{}")
    program, env = keyring_codex.program(tmp_path, keyring=keyring)

    ran = run(tmp_path, openai, "logout", "--codex-bin", str(program), env=env)

    assert (ran.returncode, keyring.exists(), ran.stderr) == (0, False, "")
    assert ran.stdout == (
        "Signed out: Codex removed the sign-in from its keyring.\n"
        if stored
        else "Nothing is stored: you are signed out already.\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the same")
@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        ("exit 7", 1, "`codex logout`, which alone can open the keyring, failed (7)"),
        (None, 1, "CDX123 keyring-unavailable: the sign-in is kept in a keyring that cannot be reached"),
    ],
)
def test_a_keyring_that_stays_closed_is_told(
    tmp_path: Path, openai: FakeOpenAI, script: str | None, code: int, words: str
) -> None:
    home = put(tmp_path, tokens.api_key_login())
    (home / "config.toml").write_text('cli_auth_credentials_store = "keyring"')
    program = tmp_path / "codex"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo codex-cli 0.169.0 && exit 0\n{script}\n')
    program.chmod(0o755)
    env = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"} if script else {}

    ran = run(tmp_path, openai, "logout", "--codex-bin", str(program), env=env)

    assert (ran.returncode, words in ran.stderr) == (code, True), ran.stderr
    assert (home / "auth.json").exists()


def test_no_secret_is_said(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/revoke", 400, f"<html>{tokens.REFRESH_TOKEN}")
    said = ""
    for more in ([], ["--events"]):
        put(tmp_path)
        ran = run(tmp_path, openai, "logout", *more)
        said += ran.stdout + ran.stderr

    secrets = (tokens.REFRESH_TOKEN, LOGIN["tokens"]["access_token"], LOGIN["tokens"]["id_token"])
    assert [secret for secret in secrets if secret in said] == []
