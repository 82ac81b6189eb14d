"""The command `import-auth`: store a sign-in or a key that was pasted from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from codex_doctor.command import DONE, Door

if TYPE_CHECKING:
    from codex_checks.acts.here import Here
    from codex_checks.acts.importing import Imported
    from codex_checks.commands.telling import Telling


def import_auth(
    door: Door,
    source: Annotated[
        str, typer.Argument(metavar="FILE|-", help="An auth.json or a key; - reads standard input.")
    ],
    *,
    codex_home: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Store it in this CODEX_HOME.")
    ] = None,
) -> int:
    """Store a sign-in from another machine, or an API key; the old sign-in is kept."""
    from codex_checks.acts.failures import of_error
    from codex_checks.acts.here import here
    from codex_checks.acts.importing import import_auth as bring_in
    from codex_checks.commands.reading import read_source
    from codex_checks.commands.telling import Telling
    from codex_checks.signin import options
    from codex_doctor.errors import DoctorError

    telling = Telling(door, events=False)
    found = None
    try:
        with here(options(codex_home, None), adopt=True) as found:
            door.hide(found.ctx.vault, home=str(found.ctx.home))
            imported = bring_in(found, read_source(source, door))
            _tell(imported, found, telling)
    except DoctorError as error:
        return telling.failure(of_error(error, found))
    return DONE


def _tell(imported: Imported, here: Here, telling: Telling) -> None:
    from codex_checks.acts.at_work import AtWork

    telling.finished(imported.finished)
    what = _kind(imported)
    if not imported.changed:
        telling.say(f"Nothing to do: {what} is stored already.")
        return
    telling.say(f"Imported: {what}.")
    for note in imported.notes:
        telling.detail("note", note)
    if imported.backup is not None:
        telling.kept(imported.backup.path, here, restorable=imported.restorable)
    if imported.in_use_elsewhere:
        telling.detail("note", ELSEWHERE)
    if running := AtWork(here.home.path, keep=here.ctx.vault.secret).others():
        telling.detail("note", f"{running} keeps the sign-in that it has until it is restarted.")


ELSEWHERE: Final = (
    "Use it on one machine only: where two do, one is signed out at its next renewal. On the other machine "
    "remove auth.json; `codex logout` there would end this sign-in too."
)


def _kind(imported: Imported) -> str:
    """Return what was imported, in words."""
    from codex_checks.auth.document import Mode
    from codex_checks.moments import moment

    document = imported.document
    match document.mode:
        case Mode.API_KEY:
            return "an API key"
        case Mode.PERSONAL_ACCESS_TOKEN:
            return "a personal access token"
        case Mode.CHATGPT | Mode.CHATGPT_AUTH_TOKENS if document.tokens is not None:
            expires = document.tokens.expires
            return "a ChatGPT sign-in" + (f" with an access token until {moment(expires)}" if expires else "")
        case mode:
            return f"a sign-in of the kind {mode}"
