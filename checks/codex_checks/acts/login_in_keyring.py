"""Sign in where Codex keeps its sign-in in a keyring, which only itself can open (codex-auth 1.7).

The app-server replaces what is stored only once somebody is signed in (codex-auth 3.4). What is replaced is
gone: no copy can be made of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_checks.acts.app_server import AppServer
from codex_checks.acts.errors import AppServerError, NotSignedIn, StoreNotWritable
from codex_checks.acts.login import COMMAND, SignedIn
from codex_checks.acts.login_by_codex import NOT_LOOKED_UP
from codex_checks.acts.login_complaint import meaning
from codex_checks.acts.own_app_server import own_app_server
from codex_checks.acts.renewing import program
from codex_checks.auth import jwt

if TYPE_CHECKING:
    from codex_checks.acts.app_server import Status
    from codex_checks.acts.codex_asked import Asking
    from codex_checks.acts.here import Here

IN_KEYRING: Final = "Codex keeps it in its keyring; no copy of the old sign-in could be made."
NOT_REVOKED: Final = "The old sign-in was not revoked: it was in the keyring."


def sign_in_keyring(here: Here, asking: Asking, *, revoke_old: bool) -> SignedIn:
    """Have the Codex that runs here sign somebody in, and keep it where it does.

    :raises NotSignedIn: nobody is signed in; what was stored is as it was.
    :raises CalledOff: the act was called off.
    :raises LockHeld: another doctor works on the sign-in.
    :raises StoreNotWritable: the keyring cannot be reached.
    :raises NotRenewable: no Codex runs here.
    """
    if here.login.keyring is not None:
        words = f"the sign-in is kept in a keyring that cannot be reached: {here.login.keyring}"
        raise StoreNotWritable("keyring-unavailable", words)
    found = program(here)
    ctx = replace(here.ctx, env=asking.environment(here.variables))
    with here.store().alone(COMMAND):
        try:
            with own_app_server(ctx, found, here.home.path) as wire:
                complaint, before, after = _asked(AppServer(wire, keep=here.ctx.vault.secret), asking)
        except AppServerError as error:
            words = f"Codex, which alone can open the keyring, did not sign in: {error.words}"
            raise NotSignedIn("login-not-completed", words, passing=True) from None
    if after.method != "chatgpt" or after.token is None or after.token == before.token:
        raise meaning(complaint, here.login.rules.workspaces)
    notes = [IN_KEYRING, *([NOT_LOOKED_UP] if complaint else []), *([NOT_REVOKED] if revoke_old else [])]
    return SignedIn(account=None, plan=None, expires=jwt.expiry(after.token.reveal()), notes=tuple(notes))


def _asked(server: AppServer, asking: Asking) -> tuple[str | None, Status, Status]:
    """Return what Codex complains of, and who was signed in before and is after it."""
    asking.attending.during(server.greet)
    before = server.status(renew=False)
    started = asking.begin(server)
    complaint = asking.wait(server, started, stored=lambda: False)
    return complaint, before, server.status(renew=False)
