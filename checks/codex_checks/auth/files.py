"""The file auth.json: whether Codex can read it, others cannot, and a renewed one can be saved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.auth.again import import_again, replace_broken, word
from codex_checks.auth.document import FaultKind, Mode
from codex_checks.auth.facts import file_text, own_file, stored, wanted_file
from codex_checks.problems.signin import (
    AUTH_FILE_EXPOSED,
    AUTH_FILE_NOT_WRITABLE,
    AUTH_FILE_UNREADABLE,
    AUTH_JSON_INVALID,
)
from codex_doctor.check import check
from codex_doctor.files import describe
from codex_doctor.fix import Act, Fix, SetMode, ShellLine, Tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.auth.facts import Stored
    from codex_checks.auth.login import Login
    from codex_doctor.model import Finding

PRIVATE: Final = 0o600
OTHERS: Final = 0o077
OWN_WRITE: Final = 0o200
OWN_WRITE_AND_ENTER: Final = 0o300
OTHERS_WRITE: Final = 0o022

RESAVING: Final = "resave-sign-in"
"""The kind of step that saves auth.json in another encoding (`acts.resave_step`)."""

RESTART: Final = "Restart the Codex windows, editors and background programs that still run."

_RESAVE: Final = {
    FaultKind.BYTE_ORDER_MARK: "Remove the byte order mark; the sign-in behind it is whole.",
    FaultKind.UTF_16: "Save the file as UTF-8; the sign-in in it is whole.",
}

_NOWHERE: Final = {FaultKind.EMPTY, *_RESAVE}
"""What is wrong with the file as a whole, at no place in it."""

_SAID_WHEN_LACKING: Final = {
    Mode.HEADERS: "externally provided auth cannot be loaded from auth storage.",
    Mode.AGENT_IDENTITY: "agent identity auth is missing agent identity auth material.",
    Mode.PERSONAL_ACCESS_TOKEN: "personal access token auth is missing a personal access token.",
    Mode.BEDROCK_API_KEY: "Bedrock API key auth is missing a Bedrock API key.",
    Mode.BEDROCK_ACCESS_KEYS: "Bedrock access keys auth is missing AWS access keys.",
}
"""What Codex 0.169.0 says of a file that names a mode and holds nothing for it."""

_WINDOWS_DRIVE: Final = r"/mnt/[a-z](/|$)"
"""Where WSL shows the drives of Windows: permission bits there mean nothing."""


@check(
    "auth.file-is-readable",
    title="Codex can open the file of your sign-in",
    needs=(wanted_file,),
    reports=(AUTH_FILE_UNREADABLE,),
)
def file_is_readable(found: Login) -> Iterator[Finding]:
    """Judge whether there is a file to read; what is none is not opened."""
    file = found.file
    if file.error is None:
        return
    if file.status is None or file.status.kind != "file":
        what = (
            f"cannot be followed: {file.error}"
            if file.status is None
            else f"is {describe(file.status.kind)}, not a file"
        )
        yield AUTH_FILE_UNREADABLE.found(
            f"{file.path} {what}",
            evidence={"path": str(file.path), "error": file.error},
            advice="Move it aside, where it is kept, and sign in again.",
            fix=replace_broken(found) if file.status or file.link else None,
            subjects=frozenset({str(file.path)}),
        )
        return
    mode, owner = f"{file.status.mode:04o}", file.status.owner
    yield AUTH_FILE_UNREADABLE.found(
        f"{file.real}: {file.error}; it has mode {mode} and belongs to user {owner}",
        evidence={"path": str(file.real), "mode": mode, "owner": owner, "error": file.error},
        fix=_own(found) if _is_foreign(found) else _private(found),
        subjects=frozenset({str(file.path)}),
    )


@check(
    "auth.file-is-valid",
    title="Codex accepts what the file of your sign-in says",
    needs=(file_text,),
    reports=(AUTH_JSON_INVALID,),
)
def file_is_valid(found: Login) -> Iterator[Finding]:
    """Judge what is said as Codex does; one wrong value makes it refuse the whole (codex-auth 1.6)."""
    fault = found.file.fault
    if fault is None:
        return
    place = "" if fault.kind in _NOWHERE else f" (line {fault.line}, column {fault.column})"
    what = f"{fault.field} {fault.words}" if fault.field else fault.words
    yield AUTH_JSON_INVALID.found(
        f"{found.file.path}{':' if fault.field else ''} {what}{place}",
        evidence={
            "path": str(found.file.path),
            "field": fault.field,
            "line": fault.line,
            "column": fault.column,
            "codex": fault.codex,
        },
        advice=_RESAVE.get(fault.kind),
        fix=_saved_again(found) if fault.kind in _RESAVE else replace_broken(found),
        subjects=frozenset({str(found.file.path)}),
    )


@check(
    "auth.mode-is-loadable",
    title="The stored sign-in is of a kind that Codex loads from its file",
    needs=(stored,),
    reports=(AUTH_JSON_INVALID,),
)
def mode_is_loadable(found: Stored) -> Iterator[Finding]:
    """Judge a file that reads well and still is refused, for the mode that it names."""
    mode, lacks = found.document.mode, found.document.lacks
    if mode is Mode.HEADERS:
        words = "auth_mode is headers, which only a program that embeds Codex can provide"
    elif lacks is not None and mode in _SAID_WHEN_LACKING:
        words = f"auth_mode is {mode} and {lacks} is missing"
    else:
        return
    codex = _SAID_WHEN_LACKING[mode]
    yield AUTH_JSON_INVALID.found(
        f"{found.login.file.path}: {words}",
        evidence={"path": str(found.login.file.path), "field": "auth_mode", "codex": codex},
        fix=replace_broken(found.login),
        subjects=frozenset({str(found.login.file.path)}),
    )


@check(
    "auth.file-is-private",
    title="Your sign-in is readable by you alone",
    needs=(own_file,),
    reports=(AUTH_FILE_EXPOSED,),
)
def file_is_private(found: Login) -> Iterator[Finding]:
    """Judge the mode, which Codex accepts whatever it is (codex-auth 1.5)."""
    status = found.file.status
    if status is None or status.kind != "file" or not _has_modes(found) or not status.mode & OTHERS:
        return
    yield AUTH_FILE_EXPOSED.found(
        f"{found.file.real} has mode {status.mode:04o}",
        evidence={"path": str(found.file.real), "mode": f"{status.mode:04o}"},
        fix=_private(found),
        subjects=frozenset({str(found.file.path)}),
    )


@check(
    "auth.file-can-be-saved",
    title="Codex can save a renewed sign-in",
    needs=(own_file,),
    reports=(AUTH_FILE_NOT_WRITABLE,),
)
def file_can_be_saved(found: Login) -> Iterator[Finding]:
    """Judge what Codex tries before it saves (codex-auth 1.5).

    It sends the renewal first and finds out later, when the old token is already spent. The folder
    of CODEX_HOME itself is judged with the other files there.
    """
    file = found.file
    if file.status is None or file.status.kind != "file":
        return
    path = word(file.real, found)
    fix: Fix | None = None
    advice = None
    if file.status.links > 1:
        advice = "Make it a file of its own; where another name is needed, a symbolic link is fine."
        seen = f"{file.real} has {file.status.links} hard links, and Codex refuses to replace such a file"
        copy = f"cp -p {path} {path}.new && mv {path}.new {path}"
        if found.system.os != "windows":
            fix = Fix(summary="Make it a file of its own", steps=(ShellLine(line=copy),))
    elif not _has_modes(found):
        return
    elif _is_foreign(found) and not file.status.mode & OTHERS_WRITE:
        seen = f"{file.real} belongs to user {file.status.owner}, not to you (user {found.system.user})"
        fix = _own(found)
    elif not _is_foreign(found) and not file.status.mode & OWN_WRITE:
        seen = f"{file.real} has mode {file.status.mode:04o}, which does not let you write it"
        fix = _private(found)
    elif (folder := _closed_folder(found)) is not None:
        seen = f"{file.real.parent} has mode {folder:04o}, which does not let you replace a file in it"
        fix = Fix(
            summary="Let your user write the folder",
            steps=(SetMode(path=str(file.real.parent), mode=folder | 0o700),),
        )
    else:
        return
    yield AUTH_FILE_NOT_WRITABLE.found(
        f"{seen}. The next renewal would be sent, and its new token lost",
        evidence={
            "path": str(file.real),
            "mode": f"{file.status.mode:04o}",
            "owner": file.status.owner,
            "links": file.status.links,
        },
        advice=advice,
        fix=fix,
        subjects=frozenset({str(file.path)}),
    )


def _has_modes(found: Login) -> bool:
    """Whether permission bits mean something where the file stands."""
    on_a_drive = found.system.wsl > 0 and re.match(_WINDOWS_DRIVE, str(found.file.real)) is not None
    return found.system.os != "windows" and found.system.user is not None and not on_a_drive


def _is_foreign(found: Login) -> bool:
    """Whether the file belongs to another user; root may write it all the same."""
    status = found.file.status
    return status is not None and found.system.user not in (None, 0, status.owner)


def _closed_folder(found: Login) -> int | None:
    """Return the mode of the folder a link leads to, where it lets its owner, us, make no file."""
    folder = found.file.folder
    if not found.file.link or folder is None or folder.owner != found.system.user:
        return None
    return None if folder.mode & OWN_WRITE_AND_ENTER == OWN_WRITE_AND_ENTER else folder.mode


def _private(found: Login) -> Fix:
    return Fix(summary="Make the file private", steps=(SetMode(path=str(found.file.real), mode=PRIVATE),))


def _own(found: Login) -> Fix:
    path = word(found.file.real, found)
    line = ShellLine(line=f'sudo chown "$(id -u):$(id -g)" {path} && chmod 600 {path}')
    return Fix(summary="Make the file yours", steps=(line,))


def _saved_again(found: Login) -> Fix:
    act = Act(
        kind=RESAVING,
        words=f"Save {found.file.path} as UTF-8; every token in it stays",
        command=import_again(found),
    )
    return Fix(summary="Save it as Codex reads it, and keep the sign-in", steps=(act, Tell(text=RESTART)))
