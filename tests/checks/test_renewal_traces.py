"""What tells of renewals is read without sending, making or changing anything."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

import acts_store
import engine
import signins
import tokens
from codex_checks.acts import locks
from codex_checks.acts.content import Renewal
from codex_checks.acts.journal import Answer
from codex_checks.places import CodexHome
from codex_checks.renewal import traces as module
from codex_checks.renewal.traces import Interrupted
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.locks import take
from codex_doctor.redact import Secret
from databases import everything_in
from renewals import REUSED, machine, recorded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_checks.acts.store import CredentialStore
    from codex_checks.auth.facts import ChatGPT
    from codex_checks.recorded.errors import RecordedErrors
    from codex_checks.renewal.traces import Traces
    from codex_doctor.context import Context

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the locks are those of Unix")

read = cast("Callable[[Context, ChatGPT, CodexHome, RecordedErrors | None], Traces]", module.traces.read)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CODEX_HOME with a sign-in; what codex-doctor keeps for itself stands beside it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return machine(tmp_path, tokens.chatgpt_login())


def traced(home: Path, *, records: RecordedErrors | None = None, content: object = None) -> Traces:
    """Return what tells of renewals in *home*; *content* stands in its auth.json."""
    file = {"path": home / "auth.json", "real": home / "auth.json"}
    found = signins.chatgpt(content)
    found = replace(found, login=replace(found.login, file=replace(found.login.file, **file)))
    ctx = replace(engine.context(home.parent), now=lambda: float(tokens.NOW))
    return read(ctx, found, CodexHome(path=home, source="default", status=None, target=home), records)


def store_of(home: Path) -> CredentialStore:
    return acts_store.store(home, state=home.parent / "state" / "codex-doctor")


def test_a_healthy_machine_tells_nothing_and_stays_as_it_was(home: Path) -> None:
    before = everything_in(home.parent)

    found = traced(home, records=recorded())

    assert (found.recorded, found.interrupted, found.lock, found.obstacle) == ((), (), None, None)
    assert everything_in(home.parent) == before


def test_what_codex_recorded_after_the_last_renewal_is_kept(home: Path) -> None:
    content = tokens.chatgpt_login(refreshed=tokens.NOW - 3600)

    found = traced(home, records=recorded((REUSED, 600), (REUSED, 7200)), content=content)

    assert [(one.problem, one.count) for one in found.recorded] == [("refresh-token-reused", 1)]


def test_where_the_date_of_the_last_renewal_is_missing_the_time_of_the_file_counts(home: Path) -> None:
    content = tokens.without(tokens.chatgpt_login(), "last_refresh")

    found = traced(home, records=recorded((REUSED, 600)), content=content)

    assert [one.problem for one in found.recorded] == ["refresh-token-reused"]


def test_without_records_nothing_is_said_of_them(home: Path) -> None:
    assert traced(home, records=None).recorded == ()


def test_what_stands_in_the_file_is_stored_though_no_note_says_so(home: Path) -> None:
    store = store_of(home)
    entry = store.journal.begin("login", store.read().guard)
    acts_store.put(home, tokens.chatgpt_login(refresh_token="rt_new"))
    change = Renewal(tokens={"refresh_token": Secret("rt_new")}, last_refresh="x")
    store.journal.ready(entry, change, store.read().guard)

    (left,) = traced(home).interrupted

    assert left == Interrupted(act="login", started=entry.started, answered=True, stored=True)


@pytest.mark.parametrize("step", ["asked", "answered", "ready", "committed", "superseded"])
def test_what_was_cut_off_is_told_by_how_far_it_came(home: Path, step: str) -> None:
    store = store_of(home)
    entry = store.journal.begin("refresh", store.read().guard)
    if step != "asked":
        entry = store.journal.answered(entry, Answer(status=200, body=b"{}"))
    if step in ("ready", "committed"):
        entry = store.journal.ready(
            entry, Renewal(tokens={"refresh_token": Secret("rt_new")}, last_refresh="x"), "after"
        )
    if step == "committed":
        store.journal.committed(entry)
    if step == "superseded":
        acts_store.put(home, tokens.chatgpt_login(refresh_token="rt_another"))
    before = everything_in(home.parent)

    (left,) = traced(home).interrupted

    assert left == Interrupted(
        act="refresh",
        started=entry.started,
        answered=step != "asked",
        stored=step == "committed",
        superseded=step == "superseded",
    )
    assert everything_in(home.parent) == before


def test_what_another_doctor_is_doing_now_is_not_cut_off(home: Path) -> None:
    store = store_of(home)

    with store.alone("codex-doctor refresh"):
        store.journal.begin("refresh", store.read().guard)
        found = traced(home)

    assert found.interrupted == ()


@pytest.mark.parametrize("name", ["auth.lock", "auth.json.lock"])
def test_a_lock_that_stays_held_is_told_with_its_holder(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    path = home / name
    with locks.codex_locks(home, home):
        pass
    descriptor = os.open(path, os.O_RDONLY)
    take(descriptor, byte=0)

    found = traced(home)
    os.close(descriptor)

    assert found.lock is not None
    assert found.lock.startswith(f"{path} is locked, held by ")
    assert sys.platform != "linux" or f"(process {os.getpid()})" in found.lock


def test_a_lock_that_is_let_go_in_time_is_nothing(home: Path) -> None:
    taken, waiting = threading.Event(), threading.Event()

    def codex() -> None:
        with locks.codex_locks(home, home):
            taken.set()
            waiting.wait(0.2)

    thread = threading.Thread(target=codex)
    thread.start()
    taken.wait()
    found = traced(home)
    thread.join()

    assert found.lock is None


def test_why_a_renewed_sign_in_could_not_be_saved_is_told(home: Path) -> None:
    (home / "second").hardlink_to(home / "auth.json")

    found = traced(home)

    assert found.obstacle is not None
    assert "2 hard links" in found.obstacle


@pytest.mark.parametrize(
    ("content", "gap", "reason"),
    [
        (tokens.chatgpt_login(refresh_token=""), Unavailable, "tokens.refresh_token is empty"),
        (tokens.chatgpt_login(account_id=None), Unavailable, "tokens.account_id is missing"),
        (
            {**tokens.chatgpt_login(), "auth_mode": "chatgptAuthTokens"},
            NotApplicable,
            "which leaves renewing to another program",
        ),
    ],
)
def test_what_codex_never_renews_is_not_judged(
    home: Path, content: object, gap: type[Unavailable], reason: str
) -> None:
    with pytest.raises(Unavailable) as raised:
        traced(home, content=content)

    assert type(raised.value) is gap
    assert reason in raised.value.reason
