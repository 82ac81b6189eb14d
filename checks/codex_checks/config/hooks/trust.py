"""Whether Codex can write into the user's settings, where it remembers which hooks are trusted.

It writes a new file beside the real one and puts it in its place (seen on 0.169.0): what counts is the
folder in which the file stands at the end of all links, and not the file's own mode.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.places import CodexHome, codex_home
from codex_doctor.errors import Unavailable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.files import Status

STORE: Final = "/nix/store/"
"""What stands there is never changed in place."""


class Memory(Struct, frozen=True, kw_only=True):
    """The file in which Codex remembers, at the end of all links; *obstacle*: why it cannot be replaced."""

    file: Path
    obstacle: str | None = None


@blocking_probe("config.hook-memory", touches={Touches.FILES}, limit=1.0, needs=(codex_home,))
def memory(ctx: Context, home: CodexHome) -> Memory:
    """Look whether the settings can be written."""
    file = ctx.real(home.path / "config.toml")
    try:
        status = ctx.status(file.parent)
        if status is None:
            raise Unavailable(f"{file.parent} does not exist")
        read_only = ctx.room(file.parent).read_only
    except OSError as error:
        raise Unavailable(f"{file.parent} cannot be examined: {error.strerror or error}") from None
    if str(file).startswith(STORE):
        return Memory(file=file, obstacle="it belongs to the Nix store; change its source")
    if read_only:
        return Memory(file=file, obstacle=f"{file.parent} stands on a file system that is mounted read-only")
    if not _may_write(status, ctx.system.user):
        kept = f"mode {status.mode:04o} and owner {status.owner}"
        return Memory(file=file, obstacle=f"you may not write into {file.parent} ({kept})")
    return Memory(file=file)


def _may_write(status: Status, user: int | None) -> bool:
    """Whether *user* may make files in a folder, by its mode; membership of its group is believed."""
    if user is None or user == 0:
        return True
    if status.owner == user:
        return status.mode & 0o300 == 0o300  # noqa: PLR2004 - write and enter
    return bool(status.mode & 0o022)
