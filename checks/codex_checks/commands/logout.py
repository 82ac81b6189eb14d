"""The command `logout`: remove the stored sign-in, and revoke it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codex_doctor.command import DONE, Door

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.acts.here import Here
    from codex_checks.acts.logout import SignedOut


def logout(
    door: Door,
    *,
    events: Annotated[
        bool, typer.Option("--events", help="Print JSON Lines for programs instead of words.")
    ] = False,
    codex_home: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Sign out of this CODEX_HOME.")
    ] = None,
    codex_bin: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Ask this codex where a keyring is used.")
    ] = None,
) -> int:
    """Sign out: remove the stored sign-in here, then tell the service that it is not used any more."""
    from codex_checks.acts.events import Completed
    from codex_checks.acts.failures import of_error
    from codex_checks.acts.here import here
    from codex_checks.acts.signing_out import leave
    from codex_checks.commands.telling import Telling
    from codex_checks.signin import options
    from codex_doctor.errors import DoctorError

    telling = Telling(door, events=events)
    found = None
    try:
        with here(options(codex_home, codex_bin), adopt=True) as found:
            door.hide(found.ctx.vault, home=str(found.ctx.home))
            ended = leave(found)
            notes = tuple(_notes(ended, found))
    except DoctorError as error:
        return telling.failure(of_error(error, found))
    telling.finished(ended.finished)
    telling.event(Completed())
    telling.say(_words(ended))
    for note in notes:
        telling.detail("note", note)
    return DONE


def _words(ended: SignedOut) -> str:
    if not ended.existed:
        return "Nothing is stored: you are signed out already."
    if ended.by_codex:
        return "Signed out: Codex removed the sign-in from its keyring."
    if ended.revoked:
        return "Signed out: the sign-in is removed here, and revoked."
    if ended.why_not:
        return f"Signed out: the sign-in is removed here. It may still be valid elsewhere: {ended.why_not}."
    return "Signed out: what was stored is removed here. It is not revoked: only ChatGPT sign-ins can be."


def _notes(ended: SignedOut, here: Here) -> Iterator[str]:
    from codex_checks.acts.at_work import AtWork

    if ended.elsewhere:
        names = "another name" if ended.elsewhere == 1 else f"{ended.elsewhere} other names"
        use = "is of no use any more" if ended.revoked else "may still sign somebody in"
        yield f"The file has {names} (a hard link), which was not looked for; what stands there {use}."
    if ended.kept:
        what = "an earlier sign-in is" if ended.kept == 1 else f"{ended.kept} earlier sign-ins are"
        yield f"{what} still kept in {here.store().backups.folder}; remove there what you do not want."
    for variable in ("CODEX_API_KEY", "CODEX_ACCESS_TOKEN"):
        if variable in here.login.variables:
            yield f"{variable} is still set in {here.login.where[variable]}, and signs Codex in."
    if ended.existed and (running := AtWork(here.home.path, keep=here.ctx.vault.secret).others()):
        yield f"{running} keeps the sign-in that it has until it is restarted."
