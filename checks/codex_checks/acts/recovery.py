"""Finish what a kill, a full disk or a held lock interrupted: no answer of the service is lost."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from codex_checks.acts import login_answer
from codex_checks.acts.content import Change, stamp
from codex_checks.acts.errors import Conflict
from codex_checks.acts.refresh_answers import Kind, judge
from codex_checks.acts.settle import settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.journal import Answer, Entry
    from codex_checks.acts.store import CredentialStore


class Fate(StrEnum):
    """What became of an entry of the journal."""

    STORED = "stored"
    """Its new tokens were still to be stored, and are now."""
    CLEARED = "cleared"
    """There was nothing left to do."""
    KEPT = "kept"
    """Something else is stored meanwhile, or its answer cannot be read: its tokens stay in the journal."""


def recover(store: CredentialStore) -> tuple[Fate, ...]:
    """Finish every entry of the journal of *store*, the oldest first. The caller holds our own lock.

    :raises StoreNotWritable: what is stored cannot be replaced; the entries stay.
    :raises LockHeld: somebody holds Codex's locks; the entries stay.
    """
    return tuple(finish(store, entry) for entry in store.journal.unfinished())


def finish(store: CredentialStore, entry: Entry) -> Fate:
    """Finish one *entry*. The caller holds our own lock.

    :raises StoreNotWritable: what is stored cannot be replaced; the entry stays.
    :raises LockHeld: somebody holds Codex's locks; the entry stays.
    """
    stored = store.read()
    change = entry.change or _change_of(store, entry)
    if entry.committed or (entry.after is not None and stored.guard == entry.after != entry.expected):
        store.journal.clear(entry)
        return Fate.CLEARED
    if change is None:
        if _may_hold_tokens(store, entry):
            return Fate.KEPT
        store.journal.clear(entry)
        return Fate.CLEARED
    if stored.guard != entry.expected:
        return Fate.KEPT
    try:
        settle(store, entry, stored, change)
    except Conflict:
        return Fate.KEPT
    return Fate.STORED


def _change_of(store: CredentialStore, entry: Entry) -> Change | None:
    """Return what follows from the answer to an act, where nobody came to write that down."""
    if entry.answer is None:
        return None
    came = stamp(int(entry.started * 10**9))
    match entry.act:
        case "refresh":
            return judge(entry.answer, keep=store.keep, stamp=came).renewal
        case "login":
            return _judge_login(store, entry.answer, entry.terms, came).replacement
        case _:
            return None


def _may_hold_tokens(store: CredentialStore, entry: Entry) -> bool:
    """Whether there are tokens in the answer to an act that could not be made use of."""
    if entry.answer is None:
        return False
    match entry.act:
        case "refresh":
            return judge(entry.answer, keep=store.keep, stamp=stamp()).kind is Kind.UNREADABLE
        case "login":
            judged = _judge_login(store, entry.answer, entry.terms, stamp())
            return judged.kind is login_answer.Kind.UNREADABLE
        case _:
            return True


def _judge_login(
    store: CredentialStore, answer: Answer, terms: Mapping[str, object], came: str
) -> login_answer.Judgement:
    """Judge the answer to a sign-in; one whose terms are gone cannot be stored."""
    try:
        agreed = login_answer.terms_in(terms)
    except KeyError:
        return login_answer.Judgement(kind=login_answer.Kind.UNREADABLE)
    return login_answer.judge(answer, agreed, keep=store.keep, stamp=came)
