"""The journal keeps every answer, tells no secret by its names, and survives half-written lines."""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import acts_store
import tokens
from codex_checks.acts.content import Renewal, Replacement, read_content
from codex_checks.acts.errors import StoreNotWritable
from codex_checks.acts.journal import ROOM, Answer, Journal
from codex_checks.acts.login_answer import Terms
from codex_checks.acts.recovery import Fate, finish, recover
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.acts.store import CredentialStore

RENEWAL = Renewal(
    tokens={"refresh_token": Secret("rt_new"), "access_token": Secret("new")},
    last_refresh="2026-11-20T09:05:10.000000001Z",
)
ANSWER = Answer(status=200, body=b'{"refresh_token": "rt_new", "access_token": "new"}')
AFTER = read_content(
    tokens.as_file(tokens.chatgpt_login(refresh_token="rt_new", access_token="new")), Secret
).guard


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", "key", keep=Secret)


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    acts_store.put(tmp_path / "home", tokens.chatgpt_login())
    return acts_store.store(tmp_path / "home")


def test_an_entry_is_read_back_as_it_was_written(journal: Journal) -> None:
    entry = journal.begin("refresh", "guard")
    entry = journal.answered(entry, ANSWER)
    entry = journal.ready(entry, RENEWAL, "after")
    entry = journal.committed(entry)

    assert journal.unfinished() == (entry,)


def test_an_entry_shows_nothing_of_what_it_keeps(journal: Journal) -> None:
    entry = journal.answered(journal.begin("login", "guard"), ANSWER)
    shown = [
        repr(journal.ready(entry, change, "after"))
        for change in (RENEWAL, Replacement(members=tokens.chatgpt_login()))
    ]

    assert [word for word in ("rt_new", tokens.REFRESH_TOKEN) if word in "".join(shown)] == []


def test_a_replacement_is_read_back_whole(journal: Journal) -> None:
    entry = journal.begin("login", "guard")
    journal.ready(entry, Replacement(members=tokens.chatgpt_login()), "after")

    (found,) = journal.unfinished()
    assert found.change == Replacement(members=tokens.chatgpt_login())


def test_the_terms_of_a_sign_in_are_read_back(journal: Journal) -> None:
    entry = journal.begin("login", "guard", terms={"issuer": "https://a", "workspaces": ["ws-1"]})

    assert journal.unfinished() == (entry,)
    assert entry.terms == {"issuer": "https://a", "workspaces": ["ws-1"]}


def test_a_change_may_be_ready_for_something_else_than_was_stored_at_first(journal: Journal) -> None:
    entry = journal.ready(journal.begin("login", "guard"), RENEWAL, "after", expected="renewed")

    assert entry.expected == "renewed"
    assert journal.unfinished() == (entry,)


def lodged(journal: Journal, content: bytes) -> Path:
    """Let Codex store *content* in the folder of a sign-in that was begun, and return the folder."""
    entry = journal.begin("login", "guard")
    entry.folder.mkdir()
    (entry.folder / "auth.json").write_bytes(content)
    return entry.folder


def test_what_codex_stored_in_the_folder_of_an_entry_is_to_be_stored(journal: Journal) -> None:
    lodged(journal, tokens.as_file(tokens.chatgpt_login()))

    (found,) = journal.unfinished()
    assert found.change == Replacement(members=tokens.chatgpt_login())


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_what_codex_could_not_read_is_not(journal: Journal, content: bytes) -> None:
    lodged(journal, content)

    (found,) = journal.unfinished()
    assert found.change is None


def test_the_folder_goes_with_its_entry(journal: Journal) -> None:
    folder = lodged(journal, b"{}")

    journal.clear(journal.unfinished()[0])

    assert list(folder.parent.iterdir()) == []


def test_a_folder_whose_entry_is_gone_goes_when_the_next_act_begins(journal: Journal) -> None:
    folder = lodged(journal, b"{}")
    folder.with_suffix(".jsonl").unlink()
    (folder.parent / "another-1-2.folder").mkdir()

    entry = journal.begin("refresh", "guard")

    assert {path.name for path in folder.parent.iterdir()} == {entry.path.name, "another-1-2.folder"}


def test_an_entry_that_was_begun_and_not_used_goes_when_the_next_act_begins(journal: Journal) -> None:
    first = journal.begin("refresh", "guard").path
    content = first.read_bytes()
    torn = [first.with_name(f"key-{number}-2.jsonl") for number in range(2)]
    torn[0].write_bytes(b"")
    torn[1].write_bytes(content[:9])
    later = first.with_name("key-9-2.jsonl")
    later.write_bytes(b'{"step": "intent", "schema": 99}\n')
    first.with_name("key-8-2.jsonl").mkdir()

    journal.begin("refresh", "guard")

    assert [path.exists() for path in (first, *torn, later)] == [True, False, False, True]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes with a name are Unix's")
