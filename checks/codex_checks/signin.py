"""Change the sign-in of Codex on this machine: what the commands do, for programs that embed it.

Each of these blocks until it is done, changes nothing without saying so here, and raises `ActError` where
it could not be done. *codex_home* and *codex_bin* say which Codex is meant; without them it is the one
that the environment says, as for Codex itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.acts.ending import Ending
from codex_checks.acts.errors import ActError
from codex_checks.acts.events import Completed, DeviceCode, Event, Failed, Waiting
from codex_checks.acts.refresh import Renewed
from codex_checks.acts.refresh_request import SOON

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_checks.acts.importing import Imported
    from codex_checks.acts.login import SignedIn
    from codex_checks.acts.logout import SignedOut

__all__ = [
    "ActError",
    "Completed",
    "DeviceCode",
    "Ending",
    "Event",
    "Failed",
    "Renewed",
    "Waiting",
    "import_auth",
    "login",
    "logout",
    "refresh",
]


def login(
    *,
    on_event: Callable[[Event], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    timeout: float = 900.0,
    revoke_old: bool = False,
    codex_home: Path | None = None,
    codex_bin: Path | None = None,
) -> SignedIn:
    """Sign in with a device code, and store it; what was stored before stays until then, and is kept.

    *on_event* is called with what happens, from the thread of the caller: a `DeviceCode` to show, `Waiting`
    each second, and one of `Completed` and `Failed` at the end. *cancelled* is asked ten times a second;
    once the code was entered, it is too late. It takes *timeout* seconds at most, and those in which the
    tokens are fetched and stored. *revoke_old*: the service is told that the old sign-in has come to its end.

    :raises ActError: nobody is signed in, `CalledOff` where that was wanted. `problem` names what stands in
        the way, `passing` says whether the same may succeed a little later.
    :raises Unavailable: something that decides about the sign-in could not be read.
    """
    from codex_checks.acts.attending import Attending
    from codex_checks.acts.failures import of_error
    from codex_checks.acts.here import here
    from codex_checks.acts.signing_in import sign_in_here
    from codex_doctor.errors import DoctorError

    def tell(event: Event) -> None:
        if on_event is not None:
            on_event(event)

    found = None
    attending = Attending(tell=tell, cancelled=cancelled or (lambda: False))
    try:
        with here(options(codex_home, codex_bin)) as found:
            signed_in = sign_in_here(found, attending=attending, seconds=timeout, revoke_old=revoke_old)
    except DoctorError as error:
        tell(of_error(error, found).event)
        raise
    tell(Completed())
    return signed_in


def refresh(
    *,
    within: float = SOON,
    force: bool = False,
    codex_home: Path | None = None,
    codex_bin: Path | None = None,
) -> Renewed:
    """Renew the stored sign-in if its access token ends within *within* seconds, or *force* says so.

    Nothing is sent unless the answer could be stored, and a token is never spent twice: not by ten of
    these at once, and not beside a Codex that runs in the background.

    :raises ActError: it could not be done; `problem` names what stands in the way, `passing` says whether
        the same may succeed a little later.
    :raises Unavailable: something that decides about the sign-in could not be read.
    """
    from codex_checks.acts.here import here
    from codex_checks.acts.renewing import renew

    with here(options(codex_home, codex_bin)) as found:
        return renew(found, within=within, force=force)


def import_auth(content: bytes, *, codex_home: Path | None = None) -> Imported:
    """Store the sign-in in *content*: an auth.json from elsewhere, an API key, a personal access token.

    Nothing is sent. What was stored before is kept as `Imported.backup`.

    :raises ActError: Codex would refuse it, the settings forbid it, or it could not be stored.
    :raises Unavailable: something that decides about the sign-in could not be read.
    """
    from codex_checks.acts.here import here
    from codex_checks.acts.importing import import_auth as bring_in

    with here(options(codex_home, None)) as found:
        return bring_in(found, content)


def logout(*, codex_home: Path | None = None, codex_bin: Path | None = None) -> SignedOut:
    """Sign out: remove the stored sign-in, then tell the service that it is not used any more.

    Whatever the service says, nobody is signed in here afterwards.

    :raises ActError: it could not be removed; then nothing was sent.
    :raises Unavailable: something that decides about the sign-in could not be read.
    """
    from codex_checks.acts.here import here
    from codex_checks.acts.signing_out import leave

    with here(options(codex_home, codex_bin)) as found:
        return leave(found)


def options(codex_home: Path | None, codex_bin: Path | None) -> dict[str, str]:
    """Return which Codex is meant, as `here` wants to be told."""
    named = {"codex-home": codex_home, "codex-bin": codex_bin}
    return {name: str(path) for name, path in named.items() if path is not None}
