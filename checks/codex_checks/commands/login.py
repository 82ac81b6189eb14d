"""The command `login`: sign in again, without losing the old sign-in."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from codex_doctor.command import DONE, INTERRUPTED, Door

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.acts.here import Here
    from codex_checks.acts.login import SignedIn


RESTART: Final = "Restart what runs of Codex (an editor, the app, a terminal): it notices only then."

LONGEST: Final = 900.0
"""Seconds: a code is good for no longer."""


def login(  # noqa: PLR0913 - one parameter for each option of the contract
    door: Door,
    *,
    events: Annotated[
        bool, typer.Option("--events", help="Print JSON Lines for programs instead of words.")
    ] = False,
    revoke_old: Annotated[
        bool, typer.Option("--revoke-old", help="Afterwards, end the old sign-in at the service.")
    ] = False,
    browser: Annotated[
        bool | None,
        typer.Option(
            "--browser/--no-browser",
            help="Open the page in a browser here, or do not offer to.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(min=1.0, max=LONGEST, metavar="SECONDS", help="Give up after these seconds."),
    ] = LONGEST,
    codex_bin: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Sign in through this codex.")
    ] = None,
    codex_home: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Sign in for this CODEX_HOME.")
    ] = None,
    ascii: Annotated[bool, typer.Option("--ascii", help="Use plain ASCII.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
) -> int:
    """Sign in with a device code; the old sign-in stays until the new one is stored, and is kept."""
    from codex_checks.acts.attending import Attending
    from codex_checks.acts.errors import CalledOff
    from codex_checks.acts.events import Completed
    from codex_checks.acts.failures import of_error
    from codex_checks.acts.here import here
    from codex_checks.acts.signing_in import sign_in_here
    from codex_checks.commands.invitation import Invitation
    from codex_checks.commands.telling import Telling
    from codex_checks.signin import options
    from codex_doctor.errors import DoctorError

    if math.isnan(timeout):  # it is in every range
        raise typer.BadParameter("it is not a number of seconds", param_hint="'--timeout'")
    door.restyle(ascii=ascii, no_color=no_color)
    telling, found = Telling(door, events=events), None
    try:
        with door.calling_off() as called_off, here(options(codex_home, codex_bin), adopt=True) as found:
            door.hide(found.ctx.vault, home=str(found.ctx.home))
            if not events:
                door.passing("Asking for a code")
            invitation = Invitation(door, found.ctx, events=events, browser=browser)
            attending = Attending(tell=invitation.tell, cancelled=called_off)
            signed_in = sign_in_here(found, attending=attending, seconds=timeout, revoke_old=revoke_old)
    except CalledOff as error:
        telling.event(of_error(error, found).event)
        telling.note("Called off: your sign-in is as it was.")
        return INTERRUPTED
    except DoctorError as error:
        return telling.failure(of_error(error, found))
    telling.finished(signed_in.finished)
    telling.event(Completed())
    telling.say(_headline(signed_in))
    for note in signed_in.notes:
        telling.detail("note", note)
    if signed_in.backup is not None and not signed_in.revoked:
        telling.kept(signed_in.backup.path, found, restorable=signed_in.restorable)
    for label, words in _afterwards(found):
        telling.detail(label, words)
    return DONE


def _headline(signed_in: SignedIn) -> str:
    from codex_checks.moments import moment

    who = f" to the account {signed_in.account}" if signed_in.account else ""
    plan = f" ({signed_in.plan})" if signed_in.plan else ""
    until = f"; the access token is good until {moment(signed_in.expires)}" if signed_in.expires else ""
    return f"Signed in{who}{plan}{until}."


def _afterwards(here: Here) -> Iterator[tuple[str, str]]:
    """Yield what the user should know or do now, each with its label."""
    from codex_checks.acts.at_work import AtWork

    for name in ("CODEX_ACCESS_TOKEN", "CODEX_API_KEY"):
        if name in here.login.variables:
            yield "note", f"{name} is set ({here.login.where[name]}), and Codex uses that first."
    running = AtWork(here.home.path, keep=here.ctx.vault.secret).others()
    yield "next", f"{running} still has the old sign-in: restart it." if running else RESTART
