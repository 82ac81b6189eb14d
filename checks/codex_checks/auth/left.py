"""What a save of the sign-in left behind when it was killed: a file that was to be renamed to auth.json.

Codex writes the new sign-in beside the old one, as `.auth-` and six letters, and renames it (codex-auth
1.5). A kill in between leaves that file, with tokens in it: most often the same as the stored ones, or older,
but a renewal may have ended there, and then the new tokens stand nowhere else.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.auth.document import Document
from codex_checks.auth.login import LIMIT, Login, login
from codex_checks.auth.parse import parse
from codex_checks.problems.signin import AUTH_SAVE_LEFT_BEHIND
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Fix, RemoveFile, ShellLine, quote
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

NAME: Final = r"\.auth-[A-Za-z0-9]{6}"

SETTLED: Final = 60.0
"""Seconds without a change after which nobody is at it any more: a save takes milliseconds."""


class What(StrEnum):
    """What stands in such a file, beside what is stored."""

    SAME = "same"
    """The tokens that are stored, or a part of that file as it is."""
    OLDER = "older"
    """Tokens of the same account that were renewed since."""
    NEWER = "newer"
    """Tokens that came after the stored ones, or where none are stored."""
    UNCERTAIN = "uncertain"


class Left(Struct, frozen=True, kw_only=True):
    """A file that was left behind; *sha256* of its bytes, in hex."""

    path: Path
    what: What
    sha256: str


class LeftBehind(Struct, frozen=True, kw_only=True):
    """All files of that kind, on a machine of *os*."""

    files: tuple[Left, ...]
    os: str


@blocking_probe("auth.left-behind", touches={Touches.FILES}, limit=1.0, needs=(login,))
def left_behind(ctx: Context, found: Login) -> LeftBehind:
    """Look at what saves left beside auth.json."""
    folders = dict.fromkeys((found.file.path.parent, found.file.real.parent))
    paths = [folder / name for folder in folders for name in ctx.entries(folder) if re.fullmatch(NAME, name)]
    files = tuple(left for path in paths if (left := _look(ctx, path, found)) is not None)
    if not files:
        raise NotApplicable("nothing is left of a save")
    return LeftBehind(files=files, os=ctx.system.os)


@check(
    "auth.saves-are-finished",
    title="Every save of your sign-in came to its end",
    needs=(left_behind,),
    reports=(AUTH_SAVE_LEFT_BEHIND,),
)
def saves_are_finished(found: LeftBehind) -> Iterator[Finding]:
    """Report the files, and remove those in which nothing stands that could still be of use."""
    useless = [left for left in found.files if left.what in (What.SAME, What.OLDER)]
    if useless:
        names = ", ".join(left.path.name for left in useless)
        yield AUTH_SAVE_LEFT_BEHIND.weighed(Severity.NOTE).found(
            f"{useless[0].path.parent} holds {names}: no newer tokens than auth.json",
            evidence={"files": tuple(str(left.path) for left in useless)},
            fix=Fix(
                summary="Remove what is left; nothing in it is of use any more",
                steps=tuple(RemoveFile(path=str(left.path), sha256=left.sha256) for left in useless),
            ),
            subjects=frozenset(str(left.path) for left in useless),
        )
    for left in found.files:
        if left.what is What.NEWER:
            line = f"codex-doctor import-auth {quote(str(left.path), os=found.os)}"
            yield AUTH_SAVE_LEFT_BEHIND.found(
                f"{left.path} holds newer tokens than auth.json: a renewal was cut off before it stored them",
                evidence={"files": (str(left.path),)},
                fix=Fix(summary="Store them; what is stored now is kept", steps=(ShellLine(line=line),)),
                subjects=frozenset({str(left.path)}),
            )
        elif left.what is What.UNCERTAIN:
            yield AUTH_SAVE_LEFT_BEHIND.weighed(Severity.NOTE).found(
                f"{left.path} is no whole sign-in, or one of another account",
                evidence={"files": (str(left.path),)},
                advice="Keep it until Codex has renewed your sign-in once more, then delete it.",
                subjects=frozenset({str(left.path)}),
            )


def _look(ctx: Context, path: Path, found: Login) -> Left | None:
    try:
        status = ctx.status(path, follow=False)
        if status is None or status.kind != "file" or ctx.now() - status.modified_ns / 10**9 < SETTLED:
            return None
        content = ctx.read(path, limit=LIMIT)
        stored = ctx.read(found.file.real, limit=LIMIT) if found.file.exists else b""
    except OSError:
        return None
    import hashlib

    return Left(
        path=path,
        what=_what(ctx, content, stored, found),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _what(ctx: Context, content: bytes, stored: bytes, found: Login) -> What:
    if stored.startswith(content):
        return What.SAME
    said, own = parse(content, ctx.vault.secret), found.document
    tokens = said.tokens if isinstance(said, Document) else None
    if not isinstance(said, Document) or tokens is None or not tokens.refresh_token:
        return What.UNCERTAIN
    if own is None or own.tokens is None:
        return What.NEWER if not found.file.exists else What.UNCERTAIN
    if tokens.refresh_token == own.tokens.refresh_token:
        return What.SAME
    if tokens.account != own.tokens.account or said.last_refresh is None or own.last_refresh is None:
        return What.UNCERTAIN
    return What.NEWER if said.last_refresh > own.last_refresh else What.OLDER
