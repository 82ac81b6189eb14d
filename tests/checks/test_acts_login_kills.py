"""A kill at any instant of signing in leaves the old sign-in or the new one, and loses no token."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

import acts_login
import acts_store
import kills
from acts_login import STEPS, Somebody
from acts_store import AFTER_THE_ANSWER, DIED, STORED_FROM
from codex_checks.acts.recovery import recover

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI


ORDER = {
    "journal": r"fsync\(\d+<.*\.jsonl>",
    "answer": r"msync\(",
    "names of the journal": r"fsync\(\d+<.*/journal>",
    "ask": r"sendto\(\d+<.*device_auth_id|sendto\(\d+<.*client_id",
    "backup": r"fsync\(\d+<.*/backups/[^>]*\.part>",
    "keep": r'rename\(".*/backups/[^"]*\.part", ".*/backups/[^"]*\.json"\)',
    "names of the backups": r"fsync\(\d+<.*/backups>",
    "new file": r"fsync\(\d+<{home}/\.auth-\w{{6}}>",
    "rename": r'rename\("{home}/\.auth-\w{{6}}", "{home}/auth\.json"\)',
    "names of the home": r"fsync\(\d+<{home}>",
}
"""What a line of strace means, by what it looks like."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the processes of these tests are Unix's")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    acts_store.put(tmp_path / "home", acts_store.login())
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def entered(openai: FakeOpenAI) -> None:
    """Somebody enters the code at once."""
    openai.service.polls = 0


def refresh_token(raw: bytes) -> str:
    return str(json.loads(raw)["tokens"]["refresh_token"])


def recovered(home: Path, *, given: bool, before: bytes) -> None:
    """Let the next doctor finish what is left; make sure that whatever was *given* is stored then."""
    store = acts_store.store(home)
    with store.alone("test"):
        recover(store)
    left = (home / "auth.json").read_bytes()
    if given:
        assert refresh_token(left) == "rt_login_1"
        assert before in {backup.path.read_bytes() for backup in store.backups.all()}
    else:
        assert left == before
    assert store.journal.unfinished() == ()
    assert not list(home.glob(".auth-*"))


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_dies_at_a_step_loses_nothing(home: Path, openai: FakeOpenAI, step: str) -> None:
    before = (home / "auth.json").read_bytes()

    code, _ = acts_login.run(home, openai.url, "--die-at", step)

    left = (home / "auth.json").read_bytes()
    assert code == DIED
    assert openai.service.logins == (step in AFTER_THE_ANSWER)
    assert refresh_token(left) == "rt_login_1" if step in STORED_FROM else left == before
    recovered(home, given=openai.service.logins > 0, before=before)


@pytest.mark.skipif(kills.STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize(
    ("fault", "problem"),
    [("rename:error=EACCES:when=1", "auth-file-not-writable"), ("fsync:error=ENOSPC:when=6", "disk-full")],
)
def test_a_fault_after_the_answer_leaves_the_tokens_in_the_journal(
    home: Path, openai: FakeOpenAI, fault: str, problem: str
) -> None:
    before = (home / "auth.json").read_bytes()

    _, said = acts_login.run(home, openai.url, before=kills.faulty(fault))

    assert (said["error"], said["problem"], said["kept"]) == ("StoreNotWritable", problem, True)
    assert (home / "auth.json").read_bytes() == before
    recovered(home, given=openai.service.logins > 0, before=before)


@pytest.mark.skipif(kills.STRACE is None, reason="strace is not installed")
def test_each_step_is_on_the_disk_before_the_next_begins(
    home: Path, openai: FakeOpenAI, tmp_path: Path
) -> None:
    log = tmp_path / "log"

    acts_login.run(home, openai.url, before=kills.noting_order(log))

    assert kills.in_order(log, ORDER, home) == [
        "journal",
        "names of the journal",
        "ask",
        "ask",
        "ask",
        "answer",
        "journal",
        "backup",
        "names of the backups",
        "keep",
        "names of the backups",
        "new file",
        "rename",
        "names of the home",
        "journal",
        "names of the journal",
    ]


def test_every_step_is_one_that_signing_in_takes(home: Path, openai: FakeOpenAI) -> None:
    steps: list[str] = []

    acts_login.login(acts_store.store(home, step=steps.append), openai, Somebody())

    assert tuple(steps) == STEPS
