"""`repair` renews a sign-in where that mends it, and says why it cannot take that back."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import tokens
from codex_checks.acts.journal import Answer
from codex_checks.acts.refresh_step import HANDLER
from codex_doctor.errors import RepairError
from codex_doctor.repair.handler import Tools
from commands import asked, run
from engine import context
from repairs import Listener

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")


def put(folder: Path, *, missing: str | None = None, **changed: Any) -> Path:  # noqa: ANN401 - as a sign-in
    login = tokens.chatgpt_login(expires=time.time() + 9999, refreshed=time.time(), **changed)
    acts_store.put(folder / ".codex", tokens.without(login, missing) if missing else login)
    return folder / ".codex"


def stored(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "auth.json").read_bytes())
    return found


@pytest.mark.parametrize(
    ("name", "machine"),
    [("last-refresh-missing", {"missing": "last_refresh"}), ("access-token-missing", {"access_token": ""})],
)
def test_what_a_renewal_writes_down_is_there_again(
    tmp_path: Path, openai: FakeOpenAI, name: str, machine: dict[str, str]
) -> None:
    home = put(tmp_path, **machine)

    ran = run(tmp_path, openai, "repair", name, "--yes")

    assert ran.returncode == 0, ran
    assert f"{name} is mended" in ran.stdout
    assert [one["refresh_reason"] for one in asked(openai)] == ["forced"]
    assert (stored(home)["tokens"]["refresh_token"], bool(stored(home)["last_refresh"])) == (
        "rt_rotated_1",
        True,
    )


def test_offline_nothing_is_renewed(tmp_path: Path, openai: FakeOpenAI) -> None:
    home = put(tmp_path, missing="last_refresh")
    before = (home / "auth.json").read_bytes()

    ran = run(tmp_path, openai, "repair", "last-refresh-missing", "--yes", "--offline")

    assert ran.returncode == 3, ran
    assert "This needs the network, which --offline keeps away" in ran.stdout
    assert "    codex-doctor refresh --force\n" in ran.stdout
    assert ((home / "auth.json").read_bytes(), asked(openai)) == (before, [])


def test_what_was_interrupted_is_finished(tmp_path: Path, openai: FakeOpenAI) -> None:
    home = put(tmp_path)
    store = acts_store.store(home, state=tmp_path / "state" / "codex-doctor")
    waiting = {"refresh_token": "rt_waiting", "access_token": tokens.access_token(expires=time.time() + 9999)}
    entry = store.journal.begin("refresh", store.read().guard)
    store.journal.answered(entry, Answer(status=200, body=json.dumps(waiting).encode()))

    ran = run(tmp_path, openai, "repair", "repair-interrupted", "--yes")

    assert ran.returncode == 0, ran
    assert (stored(home)["tokens"]["refresh_token"], asked(openai)) == ("rt_waiting", [])


def test_a_renewal_is_not_taken_back_and_it_says_why(tmp_path: Path, openai: FakeOpenAI) -> None:
    home = put(tmp_path, missing="last_refresh")
    run(tmp_path, openai, "repair", "last-refresh-missing", "--yes")
    after = (home / "auth.json").read_bytes()

    ran = run(tmp_path, openai, "repair", "--undo")

    assert ran.returncode == 1
    assert "a renewal cannot be taken back: the old refresh token is spent" in ran.stderr
    assert (home / "auth.json").read_bytes() == after


def test_a_refusal_leads_to_signing_in(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/token", 401, {"error": {"code": "refresh_token_expired"}})
    put(tmp_path, missing="last_refresh")

    ran = run(tmp_path, openai, "repair", "last-refresh-missing", "--yes")

    assert ran.returncode == 1
    assert "the service answered 401 refresh_token_expired" in ran.stdout
    assert "by hand: codex-doctor login" in ran.stdout


def test_a_service_out_of_reach_is_something_to_try_again(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/token", 503, "busy")
    put(tmp_path, missing="last_refresh")

    ran = run(tmp_path, openai, "repair", "last-refresh-missing", "--yes")

    assert ran.returncode == 3
    assert "the service answered 503. Try again in a few minutes; your sign-in is as it was." in ran.stdout


def tools(folder: Path) -> Tools:
    ctx = context(folder, env={}, seconds=30)
    return Tools(context=ctx, door=Listener(), folder=folder, remember=lambda _: None)


@pytest.mark.parametrize(
    ("answer", "changed", "words"),
    [
        (None, False, "what is stored is whole"),
        ({"refresh_token": "rt_waiting"}, False, "its new tokens are stored now"),
        ({"refresh_token": "rt_waiting"}, True, "overtaken by another sign-in"),
    ],
)
def test_a_step_that_was_killed_is_finished_with_what_the_journal_says(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, str] | None,
    changed: bool,
    words: str,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    home = put(tmp_path)
    store = acts_store.store(home, state=tmp_path / "state" / "codex-doctor")
    entry = store.journal.begin("refresh", store.read().guard)
    if answer is not None:
        store.journal.answered(entry, Answer(status=200, body=json.dumps(answer).encode()))
    if changed:
        acts_store.put(home, acts_store.login(refresh_token="rt_of-another-sign-in"))

    assert words in HANDLER.finish({"home": str(home)}, tools(tmp_path))


def test_an_undo_is_refused_even_if_nobody_asked_before(tmp_path: Path) -> None:
    with pytest.raises(RepairError, match="spent"):
        HANDLER.undo({}, tools(tmp_path))
