"""How npm fared when it was last asked to install Codex, from the log that it keeps of every command.

npm writes one file a command and keeps ten (npm's settings `logs-max` and `cache`). Of such a file only
what is named here is taken: addresses and the words of a command may hold a key.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.found import Installations, installations
from codex_checks.install.npm import cache_folder
from codex_checks.install.package import look
from codex_checks.install.permission import closed
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context

KEPT: Final = 10
"""Log files that npm keeps unless it is told otherwise."""

HEAD: Final = 4 * 1024
"""Bytes from the beginning of a log: the command stands in its first ten lines."""

TAIL: Final = 128 * 1024
"""Bytes from the end of a log: an installation of Codex alone writes a tenth of that."""

WEEK: Final = 7 * 86_400
"""Seconds: what failed longer ago says little of today."""

_TITLE: Final = (
    r"(?m)^\d+ verbose title npm (?:i|in|ins|install|add|up|upgrade|update) "
    r"(?:.* )?@openai/codex(?:@\S*)?(?: |$)"
)
_CODE: Final = r"(?m)^\d+ error code (E?[A-Z0-9_]{3,60})\s*$"
_PATH: Final = r"(?m)^\d+ error (?:path|dest) (\S.*?)\s*$"
_FILE: Final = r"codex-[0-9][\w.\-]*-(?:linux|darwin|win32)-(?:x64|arm64)"
_ABSENT: Final = rf"(?m)^\d+ http fetch GET 40[34] (https?://\S+/(?:{_FILE}\.tgz|@openai(?:%2[fF]|/)codex))\s"
_UNKNOWN: Final = (
    r"No matching version found for (@openai/codex@[\w.\-]+-(?:linux|darwin|win32)-(?:x64|arm64))"
)
_ASKED: Final = r"(?m)^\d+ (?:http fetch GET (?:\d+ )?|verbose stack .*?request to )(https?://[^\s/]+)"


class NpmAttempt(Struct, frozen=True, kw_only=True):
    """The last time that npm installed or updated Codex, as its *log* tells; it began *ago* seconds ago.

    *code* is npm's own word for why it failed, None where it did not. *path* is the file that stood in
    the way, *leads_to* where its links end, and *taken* says that it still stands there. *registry* is
    the host that was asked, and *absent* the package that it did not have or did not give. *closed* is a
    folder above *path* that this user may not change even now.
    """

    log: Path
    ago: float
    code: str | None = None
    path: Path | None = None
    leads_to: Path | None = None
    taken: bool = False
    registry: str | None = None
    absent: str | None = None
    closed: Path | None = None


@blocking_probe("install.npm-attempt", touches={Touches.FILES}, limit=1.0, needs=(installations,))
def npm_attempt(ctx: Context, found: Installations) -> NpmAttempt:
    """Read npm's log of the last time that it was to install Codex."""
    log, written = _newest(ctx)
    if any(_changed(ctx, path) > written for copy in found.copies for path in (copy.real, copy.path)):
        raise NotApplicable("Codex was installed after npm last tried")
    ago = ctx.now() - written / 1e9
    if ago > WEEK:
        raise NotApplicable("npm last installed Codex more than a week ago")
    try:
        content = ctx.tail(log, limit=TAIL).decode("utf-8", "replace")
    except OSError:
        raise NotApplicable("npm's log of its last installation is gone") from None
    return understood(ctx, log, ago, content)


def understood(ctx: Context, log: Path, ago: float, content: str) -> NpmAttempt:
    """Return what the *content* of a log says."""
    code, path = _first(_CODE, content), _first(_PATH, content)
    absent = _first(_ABSENT, content)
    there = look(ctx, Path(path)) if path else None
    return NpmAttempt(
        log=log,
        ago=ago,
        code=code,
        path=Path(path) if path else None,
        leads_to=ctx.real(Path(path)) if path and there else None,
        taken=there is not None,
        registry=_host(absent or _first(_ASKED, content)),
        absent=_package(absent) if absent else _first(_UNKNOWN, content),
        closed=closed(ctx, Path(path).parent) if path and code in {"EACCES", "EPERM"} else None,
    )


def _newest(ctx: Context) -> tuple[Path, int]:
    """Return the newest log of an installation of Codex, and when it was written to last."""
    folder = cache_folder(ctx) / "_logs"
    names = [name for name in ctx.entries(folder) if name.endswith("-debug-0.log")]
    for name in sorted(names, reverse=True)[:KEPT]:
        try:
            head = ctx.head(folder / name, limit=HEAD).decode("utf-8", "replace")
        except OSError:
            continue
        status = look(ctx, folder / name)
        if status is not None and re.search(_TITLE, head):
            return folder / name, status.modified_ns
    raise NotApplicable("npm has no log of an installation of Codex")


def _changed(ctx: Context, path: Path) -> int:
    """Return when a file, or the link to it, was put there; 0 where that cannot be learnt."""
    try:
        status = ctx.status(path, follow=False)
    except OSError:
        return 0
    return status.modified_ns if status is not None else 0


def _first(pattern: str, content: str) -> str | None:
    found = re.search(pattern, content)
    return found[1] if found else None


def _package(address: str) -> str:
    """Return the last part of an address, or the whole name of the package where it ends in that."""
    name = address.rpartition("/")[2]
    return name if name.endswith(".tgz") else "@openai/codex"


def _host(address: str | None) -> str | None:
    """Return the host of an address, without the name and password that may stand before it."""
    return address.split("/")[2].rpartition("@")[2] if address else None
