"""Sign in on this machine: through the Codex that runs here, else without it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from codex_checks.acts.codex_asked import Asking
from codex_checks.acts.device_flow import LIFETIME, DeviceFlow
from codex_checks.acts.device_request import issuer
from codex_checks.acts.errors import NotSignedIn, SendError
from codex_checks.acts.login import sign_in
from codex_checks.acts.login_answer import terms
from codex_checks.acts.login_by_codex import CodexWay
from codex_checks.acts.login_by_http import by_http
from codex_checks.acts.login_in_keyring import sign_in_keyring
from codex_checks.acts.refresh_request import may_receive_a_credential
from codex_checks.acts.renewing import in_keyring
from codex_checks.acts.revoke_request import revoking
from codex_checks.config.settings import settings
from codex_checks.install.binary import codex
from codex_checks.network.hosts import Service, addresses
from codex_doctor.facts import facts

if TYPE_CHECKING:
    from collections.abc import Generator

    from codex_checks.acts.attending import Attending
    from codex_checks.acts.here import Here
    from codex_checks.acts.login import Obtain, SignedIn
    from codex_checks.acts.store import CredentialStore
    from codex_checks.config.settings import Settings
    from codex_checks.install.binary import Codex

PATIENCE: Final = LIFETIME
"""Seconds that signing in may take, if not said otherwise: as long as a code is good for."""


def sign_in_here(
    here: Here, *, attending: Attending, seconds: float = PATIENCE, revoke_old: bool = False
) -> SignedIn:
    """Sign in on the machine *here* within *seconds*, and store it; see `login.sign_in`.

    :raises ActError: it could not be done.
    """
    methods = here.login.rules.methods
    if methods and "chatgpt" not in methods:
        words = f"the settings allow no ChatGPT sign-in ({', '.join(here.login.rules.sources)})"
        raise NotSignedIn("login-method-forbidden", words)
    asked = issuer(here.variables)
    if not may_receive_a_credential(asked.url):
        words = "the address of the sign-in service is neither https nor on this machine"
        raise SendError("base-url-overridden", f"{words}: nothing was sent to it", sent=False)
    asking = Asking(issuer=asked, attending=attending, until=attending.passed() + seconds)
    if in_keyring(here):
        return sign_in_keyring(here, asking, revoke_old=revoke_old)
    agreed = terms(asked, here.login.rules.workspaces)
    ways: list[Obtain] = []
    found, configured = facts(here.ctx, codex.maybe(), settings.maybe())
    if (through := _through(here, found, configured)) is not None:
        program, chatgpt = through
        ways.append(
            CodexWay(
                ctx=here.ctx,
                program=program.path,
                asking=asking,
                terms=agreed,
                variables=here.variables,
                chatgpt=chatgpt,
            )
        )
    keep = here.ctx.vault.secret
    flow = DeviceFlow(issuer=asked, send=here.send, keep=keep, attending=attending, until=asking.until)
    ways.append(by_http(flow, agreed))
    revoke = revoking(here.send, here.variables)
    with _store(here) as store:
        return sign_in(store, ways, terms=agreed, attending=attending, revoke=revoke, revoke_old=revoke_old)


def _through(here: Here, found: Codex | None, configured: Settings | None) -> tuple[Codex, str | None] | None:
    """Return the Codex to sign in through, and where it looks the account up (None: its own address).

    Without one, or where it would send the new tokens in the clear, the answer is None.
    """
    chatgpt = addresses(here.variables, configured)[Service.CHATGPT]
    if found is None or not may_receive_a_credential(chatgpt.url):
        return None
    return found, None if chatgpt.is_default else chatgpt.url


@contextlib.contextmanager
def _store(here: Here) -> Generator[CredentialStore]:
    """Give the store of the sign-in. The usual home is made where there is none, as Codex makes it.

    It does not stay if nobody signs in.

    :raises StoreNotWritable: the home is not there, or cannot be made.
    """
    store, home = here.store(), here.home.path
    here.make_home()
    try:
        yield store
    finally:
        if here.home_to_be_made and not store.path.exists():
            for lock in ("auth.lock", "auth.json.lock"):
                (home / lock).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                home.rmdir()
