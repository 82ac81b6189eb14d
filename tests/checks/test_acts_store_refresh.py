"""A sign-in is renewed once, stored whole, and never asked for in vain."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import tokens
from codex_checks.acts import locks
from codex_checks.acts.content import Renewal
from codex_checks.acts.ending import Ending
from codex_checks.acts.errors import Conflict, LockHeld, NotRenewable, SendError, StoreNotWritable
from codex_checks.acts.journal import Answer
from codex_checks.acts.refresh import refresh
from codex_checks.acts.refresh_answers import ONCE_MORE
from codex_checks.acts.refusals import TRY_LATER
from codex_checks.auth.login import Store
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_checks.acts.refresh_request import Request
    from codex_checks.acts.sending import Send
    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the links and processes are those of Unix")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    acts_store.put(tmp_path / "home", acts_store.login())
    return tmp_path / "home"


def stored(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "auth.json").read_bytes())
    return found


def asked(openai: FakeOpenAI) -> list[dict[str, Any]]:
    """Return the bodies of the renewals that were asked for."""
    return [json.loads(one.body) for one in openai.asked if one.path == "/oauth/token"]


def answering(status: int, body: object, *, meanwhile: Callable[[], object] | None = None) -> Send:
    """Return what sends nothing and answers *body*, after something happened *meanwhile*."""

    def send(_: Request) -> Answer:
        if meanwhile is not None:
            meanwhile()
        return Answer(status=status, body=json.dumps(body).encode())

    return send


NEW = {"refresh_token": "rt_new", "access_token": tokens.access_token(expires=tokens.NOW * 2)}


def test_a_sign_in_that_is_due_is_renewed(home: Path, openai: FakeOpenAI) -> None:
    ended = acts_store.renew(acts_store.store(home), openai)

    assert ended.ending is Ending.RENEWED
    assert ended.expires is not None
    assert ended.expires > time.time()
    assert stored(home)["tokens"]["refresh_token"] == "rt_rotated_1"
    assert [one["refresh_reason"] for one in asked(openai)] == ["proactive_expiry"]


def test_a_sign_in_that_is_not_due_is_left_alone(home: Path, openai: FakeOpenAI) -> None:
    before = acts_store.put(home, tokens.chatgpt_login(expires=time.time() + tokens.HOUR))

    ended = acts_store.renew(acts_store.store(home), openai)

    assert ended.ending is Ending.NOT_DUE
    assert (asked(openai), (home / "auth.json").read_bytes()) == ([], before)
    assert not (home / "auth.lock").exists()


def test_it_is_renewed_before_its_time_where_that_is_asked_for(home: Path, openai: FakeOpenAI) -> None:
    acts_store.put(home, tokens.chatgpt_login(expires=time.time() + tokens.HOUR))

    ended = acts_store.renew(acts_store.store(home), openai, force=True)

    assert ended.ending is Ending.RENEWED
    assert [one["refresh_reason"] for one in asked(openai)] == ["forced"]


def test_what_was_stored_before_is_what_the_next_renewal_uses(home: Path, openai: FakeOpenAI) -> None:
    store = acts_store.store(home)
    for _ in range(3):
        acts_store.renew(store, openai, force=True)

    assert [one["refresh_token"] for one in asked(openai)] == [
        tokens.REFRESH_TOKEN,
        "rt_rotated_1",
        "rt_rotated_2",
    ]


def test_two_processes_use_the_token_up_once(home: Path, openai: FakeOpenAI) -> None:
    url = f"{openai.url}/oauth/token"
    with (
        acts_store.child(home, url, "--force", "--pause-at", "read") as second,
        acts_store.child(home, url, "--force", "--pause-at", "intent") as first,
    ):
        for process in (first, second):
            assert process.stdout is not None
            assert process.stdout.readline() == "paused\n"
        assert second.stdin is not None
        second.stdin.write("\n")
        second.stdin.flush()  # it has read the old token and now waits for the first one
        said = [json.loads(first.communicate("\n")[0]), json.loads(second.communicate()[0])]

    assert [one["ending"] for one in said] == ["renewed", "adopted"]
    assert openai.service.rotations == 1
    assert stored(home)["tokens"]["refresh_token"] == "rt_rotated_1"


def _hard_link(home: Path) -> None:
    (home / "second").hardlink_to(home / "auth.json")


def _lock_folder(home: Path) -> None:
    (home / "auth.lock").mkdir()


def _state_is_a_file(home: Path) -> None:
    (home.parent / "state").write_text("in the way")


@pytest.mark.parametrize("make", [_hard_link, _lock_folder, _state_is_a_file])
def test_nothing_is_sent_where_the_answer_could_not_be_stored(
    home: Path, openai: FakeOpenAI, make: Callable[[Path], None]
) -> None:
    make(home)

    with pytest.raises(StoreNotWritable):
        acts_store.renew(acts_store.store(home), openai)

    assert asked(openai) == []


def test_nothing_is_sent_while_codex_holds_its_locks(home: Path, openai: FakeOpenAI) -> None:
    store = acts_store.store(home)
    store.patience = 0

    with locks.codex_locks(home, home), pytest.raises(LockHeld):
        acts_store.renew(store, openai)

    assert asked(openai) == []
    assert store.journal.unfinished() == ()


def test_nothing_is_sent_where_nothing_can_be_renewed(home: Path, openai: FakeOpenAI) -> None:
    acts_store.put(home, tokens.api_key_login())

    with pytest.raises(NotRenewable):
        acts_store.renew(acts_store.store(home), openai)

    assert asked(openai) == []


def test_what_stands_in_a_file_that_codex_does_not_read_is_not_renewed(
    home: Path, openai: FakeOpenAI
) -> None:
    acts_store.put(home, tokens.api_key_login())
    store = acts_store.store(home, kept_in=Store.KEYRING)

    with pytest.raises(StoreNotWritable, match="keyring"):
        acts_store.renew(store, openai)


@pytest.mark.parametrize(("sent", "advice"), [(True, ONCE_MORE), (False, TRY_LATER)])
def test_where_the_request_may_have_arrived_the_advice_says_so(
    home: Path, *, sent: bool, advice: str
) -> None:
    def send(_: Request) -> Answer:
        raise SendError("connection-reset", "the connection broke", sent=sent)

    assert refresh(acts_store.store(home), send, env={}).next_step == advice


def test_an_address_that_is_not_safe_leaves_no_trace(home: Path) -> None:
    store = acts_store.store(home)

    with pytest.raises(SendError):
        refresh(store, answering(200, NEW), env={"CODEX_DOCTOR_URL_AUTH": "http://far.example"})

    assert store.journal.unfinished() == ()


@pytest.mark.parametrize(
    ("status", "body", "ending", "problem"),
    [
        (401, {"error": {"code": "refresh_token_reused"}}, Ending.REFUSED, "refresh-token-reused"),
        (503, "busy", Ending.POSTPONED, "service-unavailable"),
        (200, "<html>", Ending.POSTPONED, "auth-service-html"),
    ],
)
def test_a_refusal_changes_nothing_and_leaves_nothing(
    home: Path, openai: FakeOpenAI, status: int, body: object, ending: Ending, problem: str
) -> None:
    openai.sicken("/oauth/token", status, body)
    store = acts_store.store(home)
    before = (home / "auth.json").read_bytes()

    ended = acts_store.renew(store, openai)

    assert (ended.ending, ended.problem) == (ending, problem)
    assert (home / "auth.json").read_bytes() == before
    assert store.journal.unfinished() == ()


def test_a_service_that_cannot_be_reached_is_named(home: Path) -> None:
    def send(_: Request) -> Answer:
        raise SendError("dns-failure", "the service could not be reached", sent=False)

    store = acts_store.store(home)

    ended = refresh(store, send, env={})

    assert (ended.ending, ended.problem) == (Ending.POSTPONED, "dns-failure")
    assert store.journal.unfinished() == ()


def test_an_id_token_that_cannot_be_read_does_not_cost_the_refresh_token(home: Path) -> None:
    before = stored(home)["tokens"]["id_token"]

    ended = refresh(acts_store.store(home), answering(200, {**NEW, "id_token": "garbage"}), env={})

    after = stored(home)["tokens"]
    assert ended.ending is Ending.RENEWED
    assert (after["id_token"], after["refresh_token"]) == (before, "rt_new")


def test_an_answer_that_breaks_off_stays_in_the_journal_until_the_sign_in_is_renewed(
    home: Path, openai: FakeOpenAI
) -> None:
    openai.sicken("/oauth/token", 200, '{"refresh_token": "rt_new", "acc')
    store = acts_store.store(home)

    ended = acts_store.renew(store, openai)
    kept = store.journal.unfinished()
    openai.heal()
    again = acts_store.renew(store, openai)

    assert (ended.ending, again.ending) == (Ending.POSTPONED, Ending.RENEWED)
    assert [entry.answer and entry.answer.body for entry in kept] == [b'{"refresh_token": "rt_new", "acc']
    assert store.journal.unfinished() == ()


def test_a_token_that_another_program_was_faster_with_is_no_loss(home: Path) -> None:
    faster = tokens.chatgpt_login(refresh_token="rt_faster")

    ended = refresh(
        acts_store.store(home),
        answering(401, {"code": "refresh_token_reused"}, meanwhile=lambda: acts_store.put(home, faster)),
        env={},
    )

    assert ended.ending is Ending.ADOPTED
    assert stored(home) == faster


def test_what_another_program_renewed_meanwhile_is_kept_and_ours_too(home: Path) -> None:
    faster = tokens.chatgpt_login(refresh_token="rt_faster")
    store = acts_store.store(home)

    ended = refresh(store, answering(200, NEW, meanwhile=lambda: acts_store.put(home, faster)), env={})

    (entry,) = store.journal.unfinished()
    assert ended.ending is Ending.ADOPTED
    assert stored(home) == faster
    assert isinstance(entry.change, Renewal)
    assert entry.change.tokens["refresh_token"] == Secret("rt_new")


def test_another_sign_in_meanwhile_is_a_conflict_and_our_tokens_are_kept(home: Path) -> None:
    other = tokens.chatgpt_login(account_id="other")
    store = acts_store.store(home)

    with pytest.raises(Conflict) as caught:
        refresh(store, answering(200, NEW, meanwhile=lambda: acts_store.put(home, other)), env={})

    assert caught.value.kept
    assert stored(home) == other
    assert len(store.journal.unfinished()) == 1


def test_a_renewal_of_codex_while_we_wait_for_its_locks_is_adopted(home: Path, openai: FakeOpenAI) -> None:
    held, judged = threading.Event(), threading.Event()

    def codex() -> None:
        with locks.codex_locks(home, home):
            held.set()
            judged.wait()
            acts_store.put(home, tokens.chatgpt_login(refresh_token="rt_codex", expires=time.time() + 9999))

    def now() -> float:
        judged.set()  # what stood there was found to be due
        return time.time()

    thread = threading.Thread(target=codex)
    thread.start()
    held.wait()
    ended = refresh(acts_store.store(home), acts_store.sender(), env=openai.env, now=now)
    thread.join()

    assert ended.ending is Ending.ADOPTED
    assert asked(openai) == []


def test_an_interrupt_while_waiting_for_the_answer_leaves_the_file_and_an_intent(home: Path) -> None:
    def send(_: Request) -> Answer:
        raise KeyboardInterrupt

    store = acts_store.store(home)
    before = (home / "auth.json").read_bytes()

    with pytest.raises(KeyboardInterrupt):
        refresh(store, send, env={})

    assert (home / "auth.json").read_bytes() == before
    assert [entry.answer for entry in store.journal.unfinished()] == [None]
    assert store.busy() is None


def test_no_token_is_ever_said(home: Path) -> None:
    store = acts_store.store(home)

    said = [
        repr(refresh(store, answering(401, {"code": "refresh_token_reused", "x": "rt_leak"}), env={})),
        repr(refresh(store, answering(200, NEW), env={})),
        repr(store.read()),
    ]

    assert not [one for one in said if "rt_" in one]
