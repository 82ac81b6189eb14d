"""A kill at any call of a repair that signs in leaves the old sign-in or the new one, and can be undone."""

from __future__ import annotations

import json
import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest

import acts_store
import tokens
from commands import surroundings
from counted import KILLED, counted

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process is copied as on Unix")

NAME: Final = "refresh-token-missing"

MOST: Final = 100
"""More calls than any of it makes."""


@pytest.fixture(autouse=True)
def entered(openai: FakeOpenAI) -> None:
    """Somebody enters the code at once."""
    openai.service.polls, openai.service.interval = 0, "1"


def begun_anew(folder: Path) -> bytes:
    """Let *folder* be the home of somebody whose sign-in lacks its refresh token; return the sign-in."""
    for name in (".codex", "state"):
        shutil.rmtree(folder / name, ignore_errors=True)
    login = tokens.chatgpt_login(expires=time.time() + 9999, refreshed=time.time(), refresh_token="")
    return acts_store.put(folder / ".codex", login)


def stored(folder: Path) -> bytes:
    return (folder / ".codex" / "auth.json").read_bytes()


def is_new(raw: bytes) -> bool:
    return str(json.loads(raw)["tokens"]["refresh_token"]).startswith("rt_login_")


def half_done(folder: Path) -> list[Path]:
    """Return what lies about."""
    journal = folder / "state" / "codex-doctor" / "journal"
    return [*(folder / ".codex").glob(".auth-*"), *(journal.iterdir() if journal.exists() else ())]


def test_a_kill_at_any_call_of_a_repair_that_signs_in_loses_nothing(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    env = surroundings(tmp_path, openai)
    with (
        counted(["codex_doctor", "repair", NAME, "--yes"], env=env, folder=tmp_path) as repair,
        counted(["codex_doctor", "repair", "--undo"], env=env, folder=tmp_path) as undoing,
    ):
        for last in range(1, MOST):
            old = begun_anew(tmp_path)
            openai.service.logins = 0

            code, _ = repair.run(last)

            left = stored(tmp_path)
            assert left == old or is_new(left), last
            if code == 0:
                return
            assert code == KILLED

            assert repair.run()[0] == 0, last

            assert (is_new(stored(tmp_path)), half_done(tmp_path)) == (True, []), last
            assert openai.service.logins == 1, last
            assert undoing.run()[0] == 0, last
            assert stored(tmp_path) == old, last
    pytest.fail("it makes more calls than it was killed at")


def test_a_kill_at_any_call_of_its_undo_leaves_the_old_sign_in_or_the_new_one(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    env = surroundings(tmp_path, openai)
    with (
        counted(["codex_doctor", "repair", NAME, "--yes"], env=env, folder=tmp_path) as repair,
        counted(["codex_doctor", "repair", "--undo"], env=env, folder=tmp_path) as undoing,
    ):
        for last in range(1, MOST):
            old = begun_anew(tmp_path)
            assert repair.run()[0] == 0
            new = stored(tmp_path)

            code, _ = undoing.run(last)

            left = stored(tmp_path)
            assert left in (old, new), last
            if code == 0:
                assert left == old
                return
            assert code == KILLED

            assert undoing.run()[0] == 0 or left == old, last

            assert stored(tmp_path) == old, last
            assert half_done(tmp_path) == [], last
    pytest.fail("it makes more calls than it was killed at")


CODEX: Final = """#!/bin/sh
[ "$1" = app-server ] || { echo codex-cli 0.169.0; exit; }
read greeting; echo '{"id": 1, "result": {}}'
read ready; read question
echo "{\\"id\\": 2, \\"result\\": {\\"loginId\\": \\"l\\", \\"userCode\\": \\"ABCD-12345\\",\
 \\"verificationUrl\\": \\"$CODEX_APP_SERVER_LOGIN_ISSUER/codex/device\\"}}"
cp "$HOME/new" "$CODEX_HOME/auth.json"
echo '{"method": "account/login/completed", "params": {"loginId": "l", "success": true, "error": null}}'
cat >/dev/null
"""
"""A Codex whose user enters the code at once."""


def test_a_kill_at_any_call_of_a_sign_in_through_codex_loses_nothing(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    program = tmp_path / "codex"
    program.write_text(CODEX, "utf-8")
    program.chmod(0o755)
    login = tokens.chatgpt_login(refresh_token="rt_login_by_codex")
    (tmp_path / "new").write_bytes(tokens.as_file(login))
    env, words = surroundings(tmp_path, openai), ["codex_doctor", "login", "--codex-bin", str(program)]
    with counted(words, env=env, folder=tmp_path) as signing_in:
        for last in range(1, MOST):
            old = begun_anew(tmp_path)

            code, _ = signing_in.run(last)

            left = stored(tmp_path)
            assert left == old or is_new(left), last
            if code == 0:
                assert is_new(left)
                assert openai.service.logins == 0
                return
            assert code == KILLED

            assert signing_in.run()[0] == 0, last

            assert (is_new(stored(tmp_path)), half_done(tmp_path)) == (True, []), last
            backups = (tmp_path / "state" / "codex-doctor" / "backups").iterdir()
            assert old in [one.read_bytes() for one in backups], last
    pytest.fail("it makes more calls than it was killed at")