def test_what_is_no_file_is_no_entry_and_is_not_waited_for(journal: Journal) -> None:
    entry = journal.begin("refresh", "guard")
    os.mkfifo(entry.path.with_name("key-1-1.jsonl"))
    entry.path.with_name("key-2-2.jsonl").symlink_to("/dev/zero")

    assert journal.unfinished() == (entry,)
    journal.begin("refresh", "guard")


def test_a_sign_in_that_codex_stored_is_finished(store: CredentialStore) -> None:
    entry = store.journal.begin("login", store.read().guard)
    entry.folder.mkdir()
    new = tokens.chatgpt_login(refresh_token="rt_new")
    (entry.folder / "auth.json").write_bytes(tokens.as_file(new))

    assert recover(store) == (Fate.STORED,)
    assert store.path.read_bytes() == tokens.as_file(new)
    assert recover(store) == ()


def test_a_sign_in_without_an_answer_leaves_nothing(store: CredentialStore) -> None:
    store.journal.begin("login", store.read().guard, terms={"issuer": "https://a"})

    assert recover(store) == (Fate.CLEARED,)
    assert store.journal.unfinished() == ()


@pytest.mark.parametrize("terms", [{}, {"issuer": "https://a"}])
def test_an_answer_whose_terms_are_gone_is_kept(store: CredentialStore, terms: dict[str, object]) -> None:
    entry = store.journal.begin("login", store.read().guard, terms=terms)
    store.journal.answered(entry, ANSWER)

    assert recover(store) == (Fate.KEPT,)
    assert store.journal.unfinished() != ()


def test_a_workspace_that_was_not_allowed_then_is_not_stored_later(store: CredentialStore) -> None:
    agreed = Terms(issuer="https://a", client="app", owner="o", workspaces=("ws-1",))
    before = store.path.read_bytes()
    entry = store.journal.begin("login", store.read().guard, terms=agreed.written())
    said = {"id_token": tokens.id_token(), "access_token": "a", "refresh_token": "rt_new"}
    store.journal.answered(entry, Answer(status=200, body=json.dumps(said).encode()))

    assert recover(store) == (Fate.CLEARED,)
    assert store.path.read_bytes() == before


def test_what_is_cleared_is_gone(journal: Journal, tmp_path: Path) -> None:
    journal.clear(journal.begin("refresh", "guard"))

    assert journal.unfinished() == ()
    assert list((tmp_path / "journal").iterdir()) == []


def test_another_home_has_its_own_entries(journal: Journal, tmp_path: Path) -> None:
    journal.begin("refresh", "guard")

    assert Journal(tmp_path / "journal", "other", keep=Secret).unfinished() == ()


def test_no_token_stands_in_a_name_or_a_representation(journal: Journal) -> None:
    entry = journal.ready(journal.answered(journal.begin("refresh", "guard"), ANSWER), RENEWAL, "after")

    assert "rt_new" not in f"{entry!r} {entry.path}"


def test_room_for_the_answer_is_taken_beforehand(journal: Journal) -> None:
    entry = journal.begin("refresh", "guard")
    before = entry.path.stat().st_size

    journal.answered(entry, Answer(status=200, body=b"x" * 20_000))

    assert entry.path.stat().st_size == before > ROOM


def test_an_answer_that_is_larger_than_the_room_is_kept_too(journal: Journal) -> None:
    answer = Answer(status=200, body=b"x" * 2 * ROOM)

    journal.answered(journal.begin("refresh", "guard"), answer)

    assert [entry.answer for entry in journal.unfinished()] == [answer]


def test_a_disk_that_is_full_is_noticed_before_anything_is_sent(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreNotWritable) as caught:
        journal.begin("refresh", "guard")

    assert caught.value.problem == "disk-full"
    assert list((tmp_path / "journal").iterdir()) == []


def test_a_line_that_was_written_in_part_is_as_if_it_were_not_there(journal: Journal) -> None:
    whole = journal.ready(journal.answered(journal.begin("refresh", "guard"), ANSWER), RENEWAL, "after")
    content = whole.path.read_bytes()
    written = content.rstrip(b"\n")
    ends = [place for place in range(len(written) + 1) if content[place : place + 1] == b"\n"]

    for cut in range(len(written) + 1):
        whole.path.write_bytes(content[:cut].ljust(len(content), b"\n"))
        found = journal.unfinished()

        kept = [[entry.answer, entry.change] for entry in found]
        lines = sum(end <= cut for end in ends)
        assert kept == [[], [[None, None]], [[ANSWER, None]], [[ANSWER, RENEWAL]]][lines]


