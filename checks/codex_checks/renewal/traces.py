"""What tells of renewals without anything being sent: Codex's own records, our journal, the locks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts import place
from codex_checks.acts.errors import StoreNotWritable
from codex_checks.acts.locks import codex_lock_holder
from codex_checks.acts.state import journal_folder
from codex_checks.auth.document import Mode
from codex_checks.auth.facts import ChatGPT, chatgpt
from codex_checks.places import CodexHome, codex_home
from codex_checks.recorded.errors import RecordedErrors, recorded_errors
from codex_checks.recorded.seen import Seen, group
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.private import state_folder
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_checks.acts.journal import Entry
    from codex_checks.acts.store import CredentialStore
    from codex_doctor.context import Context

ABOUT_RENEWALS: Final = (
    "refresh-token-reused",
    "refresh-token-expired",
    "refresh-token-revoked",
    "refresh-token-account-changed",
    "refresh-token-unknown",
)
"""What a record can say of a renewal that failed for good, the exact before the vague (codex-auth 2.3)."""

PATIENCE: Final = 1.0
"""Seconds that a lock may be held before it counts: Codex holds it for milliseconds (codex-auth 2.5)."""

INTERVAL: Final = 0.05


class Interrupted(Struct, frozen=True, kw_only=True):
    """Something of ours that was begun and not finished. *started* is in seconds since the epoch.

    *answered*: the service's answer is kept. *stored*: all is done, and only the note of it is left.
    *superseded*: another sign-in is stored meanwhile.
    """

    act: str
    started: float
    answered: bool = False
    stored: bool = False
    superseded: bool = False


class Traces(Struct, frozen=True, kw_only=True):
    """What tells of renewals of the stored sign-in.

    *recorded* holds what Codex recorded since the sign-in was last renewed, the exact before the
    vague. *lock* says which of Codex's locks is held, and *obstacle* why a renewed sign-in could not be
    saved; both are None where nothing is. *examined* is in seconds since the epoch.
    """

    sign_in: ChatGPT
    examined: float
    recorded: tuple[Seen, ...] = ()
    interrupted: tuple[Interrupted, ...] = ()
    lock: str | None = None
    obstacle: str | None = None


@blocking_probe(
    "auth.renewal-traces",
    touches={Touches.FILES},
    limit=5.0,
    needs=(chatgpt, codex_home, recorded_errors.maybe()),
)
def traces(ctx: Context, found: ChatGPT, home: CodexHome, records: RecordedErrors | None) -> Traces:
    """Read what tells of renewals; sends and changes nothing."""
    if found.renewal.hindrance is not None:
        owned = found.document.mode is Mode.CHATGPT_AUTH_TOKENS
        raise (NotApplicable if owned else Unavailable)(f"Codex cannot renew it: {found.renewal.hindrance}")
    obstacle, folder = None, found.login.file.real.parent
    try:
        place.examine_kind(found.login.store, found.login.keyring)
        folder = place.examine(home.path / "auth.json", user=place.effective_user()).folder
    except StoreNotWritable as error:
        obstacle = error.words
    return Traces(
        sign_in=found,
        examined=ctx.now(),
        recorded=about_renewals(records, since=_last_renewed(found)) if records is not None else (),
        interrupted=_interrupted(ctx, found, home),
        lock=_held(ctx, lambda: codex_lock_holder(home.path, folder)),
        obstacle=obstacle,
    )


def credential_store(ctx: Context, found: ChatGPT, home: CodexHome) -> CredentialStore:
    """Return the store of the sign-in that was found."""
    from codex_checks.acts.store import CredentialStore  # with all that could be done to it

    return CredentialStore(
        home.path,
        state=state_folder(),
        keep=ctx.vault.secret,
        user=place.effective_user(),
        kept_in=found.login.store,
        keyring_gap=found.login.keyring,
    )


def about_renewals(records: RecordedErrors, *, since: float) -> tuple[Seen, ...]:
    """Return what was recorded of failed renewals after *since*, the exact before the vague.

    What is older is over: the sign-in was renewed, or replaced, after that.
    """
    seen = {one.problem: one for one in group(records.newer_than(since)) if one.problem in ABOUT_RENEWALS}
    return tuple(seen[name] for name in ABOUT_RENEWALS if name in seen)


def _last_renewed(found: ChatGPT) -> float:
    """Return when the sign-in came to stand here, in seconds since the epoch."""
    if found.document.last_refresh is not None:
        return found.document.last_refresh.timestamp()
    status = found.login.file.status
    return status.modified_ns / 10**9 if status is not None else 0.0


def _interrupted(ctx: Context, found: ChatGPT, home: CodexHome) -> tuple[Interrupted, ...]:
    """Return what stands in our journal while nobody works on it."""
    if not journal_folder(state_folder()).is_dir():  # nothing was ever done here
        return ()
    store = credential_store(ctx, found, home)
    first = store.journal.unfinished()
    if not first or store.busy() is not None:
        return ()
    still = {entry.path for entry in store.journal.unfinished()}
    try:
        guard = store.read().guard
    except StoreNotWritable:  # it was just read: somebody is at it
        return ()
    return tuple(_told(entry, guard) for entry in first if entry.path in still)


def _told(entry: Entry, guard: str) -> Interrupted:
    stored = entry.committed or (entry.after is not None and guard == entry.after != entry.expected)
    return Interrupted(
        act=entry.act,
        started=entry.started,
        answered=entry.answer is not None or entry.change is not None,
        stored=stored,
        superseded=not stored and guard != entry.expected,
    )


def _held(ctx: Context, holder: Callable[[], str | None]) -> str | None:
    """Return who holds a lock for longer than `PATIENCE`, None where it is free before."""
    until = time.monotonic() + min(PATIENCE, ctx.time_left() / 2)
    while (held := holder()) is not None and time.monotonic() < until:
        time.sleep(INTERVAL)
    return held
