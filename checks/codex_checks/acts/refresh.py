"""Renew the stored sign-in without ever losing a token: asked once, written down, then stored."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.content import Content, stamp
from codex_checks.acts.ending import Ending
from codex_checks.acts.errors import AppServerError, Conflict, SendError
from codex_checks.acts.recovery import Fate, recover
from codex_checks.acts.refresh_answers import ONCE_MORE, Judgement, Kind, judge
from codex_checks.acts.refresh_request import SOON, Reason, Request, due, renewable, request
from codex_checks.acts.refusals import TRY_LATER
from codex_checks.acts.revoke_request import revoking
from codex_checks.acts.settle import settle
from codex_checks.background import LINE
from codex_doctor import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_checks.acts.journal import Entry
    from codex_checks.acts.sending import Send
    from codex_checks.acts.store import CredentialStore

RESTART: Final = f"Restart it: {LINE}"


class CodexAtWork(Protocol):
    """The Codex that runs now with the same sign-in in memory (`at_work.AtWork`)."""

    def renew(self) -> bool | None:
        """Let the one in the background renew it; return whether it has a sign-in then, None if none runs.

        :raises AppServerError: it runs and does not answer.
        """
        ...

    def others(self) -> str | None:
        """Return in words which Codex runs, None where none does."""
        ...


class Renewed(Struct, frozen=True, kw_only=True):
    """What came of a renewal.

    *problem* is the name of what stands in the way, None where none fits. *expires* is when the access
    token that is stored now ends, in seconds since the epoch. *finished* is what became of earlier acts
    that had been interrupted. *by_codex*: a Codex that runs renewed it, or is to.
    """

    ending: Ending
    problem: str | None = None
    words: str = ""
    next_step: str = ""
    expires: int | None = None
    finished: tuple[Fate, ...] = ()
    by_codex: bool = False


def refresh(  # noqa: PLR0913 - what to renew, by whom, and when it is due
    store: CredentialStore,
    send: Send,
    *,
    env: Mapping[str, str],
    within: float = SOON,
    force: bool = False,
    now: Callable[[], float] = time.time,
    command: str = "codex-doctor refresh",
    codex: CodexAtWork | None = None,
) -> Renewed:
    """Renew the sign-in in *store* if its access token ends within *within* seconds, or *force* says so.

    Finishes what was interrupted first. Nothing is sent unless the answer could be stored. *env* is the
    environment, *now* returns seconds since the epoch. Where *codex* is given and runs in the background, it
    renews the sign-in; where another one runs that would renew it itself just now, nothing is done.

    :raises NotRenewable: nothing is stored that could be renewed.
    :raises StoreNotWritable: what is stored could not be replaced, or not any more (*kept*).
    :raises LockHeld: another program works on the sign-in; nothing was sent, or the new tokens are *kept*.
    :raises Conflict: somebody signed in otherwise meanwhile; the new tokens are *kept*.
    :raises SendError: the address is one that a credential may not be sent to; nothing was sent.
    """

    def wanted(stored: Content) -> Reason | None:
        renewable(stored)
        document = stored.document
        is_due = due(document, now=now(), within=within) if document is not None else None
        if force and stored.guard == before.guard:
            return Reason.FORCED
        return is_due

    store.examine_kind()
    before = store.read()
    store.step("read")
    with store.alone(command):
        finished = recover(store, revoke=revoking(send, env))
        stored = store.read()
        if wanted(stored) is not None:
            store.try_locks()
            stored = store.read()  # a Codex that held them may have renewed it
        reason = wanted(stored)
        if reason is None:
            same = stored.guard == before.guard
            return replace(_ended(Ending.NOT_DUE if same else Ending.ADOPTED, stored), finished=finished)
        asked = request(renewable(stored), env=env, reason=reason, version=__version__)
        ended = _by_codex(store, codex, stored, now=now()) if codex is not None else None
        return replace(ended or _ask(store, send, stored, asked), finished=finished)


def _by_codex(store: CredentialStore, codex: CodexAtWork, stored: Content, *, now: float) -> Renewed | None:
    """Let the Codex that runs renew the sign-in, or leave it to it; None where it is up to us.

    It is asked twice: the first time it may find only that what is stored is newer than what it has in
    memory. One that has no sign-in any more will not ask the service again, and nobody is in our way.
    """
    try:
        for _ in range(2):
            signed_in = codex.renew()
            if signed_in is None:
                return _left_to(codex.others(), stored, now=now)
            if found := _renewed_by_codex(store, stored):
                return found
            if not signed_in:
                return None
    except AppServerError as error:
        if found := _renewed_by_codex(store, stored):
            return found
        return _postponed(f"the Codex that runs in the background could not be asked: {error}", RESTART)
    return _postponed("the Codex that runs in the background did not renew it", f"{TRY_LATER} {RESTART}")


def _renewed_by_codex(store: CredentialStore, stored: Content) -> Renewed | None:
    """Return that the Codex in the background renewed it, and forget what is of no use then."""
    found = _renewed_by_another(store, stored)
    if found is None:
        return None
    if stored.document and stored.document.tokens:
        with contextlib.suppress(OSError):
            store.backups.forget_spent(stored.document.tokens.refresh_token.reveal())
    _forget_older(store)
    return replace(found, ending=Ending.RENEWED, by_codex=True)


def _forget_older(store: CredentialStore) -> None:
    """Forget what was kept of older tokens: it is of no use once there are newer ones."""
    for old in store.journal.unfinished():
        store.journal.clear(old)


def _left_to(running: str | None, stored: Content, *, now: float) -> Renewed | None:
    """Return that *running* will renew the sign-in, where it may do so at any moment; None where not."""
    if running is None or stored.document is None or due(stored.document, now=now) is None:
        return None
    left = _postponed(
        f"{running} has this sign-in and renews it itself as soon as it is used",
        "Go on with that one, or close it and try again.",
    )
    return replace(left, by_codex=True)


def _postponed(words: str, next_step: str) -> Renewed:
    return Renewed(ending=Ending.POSTPONED, words=words, next_step=next_step)


def _ask(store: CredentialStore, send: Send, stored: Content, asked: Request) -> Renewed:
    entry = store.journal.begin("refresh", stored.guard)
    try:
        answer = send(asked)
    except SendError as error:
        store.journal.clear(entry)
        return Renewed(
            ending=Ending.POSTPONED,
            problem=error.problem,
            words=error.words,
            next_step=ONCE_MORE if error.sent else TRY_LATER,
        )
    with contextlib.suppress(OSError):  # storing the tokens themselves is then all the more urgent
        entry = store.journal.answered(entry, answer)
    judgement = judge(answer, keep=store.keep, stamp=stamp())
    if judgement.renewal is None:
        return _not_renewed(store, stored, entry, judgement)
    try:
        proved = settle(store, entry, stored, judgement.renewal)
    except Conflict:
        if found := _renewed_by_another(store, stored):
            return found
        raise
    _forget_older(store)
    return _ended(Ending.RENEWED, proved)


def _not_renewed(store: CredentialStore, stored: Content, entry: Entry, judgement: Judgement) -> Renewed:
    if judgement.kind is not Kind.UNREADABLE:
        store.journal.clear(entry)
    if judgement.kind is Kind.PERMANENT and (found := _renewed_by_another(store, stored)):
        return found
    return Renewed(
        ending=Ending.REFUSED if judgement.kind is Kind.PERMANENT else Ending.POSTPONED,
        problem=judgement.problem,
        words=judgement.words,
        next_step=judgement.next_step,
    )


def _renewed_by_another(store: CredentialStore, stored: Content) -> Renewed | None:
    """Return that another program was faster, where it renewed the same sign-in; None where not."""
    found = store.read()
    if found.account != stored.account or found.guard == stored.guard or found.document is None:
        return None
    return _ended(Ending.ADOPTED, found) if found.document.tokens else None


def _ended(ending: Ending, content: Content) -> Renewed:
    tokens = content.document.tokens if content.document else None
    return Renewed(ending=ending, expires=tokens.expires if tokens else None)
