"""Where Codex keeps the sign-in in a keyring, it is asked to do it itself."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import pytest

from codex_checks.acts.login_by_codex import NOT_LOOKED_UP
from codex_checks.acts.login_in_keyring import IN_KEYRING, NOT_REVOKED
from codex_checks.moments import moment, stamp
from commands import asked, events, run
from fakes import keyring_codex

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the keyring is known by its D-Bus on Linux")


def machine(folder: Path, *, left: float | None, method: str = "chatgpt") -> int:
    """Make a home whose sign-in is in a keyring, and return when its access token ends."""
    (folder / ".codex").mkdir()
    (folder / ".codex" / "config.toml").write_text('cli_auth_credentials_store = "keyring"')
    expires = int(time.time() + (left or 0))
    if left is not None:
        (folder / "keyring").write_text(json.dumps({"method": method, "expires": expires}))
    return expires


def command(
    folder: Path, openai: FakeOpenAI, *words: str, refuses: str | None = None, login: str | None = None
) -> subprocess.CompletedProcess[str]:
    program, env = keyring_codex.program(folder, keyring=folder / "keyring")
    if login:
        env["FAKE_LOGIN"] = login
    if refuses:
        env["FAKE_REFUSES"] = refuses
    return run(folder, openai, *words, "--codex-bin", str(program), env=env)


def test_codex_renews_what_is_due(tmp_path: Path, openai: FakeOpenAI) -> None:
    expires = machine(tmp_path, left=-5)

    ran = command(tmp_path, openai, "refresh")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (
        f"Renewed by the Codex that runs: the access token is good until {moment(expires + 3600)}.\n"
    )
    assert asked(openai) == []


def test_what_is_not_due_is_left_alone(tmp_path: Path, openai: FakeOpenAI) -> None:
    expires = machine(tmp_path, left=500)

    not_due = command(tmp_path, openai, "refresh", "--events")
    wanted = command(tmp_path, openai, "refresh", "--events", "--within", "600")

    assert events(not_due) == [{"event": "not_due"}]
    assert events(wanted) == [{"event": "refreshed", "expires_at": stamp(expires + 3600)}]


@pytest.mark.parametrize(
    ("refuses", "code", "do"),
    [("for-good", 1, "codex-doctor login"), ("for-now", 3, "Try again in a few minutes")],
)
def test_a_refusal_is_told(tmp_path: Path, openai: FakeOpenAI, refuses: str, code: int, do: str) -> None:
    machine(tmp_path, left=-5)

    ran = command(tmp_path, openai, "refresh", refuses=refuses)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert f"  do    {do}" in ran.stderr


@pytest.mark.parametrize(
    ("left", "method", "words"),
    [(None, "", "CDX101 not-signed-in: "), (9, "apikey", "the sign-in is not a ChatGPT one (apikey)")],
)
def test_what_cannot_be_renewed_is_named(
    tmp_path: Path, openai: FakeOpenAI, left: float | None, method: str, words: str
) -> None:
    machine(tmp_path, left=left, method=method)

    ran = command(tmp_path, openai, "refresh")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"codex-doctor: {words}")


def test_without_codex_nothing_can_be_done(tmp_path: Path, openai: FakeOpenAI) -> None:
    machine(tmp_path, left=-5)

    ran = run(
        tmp_path, openai, "refresh", env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x", "PATH": "/nowhere"}
    )

    assert ran.returncode == 1
    assert "CDX601 binary-not-found: the sign-in is kept in the keyring" in ran.stderr


def test_a_keyring_that_cannot_be_reached_is_named(
    tmp_path: Path, openai: FakeOpenAI, codex_cli: CodexCli
) -> None:
    machine(tmp_path, left=-5)

    ran = run(tmp_path, openai, "refresh", "--codex-bin", str(codex_cli.native))

    assert ran.returncode == 1
    assert "CDX123 keyring-unavailable: the sign-in is kept in a keyring that cannot be reached" in ran.stderr


def test_codex_signs_in_and_keeps_it_in_its_keyring(tmp_path: Path, openai: FakeOpenAI) -> None:
    expires = machine(tmp_path, left=-5)

    ran = command(tmp_path, openai, "login", "--revoke-old")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"  open    {openai.url}/codex/device\n  enter   ABCD-12345\n" in ran.stdout
    assert f"Signed in; the access token is good until {moment(expires + 7200)}." in ran.stdout
    assert f"  note  {IN_KEYRING}\n  note  {NOT_REVOKED}\n" in ran.stdout
    assert not (tmp_path / ".codex" / "auth.json").exists()


def test_nobody_needs_to_be_signed_in_in_a_keyring(tmp_path: Path, openai: FakeOpenAI) -> None:
    machine(tmp_path, left=None)

    assert command(tmp_path, openai, "login").returncode == 0
    assert (tmp_path / "keyring").exists()


def test_an_account_that_codex_could_not_look_up_is_signed_in_all_the_same(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    machine(tmp_path, left=-5)

    ran = command(tmp_path, openai, "login", login="workspace routing discovery failed")

    assert ran.returncode == 0
    assert f"  note  {NOT_LOOKED_UP}\n" in ran.stdout


@pytest.mark.parametrize(
    ("complaint", "name"),
    [
        ("device auth failed with status 400 Bad Request", "login-access-denied"),
        ("device auth timed out after 15 minutes", "device-code-expired"),
        ("anything else", "login-not-completed"),
    ],
)
def test_a_sign_in_that_fails_leaves_the_keyring_as_it_was(
    tmp_path: Path, openai: FakeOpenAI, complaint: str, name: str
) -> None:
    machine(tmp_path, left=-5)
    before = (tmp_path / "keyring").read_bytes()

    ran = command(tmp_path, openai, "login", login=complaint)

    assert ran.returncode == 1
    assert f" {name}: " in ran.stderr
    assert (tmp_path / "keyring").read_bytes() == before


def test_a_sign_in_that_nobody_completes_ends(tmp_path: Path, openai: FakeOpenAI) -> None:
    machine(tmp_path, left=-5)

    ran = command(tmp_path, openai, "login", "--timeout", "1", login="hang")

    assert ran.returncode == 1
    assert " device-code-expired: " in ran.stderr


def test_a_keyring_that_cannot_be_reached_signs_nobody_in(tmp_path: Path, openai: FakeOpenAI) -> None:
    machine(tmp_path, left=None)

    ran = run(tmp_path, openai, "login")

    assert ran.returncode == 1
    assert " keyring-unavailable: " in ran.stderr


def test_without_codex_nobody_can_open_its_keyring(tmp_path: Path, openai: FakeOpenAI) -> None:
    machine(tmp_path, left=None)

    ran = run(tmp_path, openai, "login", env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"})

    assert ran.returncode == 1
    assert " binary-not-found: " in ran.stderr
