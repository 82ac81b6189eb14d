"""`refresh` renews what is due, once, and says in one line what came of it."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import tokens
from codex_checks import signin
from codex_checks.acts.journal import Answer
from codex_checks.moments import moment, stamp
from commands import asked, ended, events, holds_open, run, start, until

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")


def put(folder: Path, *, left: float = -5, **changed: Any) -> Path:  # noqa: ANN401 - as for a sign-in
    """Store a sign-in whose access token is good for another *left* seconds."""
    home = folder / ".codex"
    acts_store.put(home, tokens.chatgpt_login(expires=time.time() + left, **changed))
    return home


def stored(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / ".codex" / "auth.json").read_bytes())["tokens"]
    return found


def ends(folder: Path) -> float:
    """Return when the access token ends that is stored now."""
    found = acts_store.store(folder / ".codex").read().document
    assert found is not None
    assert found.tokens is not None
    return float(found.tokens.expires or 0)


def error(code: str) -> object:
    return {"error": {"message": "m", "type": "t", "param": None, "code": code}}


def test_a_sign_in_that_is_due_is_renewed_and_it_says_until_when(tmp_path: Path, openai: FakeOpenAI) -> None:
    put(tmp_path)

    ran = run(tmp_path, openai, "refresh")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"Renewed: the access token is good until {moment(ends(tmp_path))}.\n"
    assert stored(tmp_path)["refresh_token"] == "rt_rotated_1"
    assert [one["refresh_reason"] for one in asked(openai)] == ["proactive_expiry"]


def test_a_sign_in_that_is_not_due_is_left_alone(tmp_path: Path, openai: FakeOpenAI) -> None:
    before = (put(tmp_path, left=500) / "auth.json").read_bytes()

    ran = run(tmp_path, openai, "refresh")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"Not due: the access token is good until {moment(ends(tmp_path))}.\n"
    assert ((tmp_path / ".codex" / "auth.json").read_bytes(), asked(openai)) == (before, [])


@pytest.mark.parametrize(
    ("options", "reason"), [(["--within", "600"], "proactive_expiry"), (["--force"], "forced")]
)
def test_more_can_be_asked_for(tmp_path: Path, openai: FakeOpenAI, options: list[str], reason: str) -> None:
    put(tmp_path, left=500)

    ran = run(tmp_path, openai, "refresh", *options)

    assert (ran.returncode, [one["refresh_reason"] for one in asked(openai)]) == (0, [reason])


def test_a_token_that_does_not_say_when_it_ends_is_told_as_such(tmp_path: Path, openai: FakeOpenAI) -> None:
    put(tmp_path, access_token="opaque", refreshed=time.time())

    ran = run(tmp_path, openai, "refresh")

    assert ran.stdout == "Not due: the access token does not say when it ends.\n"


def test_events_are_exactly_the_stable_fields(tmp_path: Path, openai: FakeOpenAI) -> None:
    put(tmp_path)

    renewed, not_due = (run(tmp_path, openai, "refresh", "--events") for _ in range(2))
    openai.sicken("/oauth/token", 401, error("refresh_token_reused"))
    failed = run(tmp_path, openai, "refresh", "--events", "--force")

    assert events(renewed) == [{"event": "refreshed", "expires_at": stamp(ends(tmp_path))}]
    assert events(not_due) == [{"event": "not_due"}]
    assert events(failed) == [
        {
            "event": "failed",
            "name": "refresh-token-reused",
            "code": "CDX104",
            "detail": "the service answered 401 refresh_token_reused",
        }
    ]
    assert [ran.stderr for ran in (renewed, not_due, failed)] == [""] * 3


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (401, error("refresh_token_reused"), "CDX104 refresh-token-reused"),
        (401, error("refresh_token_expired"), "CDX105 refresh-token-expired"),
        (400, error("refresh_token_invalidated"), "CDX106 refresh-token-revoked"),
        (400, error("invalid_grant"), "CDX107 refresh-token-unknown"),
        (401, "<html>", "CDX107 refresh-token-unknown"),
    ],
)
def test_a_refusal_for_good_is_named_and_leads_to_signing_in(
    tmp_path: Path, openai: FakeOpenAI, status: int, body: object, name: str
) -> None:
    openai.sicken("/oauth/token", status, body)
    before = (put(tmp_path) / "auth.json").read_bytes()

    ran = run(tmp_path, openai, "refresh")

    first, do, read = ran.stderr.splitlines()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert first.startswith(f"codex-doctor: {name}: the service answered {status}")
    assert (do, read) == ("  do    codex-doctor login", f"  read  codex-doctor explain {name[:6]}")
    assert (tmp_path / ".codex" / "auth.json").read_bytes() == before


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [(503, "busy", "CDX503 service-unavailable"), (404, "", "CDX171 refresh-failed-for-now")],
)
def test_a_refusal_for_now_asks_to_try_again(
    tmp_path: Path, openai: FakeOpenAI, status: int, body: object, name: str
) -> None:
    openai.sicken("/oauth/token", status, body)
    put(tmp_path)

    ran = run(tmp_path, openai, "refresh")

    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.splitlines()[:2] == [
        f"codex-doctor: {name}: the service answered {status}",
        "  do    Try again in a few minutes; your sign-in is as it was.",
    ]


def test_signing_in_names_the_home_that_only_this_command_line_names(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    home = tmp_path / "my home"
    acts_store.put(home, tokens.chatgpt_login(refresh_token=""))

    ran = run(tmp_path, openai, "refresh", "--codex-home", str(home))

    assert ran.returncode == 1
    assert "codex-doctor: CDX108 refresh-token-missing: auth.json holds no refresh token" in ran.stderr
    assert "  do    codex-doctor login --codex-home ~/'my home'\n" in ran.stderr


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (None, "CDX101 not-signed-in: nothing is stored"),
        (b"{", "CDX102 auth-json-invalid: auth.json breaks off in the middle"),
        (tokens.api_key_login(), "the stored sign-in is not a ChatGPT one (apikey)"),
    ],
)
def test_what_cannot_be_renewed_is_named(
    tmp_path: Path, openai: FakeOpenAI, content: object, name: str
) -> None:
    if content is not None:
        acts_store.put(tmp_path / ".codex", content)

    ran = run(tmp_path, openai, "refresh")

    assert (ran.returncode, ran.stderr.splitlines()[0]) == (1, f"codex-doctor: {name}")
    assert asked(openai) == []


def test_what_was_interrupted_is_finished_first_and_told(tmp_path: Path, openai: FakeOpenAI) -> None:
    home = put(tmp_path)
    journal = acts_store.store(home, state=tmp_path / "state" / "codex-doctor").journal
    waiting = {"refresh_token": "rt_waiting", "access_token": tokens.access_token(expires=time.time() + 9999)}
    entry = journal.begin("refresh", acts_store.store(home).read().guard)
    journal.answered(entry, Answer(status=200, body=json.dumps(waiting).encode()))

    ran = run(tmp_path, openai, "refresh")

    assert (ran.returncode, asked(openai), journal.unfinished()) == (0, [], ())
    assert ran.stderr == "Finished first what had been interrupted: its new tokens are stored.\n"
    assert ran.stdout.startswith("Renewed by another program, or by an earlier attempt: ")
    assert stored(tmp_path)["refresh_token"] == "rt_waiting"


@pytest.mark.skipif(sys.platform != "linux", reason="who has a file open is read in /proc")
def test_ten_at_once_use_the_token_up_once_and_leave_the_newest(tmp_path: Path, openai: FakeOpenAI) -> None:
    put(tmp_path)
    answer = openai.hold("/oauth/token")
    processes = [start(tmp_path, openai, "refresh", "--events") for _ in range(10)]
    with ended(*processes):
        for process in processes:
            until(partial(holds_open, process.pid, ".lock"), process)
        until(lambda: asked(openai) != [], processes[0])
        answer.set()
        said = [json.loads(process.communicate()[0]) for process in processes]

    assert [process.returncode for process in processes] == [0] * 10
    assert (openai.service.rotations, len(asked(openai))) == (1, 1)
    assert stored(tmp_path)["refresh_token"] == "rt_rotated_1"
    assert said == [{"event": "refreshed", "expires_at": stamp(ends(tmp_path))}] * 10


@pytest.mark.parametrize("body", [error("refresh_token_reused"), None, "<html>rt_test-refresh-token"])
def test_no_secret_is_said(tmp_path: Path, openai: FakeOpenAI, body: object) -> None:
    if body is not None:
        openai.sicken("/oauth/token", 401, body)
    put(tmp_path)
    old = stored(tmp_path)

    ran = [run(tmp_path, openai, "refresh", "--force", *more) for more in ([], ["--events"])]

    secrets = {old["access_token"], stored(tmp_path)["access_token"], "rt_test-refresh", "rt_rotated"}
    said = "".join(one.stdout + one.stderr for one in ran)
    assert [secret for secret in secrets if secret in said] == []


def test_a_margin_that_is_no_number_is_wrong_usage(tmp_path: Path, openai: FakeOpenAI) -> None:
    assert [run(tmp_path, openai, "refresh", "--within", value).returncode for value in ("nan", "-1")] == [
        2,
        2,
    ]


def test_programs_can_renew_too(tmp_path: Path, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    home = put(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name, value in openai.env.items():
        monkeypatch.setenv(name, value)

    first, second = (signin.refresh(codex_home=home) for _ in range(2))

    assert (first.ending, second.ending) == (signin.Ending.RENEWED, signin.Ending.NOT_DUE)
    assert first.expires == second.expires == ends(tmp_path)
