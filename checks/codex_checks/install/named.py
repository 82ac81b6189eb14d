"""The program that the user or a host named, instead of leaving it to PATH."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.install.node import path_folders
from codex_checks.install.package import look

if TYPE_CHECKING:
    from codex_doctor.context import Context


class Named(Struct, frozen=True, kw_only=True):
    """The program that the user or a host named: *source* is `--codex-bin` or `CODEX_BIN`.

    *fault* says in words why it cannot be used; None where it can.
    """

    source: str
    value: str
    path: Path
    fault: str | None = None


def named_program(ctx: Context) -> Named | None:
    """Read `--codex-bin`, then CODEX_BIN (as embedding hosts use it; Codex itself reads neither)."""
    asked = ctx.options.get("codex-bin")
    value = asked or ctx.env.get("CODEX_BIN")
    if not value:
        return None
    source = "--codex-bin" if asked else "CODEX_BIN"
    if Path(value).name != value:
        path = ctx.cwd / value
        return Named(source=source, value=value, path=path, fault=_fault(ctx, path, value))
    # A bare name is looked up in PATH, as a host's spawn does, and never in the working directory.
    for folder in path_folders(ctx):
        for file in (value, f"{value}.exe", f"{value}.cmd"):
            if look(ctx, folder / file) is not None:
                path = folder / file
                return Named(source=source, value=value, path=path, fault=_fault(ctx, path, value))
    return Named(source=source, value=value, path=Path(value), fault="is in no folder of PATH")


def _fault(ctx: Context, path: Path, value: str) -> str | None:
    try:
        status = ctx.status(path)
        link = status is None and ctx.status(path, follow=False) is not None
    except OSError as error:
        return f"cannot be examined: {error.strerror or error}"
    if link:
        return "is a link that leads nowhere"
    if status is None:
        return "does not exist" + (" (nothing expands the ~ there)" if value.startswith("~") else "")
    if status.kind != "file":
        return f"is a {status.kind}, not a program"
    return None
