"""Sign out on this machine, wherever Codex keeps the sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_checks.acts.errors import AppServerError, StoreNotWritable
from codex_checks.acts.logout import SignedOut, sign_out
from codex_checks.acts.renewing import in_keyring, program
from codex_checks.acts.revoke_request import PATIENCE
from codex_checks.acts.sending import in_time

if TYPE_CHECKING:
    from codex_checks.acts.here import Here

CODEX: Final = 30.0
"""Seconds for `codex logout`: it waits 10 for the service, and for locks."""


def leave(here: Here) -> SignedOut:
    """Sign out: remove what is stored here, then tell the service. Blocks.

    :raises ActError: it could not be removed; nothing was sent. See `logout.sign_out`.
    """
    store = here.store()
    by_codex = in_keyring(here) and _by_codex(here)
    ended = sign_out(store, in_time(here.send, PATIENCE), env=here.variables)
    return replace(ended, existed=ended.existed or by_codex, by_codex=by_codex)


def _by_codex(here: Here) -> bool:
    """Let Codex remove and revoke what stands in its keyring; return whether there was anything."""
    if here.login.keyring is not None:
        words = f"the sign-in is kept in a keyring that cannot be reached: {here.login.keyring}"
        raise StoreNotWritable("keyring-unavailable", words)
    argv = [str(program(here)), "logout"]
    env = {**here.ctx.env, "CODEX_HOME": str(here.home.path)}
    try:
        ran = here.ctx.children.run(argv, env=env, seconds=CODEX)
    except OSError as error:
        raise AppServerError(f"{argv[0]} could not be started: {error.strerror or error}") from error
    if ran.code != 0:
        how = "did not end in time" if ran.code is None else f"failed ({ran.code})"
        raise StoreNotWritable(None, f"`codex logout`, which alone can open the keyring, {how}")
    return b"Not logged in" not in ran.stderr + ran.stdout
