"""Ask a program of Windows itself, by its full path: what PATH leads to may be somebody else's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.install.binary import without_credentials
from codex_doctor.probe import NotApplicable, Unavailable

if TYPE_CHECKING:
    from codex_doctor.context import Context

PATIENCE: Final = 1.5
"""Seconds: they answer in a few hundredths."""

INTEROP: Final = "/mnt/c/Windows"
"""Where WSL shows the folder of Windows, if it does."""


def ask(ctx: Context, program: str, *args: str) -> str:
    """Return what System32's *program* prints, whatever its exit code.

    :raises NotApplicable: this is neither Windows nor a WSL that shows it.
    :raises Unavailable: it cannot be started, or does not answer.
    """
    if ctx.system.os == "windows":
        root = Path(ctx.env.get("SYSTEMROOT") or ctx.env.get("SystemRoot") or "C:/Windows")
    elif ctx.system.wsl:
        root = ctx.system_path(INTEROP)
    else:
        raise NotApplicable("this is not Windows")
    path = root / "System32" / program
    try:
        ran = ctx.run_here((str(path), *args), seconds=PATIENCE, env=without_credentials(ctx.env))
    except OSError as error:
        raise Unavailable(f"{path} could not be started: {error.strerror or error}") from None
    if ran.timed_out:
        raise Unavailable(f"{path} gave no answer within {PATIENCE:g} s")
    return ran.stdout.decode("utf-8", "replace")
