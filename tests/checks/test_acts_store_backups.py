"""A sign-in that is replaced is kept for an undo; one whose token is spent is not."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

import acts_store
import tokens
from codex_checks.acts.backups import LONGEST, MOST
from codex_checks.acts.content import ABSENT, Replacement
from codex_checks.acts.errors import Conflict
from codex_checks.acts.recovery import Fate, recover
from codex_checks.acts.settle import settle

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.acts.backups import Backup
    from codex_checks.acts.store import CredentialStore
    from fakes.openai import FakeOpenAI

OTHER = tokens.chatgpt_login(refresh_token="rt_other", account_id="other")


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    acts_store.put(tmp_path / "home", acts_store.login())
    return acts_store.store(tmp_path / "home")


def replace(store: CredentialStore, login: dict[str, object]) -> None:
    """Store *login* instead of what is there, as signing in anew does."""
    stored = store.read()
    with store.alone("test"):
        settle(store, store.journal.begin("login", stored.guard), stored, Replacement(members=login))


def test_what_was_there_is_kept_byte_for_byte_and_privately(store: CredentialStore) -> None:
    before = store.path.read_bytes()

    replace(store, OTHER)

    (backup,) = store.backups.all()
    assert store.path.read_bytes() == tokens.as_file(OTHER)
    assert store.backups.read(backup).raw == before
    assert store.journal.unfinished() == ()
    if sys.platform != "win32":
        assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600


def test_what_codex_refuses_is_kept_too(store: CredentialStore) -> None:
    acts_store.put(store.home, b'{"tokens": torn')

    replace(store, OTHER)

    assert [store.backups.read(backup).raw for backup in store.backups.all()] == [b'{"tokens": torn']


def test_where_nothing_was_nothing_is_kept(store: CredentialStore) -> None:
    store.path.unlink()
    assert store.read().guard == ABSENT

    replace(store, OTHER)

    assert store.backups.all() == ()


def test_the_newest_comes_first(store: CredentialStore) -> None:
    replace(store, OTHER)
    replace(store, tokens.api_key_login())

    newest, oldest = store.backups.all()
    assert store.backups.read(newest).raw == tokens.as_file(OTHER)
    assert newest.taken > oldest.taken


def test_a_backup_can_be_put_back(store: CredentialStore) -> None:
    before = store.read()
    replace(store, OTHER)
    (backup,) = store.backups.all()

    store.commit(store.read().guard, Replacement(members=store.backups.read(backup).members))

    assert store.read().guard == before.guard


def test_a_backup_of_a_spent_token_is_gone_once_the_new_one_is_stored(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    store.backups.add(store.read())
    acts_store.put(store.home, OTHER)
    other = store.backups.add(store.read())
    acts_store.put(store.home, acts_store.login())

    acts_store.renew(store, openai)

    assert store.backups.all() == (other,)


def test_a_backup_stays_where_the_renewal_failed(store: CredentialStore, openai: FakeOpenAI) -> None:
    backup = store.backups.add(store.read())
    openai.sicken("/oauth/token", 503)

    acts_store.renew(store, openai)

    assert store.backups.all() == (backup,)


def test_a_login_that_was_interrupted_is_finished(store: CredentialStore) -> None:
    stored = store.read()
    entry = store.journal.begin("login", stored.guard)
    store.journal.ready(entry, Replacement(members=OTHER), "after")

    assert recover(store) == (Fate.STORED,)
    assert store.path.read_bytes() == tokens.as_file(OTHER)
    assert len(store.backups.all()) == 1


def test_a_login_does_not_replace_what_came_meanwhile(store: CredentialStore) -> None:
    stored = store.read()
    entry = store.journal.begin("login", stored.guard)
    raw = acts_store.put(store.home, tokens.api_key_login())

    with pytest.raises(Conflict) as caught:
        settle(store, entry, stored, Replacement(members=OTHER))

    assert caught.value.kept
    assert store.path.read_bytes() == raw
    assert store.backups.all() == ()


def test_the_same_sign_in_is_kept_once(store: CredentialStore) -> None:
    assert store.backups.add(store.read()) == store.backups.add(store.read())
    assert len(store.backups.all()) == 1


def test_a_backup_of_a_revoked_sign_in_says_so_and_keeps_its_place(store: CredentialStore) -> None:
    before = store.path.read_bytes()
    replace(store, OTHER)
    replace(store, tokens.api_key_login())
    _, oldest = store.backups.all()

    marked = store.backups.mark_revoked(oldest)

    assert [backup.revoked for backup in store.backups.all()] == [False, True]
    assert store.backups.mark_revoked(marked) == marked == store.backups.all()[1]
    assert store.backups.read(marked).raw == before


def earlier(store: CredentialStore, number: int) -> list[Backup]:
    """Let *number* sign-ins be replaced one after another; return what is kept of them, the newest first."""
    for each in range(number):
        replace(store, tokens.chatgpt_login(refresh_token=f"rt_{each}"))
    return list(store.backups.all())


def test_of_many_the_newest_ten_are_kept(store: CredentialStore) -> None:
    first = store.path.read_bytes()

    kept = earlier(store, 12)

    assert len(kept) == MOST == 10
    assert store.backups.read(kept[0]).raw == tokens.as_file(tokens.chatgpt_login(refresh_token="rt_10"))
    assert first not in {store.backups.read(one).raw for one in kept}


def test_none_is_kept_for_longer_than_thirty_days_but_the_newest(store: CredentialStore) -> None:
    newest, middle, oldest = earlier(store, 3)

    store.backups.prune(now=middle.taken + LONGEST)
    assert store.backups.all() == (newest, middle)
    assert not oldest.path.exists()

    store.backups.prune(now=newest.taken + 9 * LONGEST)
    assert store.backups.all() == (newest,)


def test_what_an_act_that_was_cut_off_would_replace_is_kept(store: CredentialStore) -> None:
    store.journal.begin("login", store.read().guard)
    first = store.path.read_bytes()

    kept = earlier(store, 14)

    assert len(kept) == MOST + 1
    assert store.backups.read(kept[-1]).raw == first
