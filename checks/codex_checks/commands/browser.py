"""Opening a browser where the user sits: never far from them."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

from codex_checks.browser.surroundings import opener
from codex_doctor.threads import in_background

if TYPE_CHECKING:
    from codex_doctor.context import Context


def open_page(ctx: Context, url: str) -> bool:
    """Open *url* in the user's browser, which outlives this process; return whether that could be tried."""
    command = opener(ctx.system, ctx.env)
    if command is None:
        return False
    with contextlib.suppress(OSError, ValueError):
        child = subprocess.Popen(  # noqa: S603 - a program of the system, and an address that we made
            [*command, url],
            env=ctx.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name == "posix",
        )
        in_background(child.wait)  # nothing of it is left behind
        return True
    return False
