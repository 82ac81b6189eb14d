"""Renew the sign-in of this machine, wherever Codex keeps it and whoever else has it in memory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from codex_checks.acts.app_server import AppServer
from codex_checks.acts.at_work import AtWork
from codex_checks.acts.ending import Ending
from codex_checks.acts.errors import NotRenewable
from codex_checks.acts.refresh import Renewed, refresh
from codex_checks.acts.refresh_request import SOON
from codex_checks.acts.refusals import TRY_LATER
from codex_checks.auth import jwt
from codex_checks.auth.login import Store
from codex_doctor.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from codex_checks.acts.here import Here
    from codex_checks.install.binary import Codex

COMMAND: Final = "codex-doctor refresh"
"""What another doctor is told that waits for us."""


def renew(here: Here, *, within: float = SOON, force: bool = False) -> Renewed:
    """Renew the sign-in if its access token ends within *within* seconds, or *force* says so. Blocks.

    :raises ActError: it could not be done; see `refresh.refresh`, and `AppServerError` for a keyring.
    """
    store, at_work = here.store(), AtWork(here.home.path, keep=here.ctx.vault.secret)
    if not in_keyring(here):
        return refresh(
            store,
            here.send,
            env=here.variables,
            within=within,
            force=force,
            now=here.ctx.now,
            command=COMMAND,
            codex=at_work,
        )
    if here.login.keyring is not None:
        words = f"the sign-in is kept in a keyring that cannot be reached: {here.login.keyring}"
        raise NotRenewable("keyring-unavailable", words)
    with store.alone(COMMAND), _app_server(here, at_work) as server:
        return renew_by(server, within=within, force=force, now=here.ctx.now())


def in_keyring(here: Here) -> bool:
    """Whether Codex looks for the sign-in in a keyring, which only itself can open (codex-auth 1.7)."""
    login = here.login
    return login.store is Store.KEYRING or (login.store is Store.AUTO and login.keyring is None)


def program(here: Here) -> Path:
    """Return the program of the Codex that is meant.

    :raises NotRenewable: there is none that runs.
    """
    from codex_checks.install.binary import codex
    from codex_doctor.facts import facts

    try:
        found: Codex = facts(here.ctx, codex)[0]
    except Unavailable as gap:
        words = f"the sign-in is kept in the keyring, which only Codex itself can open: {gap.reason}"
        raise NotRenewable("binary-not-found", words) from None
    return found.path


def renew_by(server: AppServer, *, within: float, force: bool, now: float) -> Renewed:
    """Have *server* renew the sign-in that it alone can reach, if it is due. *now* is in epoch seconds.

    When an access token does not say when it ends, it is left to Codex when to renew it.

    :raises NotRenewable: nobody is signed in with ChatGPT.
    :raises AppServerError: it does not answer.
    """
    before = server.status(renew=False)
    if before.method != "chatgpt":
        words = f"the sign-in is not a ChatGPT one ({before.method})"
        raise NotRenewable(
            None if before.method else "not-signed-in", words if before.method else "nothing is stored"
        )
    expires = jwt.expiry(before.token.reveal()) if before.token else None
    is_due = expires is not None and expires - now <= within
    if before.token and not force and not is_due:
        return Renewed(ending=Ending.NOT_DUE, expires=expires)
    after = server.status(renew=True)
    if after.token is None:
        return Renewed(ending=Ending.REFUSED, problem=_REFUSED, words="Codex itself could not renew it")
    if after.token == before.token:
        words = "Codex itself did not renew it"
        return Renewed(ending=Ending.POSTPONED, words=words, next_step=TRY_LATER)
    return Renewed(ending=Ending.RENEWED, expires=jwt.expiry(after.token.reveal()), by_codex=True)


_REFUSED: Final = "refresh-token-unknown"
"""An app-server does not say which refusal it was."""


@contextlib.contextmanager
def _app_server(here: Here, at_work: AtWork) -> Generator[AppServer]:
    """Give the background app-server, or one of our own where none runs."""
    from codex_checks.acts.own_app_server import own_app_server

    with at_work.background() as running:
        if running is not None:
            yield running
            return
    with own_app_server(here.ctx, program(here), here.home.path) as wire:
        server = AppServer(wire, keep=here.ctx.vault.secret)
        server.greet()
        yield server