@settings(deadline=None)  # it writes files
@given(content=st.binary(max_size=200))
def test_any_bytes_in_the_folder_of_the_journal_are_passed_over(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    (folder / "key-1-1.jsonl").write_bytes(content)

    assert Journal(folder, "key", keep=Secret).unfinished() == ()


@pytest.mark.parametrize(
    "line",
    [
        b'{"step": "answered", "status": 200}',
        b'{"step": "answered", "status": "x", "body": ""}',
        b'{"step": "answered", "status": 200, "body": "?"}',
        b'{"step": "ready", "change": {"renewal": 5}, "after": "x"}',
        b'{"step": "of a later version"}',
        b'{"no": "step"}',
        b"[]",
    ],
)
def test_a_line_that_makes_no_sense_is_passed_over(journal: Journal, line: bytes) -> None:
    entry = journal.begin("refresh", "guard")
    entry.path.write_bytes(entry.path.read_bytes().rstrip(b"\n") + b"\n" + line + b"\n")

    assert journal.unfinished() == (entry,)


def test_what_is_stored_and_said_to_be_stored_is_not_stored_again(store: CredentialStore) -> None:
    guard = store.read().guard
    entry = store.journal.begin("refresh", guard)
    nothing_new = Renewal(tokens={}, last_refresh=RENEWAL.last_refresh)
    entry = store.journal.committed(store.journal.ready(entry, nothing_new, guard))
    before = store.path.stat().st_ino

    assert finish(store, entry) is Fate.CLEARED
    assert store.path.stat().st_ino == before


def test_new_tokens_that_were_not_stored_are_stored_later(store: CredentialStore) -> None:
    entry = store.journal.begin("refresh", store.read().guard)
    entry = store.journal.ready(store.journal.answered(entry, ANSWER), RENEWAL, AFTER)

    assert finish(store, entry) is Fate.STORED
    assert store.read().guard == AFTER
    assert store.journal.unfinished() == ()


def test_a_raw_answer_is_enough_to_finish(store: CredentialStore) -> None:
    store.journal.answered(store.journal.begin("refresh", store.read().guard), ANSWER)

    assert recover(store) == (Fate.STORED,)
    assert store.read().guard == AFTER


def test_tokens_that_are_stored_already_are_only_cleared(store: CredentialStore) -> None:
    entry = store.journal.begin("refresh", store.read().guard)
    entry = store.journal.ready(store.journal.answered(entry, ANSWER), RENEWAL, AFTER)
    store.commit(entry.expected, RENEWAL)
    before = store.path.stat().st_ino

    assert finish(store, entry) is Fate.CLEARED
    assert store.path.stat().st_ino == before
    assert store.journal.unfinished() == ()


def test_where_another_sign_in_is_stored_the_tokens_stay_in_the_journal(store: CredentialStore) -> None:
    entry = store.journal.begin("refresh", store.read().guard)
    entry = store.journal.ready(store.journal.answered(entry, ANSWER), RENEWAL, AFTER)
    other = acts_store.put(store.home, tokens.chatgpt_login(account_id="other"))

    assert finish(store, entry) is Fate.KEPT
    assert store.path.read_bytes() == other
    assert store.journal.unfinished() == (entry,)


def test_an_intent_without_an_answer_is_cleared(store: CredentialStore) -> None:
    store.journal.begin("refresh", store.read().guard)

    assert recover(store) == (Fate.CLEARED,)


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (Answer(status=401, body=b""), Fate.CLEARED),
        (Answer(status=503, body=b"busy"), Fate.CLEARED),
        (Answer(status=200, body=b'{"refresh_token": "rt_new", "acc'), Fate.KEPT),
    ],
    ids=["refused", "busy", "torn"],
)
def test_only_an_answer_that_may_hold_tokens_is_kept(
    store: CredentialStore, answer: Answer, fate: Fate
) -> None:
    store.journal.answered(store.journal.begin("refresh", store.read().guard), answer)

    assert recover(store) == (fate,)


def test_looking_at_the_journal_changes_nothing(store: CredentialStore) -> None:
    store.journal.begin("refresh", store.read().guard)
    (entry,) = store.journal.unfinished()
    before = (entry.path.stat().st_mtime_ns, entry.path.parent.stat().st_mtime_ns)

    store.journal.unfinished()

    assert (entry.path.stat().st_mtime_ns, entry.path.parent.stat().st_mtime_ns) == before


def test_a_home_without_a_journal_has_nothing_unfinished(store: CredentialStore) -> None:
    assert store.journal.unfinished() == ()
    assert not (store.home.parent / "state").exists()
