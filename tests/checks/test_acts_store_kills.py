"""A kill at any instant leaves the old file or the new one, and no token is lost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import kills
from acts_store import AFTER_THE_ANSWER, DIED, STEPS, STORED_FROM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fakes.openai import FakeOpenAI


ORDER = {
    "journal": r"fsync\(\d+<.*\.jsonl>",
    "answer": r"msync\(",
    "names of the journal": r"fsync\(\d+<.*/journal>",
    "ask": r"sendto\(\d+<.*rt_test",
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


def refresh_token(raw: bytes) -> str:
    found: dict[str, Any] = json.loads(raw)
    return str(found["tokens"]["refresh_token"])


def run(
    home: Path, openai: FakeOpenAI, *options: str, before: Sequence[str] = ()
) -> tuple[int, dict[str, Any]]:
    """Renew the sign-in of *home* in another process; return how it ended and what it said."""
    with acts_store.child(home, f"{openai.url}/oauth/token", *options, before=before) as process:
        out, err = process.communicate()
    assert "Traceback" not in err, err
    return process.returncode, json.loads(out) if out else {}


def spent(openai: FakeOpenAI) -> int:
    """Return how often a refresh token was used up."""
    return openai.service.rotations


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_dies_at_a_step_loses_nothing(home: Path, openai: FakeOpenAI, step: str) -> None:
    before = (home / "auth.json").read_bytes()

    code, _ = run(home, openai, "--die-at", step)

    left = (home / "auth.json").read_bytes()
    answered = step in AFTER_THE_ANSWER
    assert code == DIED
    assert spent(openai) == answered
    assert refresh_token(left) == "rt_rotated_1" if step in STORED_FROM else left == before

    _, said = run(home, openai)

    after = (home / "auth.json").read_bytes()
    assert refresh_token(after) == "rt_rotated_1"
    assert spent(openai) == 1
    assert said["ending"] == ("not-due" if step in STORED_FROM else "adopted" if answered else "renewed")
    assert acts_store.store(home).journal.unfinished() == ()
    assert not list(home.glob(".auth-*"))


@pytest.mark.skipif(kills.STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize(
    ("fault", "problem"),
    [("rename:error=EACCES:when=1", "auth-file-not-writable"), ("fsync:error=ENOSPC:when=4", "disk-full")],
)
def test_a_fault_after_the_answer_leaves_the_tokens_in_the_journal(
    home: Path, openai: FakeOpenAI, fault: str, problem: str
) -> None:
    before = (home / "auth.json").read_bytes()

    _, said = run(
        home,
        openai,
        before=kills.faulty(fault),
    )

    assert (said["error"], said["problem"], said["kept"]) == ("StoreNotWritable", problem, True)
    assert (home / "auth.json").read_bytes() == before
    assert not list(home.glob(".auth-*"))

    _, said = run(home, openai)

    assert said["ending"] == "adopted"
    assert refresh_token((home / "auth.json").read_bytes()) == "rt_rotated_1"
    assert spent(openai) == 1


@pytest.mark.skipif(kills.STRACE is None, reason="strace is not installed")
def test_each_step_is_on_the_disk_before_the_next_begins(
    home: Path, openai: FakeOpenAI, tmp_path: Path
) -> None:
    log = tmp_path / "log"

    run(home, openai, before=kills.noting_order(log))

    assert kills.in_order(log, ORDER, home) == [
        "journal",
        "names of the journal",
        "ask",
        "answer",
        "journal",
        "new file",
        "rename",
        "names of the home",
        "journal",
        "names of the journal",
    ]


def test_every_step_is_one_that_a_renewal_takes(home: Path, openai: FakeOpenAI) -> None:
    steps: list[str] = []
    store = acts_store.store(home, step=steps.append)

    acts_store.renew(store, openai)

    assert tuple(steps) == STEPS
