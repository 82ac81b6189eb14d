"""`repair` signs in where that mends it, with whoever sits at the terminal, and can take it back."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import acts_login
import acts_store
import tokens
from codex_checks.acts import login_step
from codex_checks.acts.journal import Answer
from codex_checks.acts.login_answer import Terms
from codex_checks.acts.login_step import HANDLER
from codex_doctor.errors import RepairError
from codex_doctor.repair.handler import Tools
from commands import run, surroundings
from engine import context
from repairs import Listener, tree
from terminals import CTRL_C, OnTerminal

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.acts.store import CredentialStore
    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")

NAME = "refresh-token-missing"


@pytest.fixture(autouse=True)
def entered(openai: FakeOpenAI) -> None:
    """Somebody enters the code at once, unless a test says otherwise."""
    openai.service.polls, openai.service.interval = 0, "1"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    login = tokens.chatgpt_login(expires=time.time() + 9999, refreshed=time.time(), refresh_token="")
    acts_store.put(tmp_path / ".codex", login)
    return tmp_path


def raw(home: Path) -> bytes:
    return (home / ".codex" / "auth.json").read_bytes()


def refresh_token(home: Path) -> str:
    return str(json.loads(raw(home))["tokens"]["refresh_token"])


def repair(home: Path, openai: FakeOpenAI, *words: str) -> OnTerminal:
    argv = [sys.executable, "-m", "codex_doctor", "repair", *words]
    return OnTerminal(argv, env=surroundings(home, openai), cwd=home)


def mended(home: Path, openai: FakeOpenAI) -> str:
    with repair(home, openai, NAME, "--yes") as ran:
        assert ran.end() == 0, ran.shown
    return ran.shown


def test_somebody_at_the_terminal_signs_in(home: Path, openai: FakeOpenAI) -> None:
    shown = mended(home, openai)

    assert "enter   " in shown
    assert f"{NAME} is mended" in shown
    assert refresh_token(home) == "rt_login_1"


def test_offline_nobody_is_asked_to_sign_in(home: Path, openai: FakeOpenAI) -> None:
    before = raw(home)

    ran = run(home, openai, "repair", NAME, "--yes", "--offline")

    assert ran.returncode == 3, ran
    assert "repair planned" not in ran.stdout
    assert "This needs the network, which --offline keeps away" in ran.stdout
    assert "    codex-doctor login\n" in ran.stdout
    assert (raw(home), openai.asked) == (before, [])


def test_an_offline_plan_for_programs_names_what_is_left_out(home: Path, openai: FakeOpenAI) -> None:
    ran = run(home, openai, "repair", NAME, "--dry-run", "--offline", "--format", "json")

    plan = json.loads(ran.stdout)
    assert plan["plan"] == []
    assert [(one["for"], one["commands"]) for one in plan["needs_network"]] == [
        (NAME, ["codex-doctor login"])
    ]


def test_it_is_taken_back_byte_for_byte(home: Path, openai: FakeOpenAI) -> None:
    before = raw(home)
    mended(home, openai)

    ran = run(home, openai, "repair", "--undo")

    assert ran.returncode == 0, ran
    assert "stays valid at the service" in ran.stdout
    assert raw(home) == before
    kept = list((home / "state" / "codex-doctor" / "backups").iterdir())
    assert [b"rt_login_1" in path.read_bytes() for path in kept] == [True]


def test_it_is_taken_back_where_it_was_done_whatever_home_is_meant_now(
    home: Path, openai: FakeOpenAI
) -> None:
    other = home / "other"
    (home / ".codex").rename(other)
    before = (other / "auth.json").read_bytes()
    with repair(home, openai, NAME, "--yes", "--codex-home", str(other)) as done:
        assert done.end() == 0, done.shown
    (home / ".codex").mkdir()
    (home / ".codex" / "auth.json").write_bytes((other / "auth.json").read_bytes())
    same = raw(home)

    ran = run(home, openai, "repair", "--undo")

    assert ran.returncode == 0, ran
    assert (raw(home), (other / "auth.json").read_bytes()) == (same, before)


def test_an_undo_where_nothing_was_stored_signs_nobody_out_elsewhere(home: Path, openai: FakeOpenAI) -> None:
    other = home / "other"
    other.mkdir()
    with repair(home, openai, "not-signed-in", "--yes", "--codex-home", str(other)) as done:
        assert done.end() == 0, done.shown
    (home / ".codex" / "auth.json").write_bytes((other / "auth.json").read_bytes())
    same = raw(home)

    ran = run(home, openai, "repair", "--undo")

    assert ran.returncode == 0, ran
    assert (raw(home), (other / "auth.json").exists()) == (same, False)


def test_ctrl_c_calls_it_off_and_the_old_sign_in_stays(home: Path, openai: FakeOpenAI) -> None:
    openai.service.polls = None
    before = tree(home / ".codex")["auth.json"]

    with repair(home, openai, NAME, "--yes") as ran:
        ran.wait_for("left")
        ran.press(CTRL_C)
        assert ran.end() == 130

    assert "called off: your sign-in is as it was" in ran.shown
    assert tree(home / ".codex")["auth.json"] == before
    assert run(home, openai, "repair", "--list").stdout.split()[1:3] == ["changed", "nothing"]


def test_who_calls_it_off_has_nothing_else_mended(home: Path, openai: FakeOpenAI) -> None:
    openai.service.polls = None
    (home / ".codex" / "auth.json").chmod(0o644)

    with repair(home, openai, NAME, "auth-file-exposed", "--yes") as ran:
        ran.wait_for("left")
        ran.press(CTRL_C)
        assert ran.end() == 130

    assert "is still there" not in ran.shown
    assert refresh_token(home) == ""


def test_who_said_yes_needs_no_terminal_to_read_the_code(home: Path, openai: FakeOpenAI) -> None:
    ran = run(home, openai, "repair", NAME, "--yes")

    assert ran.returncode == 0, ran
    assert "enter   " in ran.stdout
    assert refresh_token(home) == "rt_login_1"


def test_where_nobody_said_yes_no_code_is_asked_for(home: Path, openai: FakeOpenAI) -> None:
    before = raw(home)

    ran = run(home, openai, "repair", NAME)

    assert (ran.returncode, raw(home)) == (1, before)
    assert not any("deviceauth" in one.path for one in openai.asked)


def test_the_plan_shows_what_a_person_can_do_too(home: Path, openai: FakeOpenAI) -> None:
    ran = run(home, openai, "repair", NAME, "--dry-run", "--format", "json")

    (planned,) = json.loads(ran.stdout)["plan"]
    (step,) = planned["steps"]
    assert (step["do"], step["command"]) == ("sign-in", "codex-doctor login")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CredentialStore:
    acts_store.put(tmp_path / "home", acts_store.login())
    found = acts_store.store(tmp_path / "home")

    def same(*_: object) -> CredentialStore:
        return found

    monkeypatch.setattr(login_step, "_store", same)
    return found


def tools(folder: Path, *, force: bool = False) -> Tools:
    return Tools(
        context=context(folder), door=Listener(), folder=folder, remember=lambda _: None, force=force
    )


def noted(store: CredentialStore, openai: FakeOpenAI) -> dict[str, Any]:
    """Sign in, and return what a repair would have noted of it."""
    signed_in = acts_login.login(store, openai)
    return {
        "path": str(store.path),
        "signed_in": True,
        "account": signed_in.account,
        "backup": signed_in.backup.path.name if signed_in.backup else None,
    }


def test_a_revoked_sign_in_is_put_back_only_by_who_insists(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    before = store.path.read_bytes()
    note = noted(store, openai)
    store.backups.mark_revoked(store.backups.all()[0])

    assert HANDLER.objection(note, tools(tmp_path)) is None
    assert HANDLER.needs_force(note, tools(tmp_path)) == login_step.REVOKED

    HANDLER.undo(note, tools(tmp_path, force=True))

    assert store.path.read_bytes() == before


def test_a_sign_in_that_was_renewed_meanwhile_is_taken_back_all_the_same(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    note = noted(store, openai)
    acts_store.renew(store, openai, force=True)

    assert HANDLER.objection(note, tools(tmp_path)) is None
    assert HANDLER.needs_force(note, tools(tmp_path)) is None


def test_another_account_that_was_signed_in_since_is_not_put_aside(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    note = noted(store, openai)
    openai.service.account, openai.service.polls = "another", 0
    acts_login.login(store, openai)

    assert HANDLER.objection(note, tools(tmp_path)) == login_step.NEWER


def test_who_signed_out_since_is_not_signed_in_again_but_told_where_the_old_one_is(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    note = noted(store, openai)
    store.path.unlink()

    objection = HANDLER.objection(note, tools(tmp_path))

    assert objection == f"{login_step.SIGNED_OUT}{store.backups.all()[0].path}"


def test_what_is_not_kept_any_more_cannot_be_put_back(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    note = noted(store, openai)
    store.backups.forget(store.backups.all()[0])

    assert HANDLER.objection(note, tools(tmp_path)) == login_step.GONE


def test_where_nothing_was_stored_before_nothing_is_stored_again(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    store.path.unlink()
    note = noted(store, openai)
    signed_in = store.path.read_bytes()

    assert HANDLER.objection(note, tools(tmp_path)) is None
    HANDLER.undo(note, tools(tmp_path))

    assert not store.path.exists()
    assert [backup.path.read_bytes() for backup in store.backups.all()] == [signed_in]


def test_what_codex_could_not_read_is_not_put_back_but_said_where_it_is(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    store.path.write_bytes(b"{broken")
    note = noted(store, openai)

    objection = HANDLER.objection(note, tools(tmp_path))

    assert objection == f"{login_step.UNREADABLE}{store.backups.all()[0].path}"


def test_what_codex_keeps_in_its_keyring_is_not_taken_back(tmp_path: Path, store: CredentialStore) -> None:
    note = {"path": str(store.path), "signed_in": True, "in_keyring": True}

    assert HANDLER.objection(note, tools(tmp_path)) == login_step.IN_KEYRING


def test_what_was_cut_off_before_there_was_an_answer_leaves_nothing(
    tmp_path: Path, store: CredentialStore
) -> None:
    note = {"path": str(store.path)}
    store.journal.begin("login", store.read().guard)

    assert "to nothing" in HANDLER.finish(note, tools(tmp_path))
    assert HANDLER.objection(note, tools(tmp_path)) is None
    HANDLER.undo(note, tools(tmp_path))
    assert store.journal.unfinished() == ()


def test_what_was_cut_off_after_the_answer_is_stored(tmp_path: Path, store: CredentialStore) -> None:
    note = {"path": str(store.path)}
    agreed = Terms(issuer="https://a", client="app", owner="o")
    entry = store.journal.begin("login", store.read().guard, terms=agreed.written())
    said = {"id_token": tokens.id_token(), "access_token": "a", "refresh_token": "rt_new"}
    store.journal.answered(entry, Answer(status=200, body=json.dumps(said).encode()))

    assert "is stored now" in HANDLER.finish(note, tools(tmp_path))
    assert b"rt_new" in store.path.read_bytes()


def test_a_lock_that_codex_holds_keeps_an_undo_waiting(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    note = noted(store, openai)
    store.own_patience = 0

    with store.alone("another doctor"), pytest.raises(RepairError) as caught:
        HANDLER.undo(note, tools(tmp_path))

    assert caught.value.transient


def test_an_earlier_sign_in_goes_with_the_record_of_its_repair_but_the_newest_stays(
    tmp_path: Path, store: CredentialStore, openai: FakeOpenAI
) -> None:
    note = noted(store, openai)
    (first,) = store.backups.all()

    HANDLER.forget(note, tools(tmp_path))
    assert store.backups.all() == (first,)

    openai.service.polls = 0
    acts_login.login(store, openai)
    HANDLER.forget(note, tools(tmp_path))
    assert len(store.backups.all()) == 1
    assert not first.path.exists()
