"""The command `refresh`: renew the stored sign-in when it is due."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codex_doctor.command import DONE, Door

if TYPE_CHECKING:
    from codex_checks.acts.events import Event
    from codex_checks.acts.refresh import Renewed


def refresh(
    door: Door,
    *,
    within: Annotated[
        float,
        typer.Option(
            min=0.0,
            metavar="SECONDS",
            help="Renew it if the access token ends within these seconds; Codex itself does at 300.",
        ),
    ] = 300.0,
    force: Annotated[bool, typer.Option("--force", help="Renew it although it is not due.")] = False,
    events: Annotated[
        bool, typer.Option("--events", help="Print JSON Lines for programs instead of words.")
    ] = False,
    codex_home: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Renew the one of this CODEX_HOME.")
    ] = None,
    codex_bin: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Ask this codex where a keyring is used.")
    ] = None,
) -> int:
    """Renew the stored sign-in if it is due, without ever losing a token."""
    from codex_checks.acts.failures import of_error, of_renewal
    from codex_checks.acts.here import here
    from codex_checks.acts.renewing import renew
    from codex_checks.commands.telling import Telling
    from codex_checks.signin import options
    from codex_doctor.errors import DoctorError

    if math.isnan(within):  # it is in every range
        raise typer.BadParameter("it is not a number of seconds", param_hint="'--within'")
    telling = Telling(door, events=events)
    found = None
    try:
        with here(options(codex_home, codex_bin), adopt=True) as found:
            door.hide(found.ctx.vault, home=str(found.ctx.home))
            ended = renew(found, within=within, force=force)
            failure = of_renewal(ended, found)
    except DoctorError as error:
        return telling.failure(of_error(error, found))
    telling.finished(ended.finished)
    if failure is not None:
        return telling.failure(failure)
    telling.event(_event(ended))
    telling.say(_words(ended))
    return DONE


def _event(ended: Renewed) -> Event:
    from codex_checks.acts.ending import Ending
    from codex_checks.acts.events import NotDue, Refreshed
    from codex_checks.moments import stamp

    if ended.ending is Ending.NOT_DUE:
        return NotDue()
    return Refreshed(expires_at=None if ended.expires is None else stamp(ended.expires))


def _words(ended: Renewed) -> str:
    from codex_checks.acts.ending import Ending
    from codex_checks.moments import moment

    if ended.ending is Ending.NOT_DUE:
        what = "Not due"
    elif ended.ending is Ending.ADOPTED:
        what = "Renewed by another program, or by an earlier attempt"
    else:
        what = "Renewed by the Codex that runs" if ended.by_codex else "Renewed"
    until = "does not say when it ends" if ended.expires is None else f"is good until {moment(ended.expires)}"
    return f"{what}: the access token {until}."
