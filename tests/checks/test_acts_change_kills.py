"""A kill while a sign-in is imported or ended leaves the old state or the new one; the next run ends it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

import acts_store
import kills
import tokens
from acts_store import DIED
from codex_checks.acts.importing import install
from codex_checks.acts.logout import sign_out
from codex_checks.acts.pasted import read_pasted
from codex_checks.acts.recovery import Fate, recover
from commands import asked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the processes of these tests are Unix's")

needs_strace = pytest.mark.skipif(kills.STRACE is None, reason="strace is not installed")

IMPORTING: Final = (
    "intent",
    "ready",
    "locked",
    "temporary-made",
    "temporary-written",
    "temporary-synced",
    "renamed",
    "folder-synced",
    "committed",
    "cleared",
)
LEAVING: Final = ("intent", "leaving", "locked", "removed", "committed", "cleared")
GONE_FROM: Final = LEAVING[LEAVING.index("removed") :]
NEW: Final = tokens.as_file(tokens.chatgpt_login(refresh_token="rt_imported"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    acts_store.put(tmp_path / "home", acts_store.login())
    (tmp_path / "pasted.json").write_bytes(NEW)
    return tmp_path / "home"


def run(
    home: Path, openai: FakeOpenAI, *options: str, before: Sequence[str] = ()
) -> tuple[int, dict[str, Any]]:
    """Change the sign-in of *home* in another process; return how it ended and what it said."""
    with acts_store.child(home, f"{openai.url}/oauth/token", *options, before=before) as process:
        out, err = process.communicate()
    assert "Traceback" not in err, err
    return process.returncode, json.loads(out) if out else {}


def importing(home: Path) -> tuple[str, str]:
    return "--import", str(home.parent / "pasted.json")


def left(home: Path) -> bytes | None:
    file = home / "auth.json"
    return file.read_bytes() if file.exists() else None


def revoked(openai: FakeOpenAI) -> set[str]:
    return {one["token"] for one in asked(openai, "/oauth/revoke")}


def kept(home: Path) -> list[bytes]:
    """Return the backups of *home*."""
    return [one.path.read_bytes() for one in acts_store.store(home).backups.all()]


def is_clean(home: Path) -> bool:
    """Whether nothing is left but what is meant to stay."""
    halves = [*home.glob(".auth-*"), *(home.parent / "state").glob("*/*.part")]
    return acts_store.store(home).journal.unfinished() == () and halves == []


@pytest.mark.parametrize("step", IMPORTING)
def test_an_import_that_dies_at_a_step_leaves_the_old_or_the_new(
    home: Path, openai: FakeOpenAI, step: str
) -> None:
    before = left(home)

    code, _ = run(home, openai, *importing(home), "--die-at", step)

    stored = step in IMPORTING[IMPORTING.index("renamed") :]
    assert (code, left(home)) == (DIED, NEW if stored else before)

    run(home, openai, *importing(home))

    assert (left(home), kept(home), is_clean(home)) == (NEW, [before], True)
    assert openai.asked == []


@pytest.mark.parametrize("step", IMPORTING)
def test_an_import_that_died_is_finished_by_whatever_comes_next(
    home: Path, openai: FakeOpenAI, step: str
) -> None:
    before = left(home)
    run(home, openai, *importing(home), "--die-at", step)

    store = acts_store.store(home)
    with store.alone("test"):
        recover(store)

    assert left(home) == (before if step == "intent" else NEW)
    assert is_clean(home)


@needs_strace
@pytest.mark.parametrize(
    ("fault", "problem"),
    [("rename:error=EACCES:when=2", "auth-file-not-writable"), ("fsync:error=ENOSPC:when=7", "disk-full")],
)
def test_an_import_that_fails_leaves_nothing_to_be_finished_later(
    home: Path, openai: FakeOpenAI, fault: str, problem: str
) -> None:
    before = left(home)

    _, said = run(home, openai, *importing(home), before=kills.faulty(fault))

    assert said == {"error": "StoreNotWritable", "problem": problem, "kept": False}
    assert (left(home), kept(home), is_clean(home)) == (before, [], True)


@pytest.mark.parametrize("step", LEAVING)
def test_a_sign_out_that_dies_at_a_step_leaves_the_old_or_nothing(
    home: Path, openai: FakeOpenAI, step: str
) -> None:
    before = left(home)

    code, _ = run(home, openai, "--logout", "--die-at", step)

    gone = step in GONE_FROM
    assert (code, left(home)) == (DIED, None if gone else before)
    assert revoked(openai) == ({tokens.REFRESH_TOKEN} if step == "cleared" else set())

    run(home, openai, "--logout")

    assert (left(home), revoked(openai), is_clean(home)) == (None, {tokens.REFRESH_TOKEN}, True)


@pytest.mark.parametrize("step", LEAVING)
def test_whoever_comes_next_revokes_what_is_gone_and_leaves_what_still_stands(
    home: Path, openai: FakeOpenAI, step: str
) -> None:
    before = left(home)
    run(home, openai, "--logout", "--die-at", step)
    gone, told = step in GONE_FROM, revoked(openai)

    _, said = run(home, openai)

    assert revoked(openai) == ({tokens.REFRESH_TOKEN} if gone else set())
    if gone:
        assert (said["error"], said["problem"], left(home)) == ("NotRenewable", "not-signed-in", None)
    else:
        assert (said["ending"], told) == ("renewed", set())
        assert left(home) not in (before, None)
    assert is_clean(home)


def test_what_is_yet_to_be_revoked_waits_for_somebody_who_can(home: Path, openai: FakeOpenAI) -> None:
    run(home, openai, "--logout", "--die-at", "removed")
    store = acts_store.store(home)

    with store.alone("test"):
        waiting = recover(store)

    assert (waiting, len(store.journal.unfinished())) == ((Fate.WAITING,), 1)


def test_a_sign_in_that_was_renewed_after_the_kill_is_not_revoked(home: Path, openai: FakeOpenAI) -> None:
    run(home, openai, "--logout", "--die-at", "leaving")
    acts_store.put(home, acts_store.login(refresh_token="rt_renewed"))

    run(home, openai)

    assert (revoked(openai), is_clean(home)) == (set(), True)


@needs_strace
def test_a_file_that_cannot_be_removed_after_all_is_not_revoked(home: Path, openai: FakeOpenAI) -> None:
    before = left(home)

    _, said = run(home, openai, "--logout", before=kills.faulty("unlink:error=EBUSY:when=1"))

    assert (said["error"], said["problem"]) == ("StoreNotWritable", "auth-file-not-writable")
    assert (left(home), openai.asked, is_clean(home)) == (before, [], True)


def test_the_steps_are_all_that_there_are(home: Path, openai: FakeOpenAI) -> None:
    imported: list[str] = []
    store = acts_store.store(home, step=imported.append)
    install(store, read_pasted(NEW, store.keep))
    leaving: list[str] = []
    store = acts_store.store(home, step=leaving.append)
    sign_out(store, acts_store.sender(), env=openai.env)

    assert (tuple(imported), tuple(leaving)) == (IMPORTING, LEAVING)
