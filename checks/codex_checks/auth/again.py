"""How to sign in, or renew a sign-in, without losing what is there.

`codex login` revokes and deletes the stored sign-in before it asks for a new one (codex-auth 3.4): a
failed attempt leaves nothing. So it is never advised where something is stored.
"""

from __future__ import annotations

import shlex
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from codex_doctor.fix import Act, Fix, MoveAside, ShellLine

if TYPE_CHECKING:
    from codex_checks.auth.login import Login


ENVIRONMENT: Final = "the environment"
"""Where a variable is set that stands in the user's shell (`places.Environment.where`)."""


RENEWING: Final = "refresh"
"""The kind of step that renews the stored sign-in (`acts.refresh_step`)."""

SIGNING_IN: Final = "sign-in"
"""The kind of step that signs somebody in (`acts.login_step`)."""


def sign_in(login: Login) -> Fix:
    """Return how to sign in where nothing is stored."""
    return Fix(summary="Sign in", steps=(_login(login),))


def sign_in_again(login: Login) -> Fix:
    """Return how to replace the stored sign-in."""
    summary = "Sign in again; the old sign-in stays until the new one is stored, and is kept"
    return Fix(summary=summary, steps=(_login(login),))


def renew(login: Login, summary: str, *, force: bool = False) -> Fix:
    """Return how to renew the stored sign-in, with *force* although it is not due."""
    command = _command("refresh --force" if force else "refresh", login)
    arguments = {"force": "yes"} if force else {}
    act = Act(kind=RENEWING, words="Renew the sign-in", command=command, arguments=arguments)
    return Fix(summary=summary, steps=(act,))


def replace_broken(login: Login) -> Fix:
    """Return how to sign in where auth.json is of no use: it is kept aside, not deleted."""
    path = login.file.path
    aside = f"{path}.aside-{login.examined:%Y%m%d-%H%M%S}"
    return Fix(
        summary="Move it aside, then sign in; it is kept",
        steps=(MoveAside(path=str(path), to=aside), _login(login)),
    )


def store_key(login: Login, variable: str) -> Fix:
    """Return how to store the API key that stands in *variable*, where nothing is stored.

    A variable that only `.env` sets is not in the user's shell.
    """
    windows, place = login.system.os == "windows", login.where.get(variable, ENVIRONMENT)
    if place == ENVIRONMENT:
        show = f"$env:{variable}" if windows else f"printenv {variable}"
    else:
        file = word(Path(place), login)
        show = (
            f"(Select-String '^{variable}=(.*)' {file}).Matches[0].Groups[1].Value.Trim('\"'' ')"
            if windows
            else f"sed -n 's/^\\(export \\)\\{{0,1\\}}{variable}=//p' {file} | tr -d '\"'\"' \""
        )
    store = _command("import-auth -", login) if login.store == "file" else "codex login --with-api-key"
    line = ShellLine(line=f"{show} | {store}")
    return Fix(summary=f"Store the key from {variable} as your sign-in", steps=(line,))


def import_again(login: Login) -> str:
    """Return the command that stores what stands in auth.json as Codex would write it."""
    return _command(f"import-auth {word(login.file.real, login)}", login)


def word(path: PurePath, login: Login) -> str:
    """Return *path* quoted for the user's shell: PowerShell on Windows, a POSIX shell elsewhere."""
    if login.system.os == "windows":
        return "'" + str(path).replace("'", "''") + "'"
    return shlex.quote(str(path))


def _login(login: Login) -> Act:
    return Act(kind=SIGNING_IN, words="Sign in with a device code", command=_command("login", login))


def _command(words: str, login: Login) -> str:
    """Return the command line `codex-doctor` *words*, for the folder that is meant."""
    if login.home_source != "--codex-home":  # else the command finds it by itself
        return f"codex-doctor {words}"
    return f"codex-doctor {words} --codex-home {word(login.file.path.parent, login)}"
