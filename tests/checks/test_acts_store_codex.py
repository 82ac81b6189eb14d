"""The real Codex reads what we write, renews it, and waits for the same locks."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import tokens
from codex_checks.acts import locks
from codex_checks.acts.content import ABSENT, Replacement
from codex_checks.acts.ending import Ending
from codex_checks.acts.errors import LockHeld
from codex_doctor.locks import take

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="flock is Unix's")

RENEWS = ["features", "list"]
"""A command that renews a sign-in which is due, as a side effect (codex-auth 2.2)."""


@pytest.fixture
def home(codex_cli: CodexCli) -> Path:
    home = codex_cli.scratch_home() / "home"
    acts_store.put(home, acts_store.login())
    return home


def stored(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "auth.json").read_bytes())
    return found


def test_codex_reads_what_we_wrote(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> None:
    acts_store.renew(acts_store.store(home), openai)

    ran = codex_cli.run(["login", "status"], home)

    assert (ran.returncode, ran.stderr) == (0, "Logged in using ChatGPT\n")


def test_codex_renews_what_we_renewed(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> None:
    acts_store.renew(acts_store.store(home), openai)
    later = stored(home)
    later["tokens"]["access_token"] = tokens.access_token(expires=time.time() - 5)
    acts_store.put(home, later)

    codex_cli.run([*RENEWS, *openai.codex_args], home, openai.codex_env)

    assert stored(home)["tokens"]["refresh_token"] == "rt_rotated_2"
    assert openai.service.spent == {tokens.REFRESH_TOKEN, "rt_rotated_1"}


def test_we_renew_what_codex_renewed(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> None:
    codex_cli.run([*RENEWS, *openai.codex_args], home, openai.codex_env)

    ended = acts_store.renew(acts_store.store(home), openai, force=True)

    assert ended.ending is Ending.RENEWED
    assert stored(home)["tokens"]["refresh_token"] == "rt_rotated_2"


def test_we_write_byte_for_byte_what_codex_writes(
    codex_cli: CodexCli, openai: FakeOpenAI, home: Path
) -> None:
    everything = {
        **acts_store.login(oauth_provenance=None),
        "OPENAI_API_KEY": 'sk-\u00e9\u2028\u007f/\u0001"\\',
        "personal_access_token": "at-x",
        "bedrock_api_key": {"api_key": "k", "region": "r"},
    }
    acts_store.put(home, dict(reversed(everything.items())))
    codex_cli.run([*RENEWS, *openai.codex_args], home, openai.codex_env)
    codex = (home / "auth.json").read_bytes()

    (home / "auth.json").unlink()
    acts_store.store(home).commit(ABSENT, Replacement(members=dict(reversed(json.loads(codex).items()))))

    assert b"rt_rotated_1" in codex
    assert (home / "auth.json").read_bytes() == codex


def test_codex_waits_for_the_lock_that_we_hold(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> None:
    before = (home / "auth.json").read_bytes()

    with locks.codex_locks(home, home):
        argv = [str(codex_cli.native), *RENEWS, *openai.codex_args]
        env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "CODEX_HOME": str(home), **openai.codex_env}
        process = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not openai.service.rotations:  # it asks first and then wants to store the answer
            assert process.poll() is None
        held = (home / "auth.json").read_bytes()
    process.wait()

    assert held == before
    assert stored(home)["tokens"]["refresh_token"] == "rt_rotated_1"


def test_a_codex_that_holds_its_lock_keeps_us_from_asking(
    codex_cli: CodexCli, openai: FakeOpenAI, home: Path
) -> None:
    # With auth.json.lock taken from it, Codex holds auth.lock for as long as it waits.
    argv = [str(codex_cli.native), *RENEWS, *openai.codex_args]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "CODEX_HOME": str(home), **openai.codex_env}
    store = acts_store.store(home)
    with (home / "auth.json.lock").open("w") as file:
        assert take(file.fileno(), byte=0)
        process = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        held = None
        while held is None:
            assert process.poll() is None
            try:
                with locks.codex_locks(home, home.parent, patience=0):
                    pass
            except LockHeld as error:
                held = error
        asked = len(openai.asked)
        store.patience = 0
        with pytest.raises(LockHeld):
            acts_store.renew(store, openai)
    process.wait()

    assert held.holder == f"codex (process {process.pid})"
    assert len(openai.asked) >= asked
    assert openai.service.rotations == 1
