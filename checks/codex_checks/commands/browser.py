"""Whether a browser can be opened where the user sits, and opening it: never far from them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from codex_doctor.threads import in_background

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_doctor.context import Context, System

OF_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
"""Variables that sshd sets: the user sits at another machine."""

OF_CONTAINERS: Final = ("container", "KUBERNETES_SERVICE_HOST", "CODESPACES", "REMOTE_CONTAINERS")
CONTAINER_FILES: Final = ("/.dockerenv", "/run/.containerenv")

OF_DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY")

OPENERS: Final[Mapping[str, tuple[Sequence[str], ...]]] = {
    "linux": (("xdg-open",), ("gio", "open")),
    "wsl": (("wslview",), ("explorer.exe",)),
    "macos": (("open",),),
    "windows": (("rundll32", "url.dll,FileProtocolHandler"),),
}
"""What opens an address in the user's browser, by system; none of them is a shell."""


def why_not(ctx: Context) -> str | None:
    """Return in words why no browser can be opened for the user here, None where one may be."""
    env, system = ctx.env, ctx.system
    if any(env.get(name) for name in OF_SSH):
        return "you are connected over SSH"
    if any(env.get(name) for name in OF_CONTAINERS) or any(
        ctx.system_path(path).exists() for path in CONTAINER_FILES
    ):
        return "this is a container"
    if system.os == "linux" and not system.wsl and not any(env.get(name) for name in OF_DISPLAYS):
        return "there is no display"
    if _opener(system, env) is None:
        return "nothing here opens web pages"
    return None


def open_page(ctx: Context, url: str) -> bool:
    """Open *url* in the user's browser, which outlives this process; return whether that could be tried."""
    opener = _opener(ctx.system, ctx.env)
    if opener is None:
        return False
    with contextlib.suppress(OSError, ValueError):
        child = subprocess.Popen(  # noqa: S603 - a program of the system, and an address that we made
            [*opener, url],
            env=ctx.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name == "posix",
        )
        in_background(child.wait)  # nothing of it is left behind
        return True
    return False


def _opener(system: System, env: Mapping[str, str]) -> list[str] | None:
    kind = "wsl" if system.wsl else system.os
    for program, *words in OPENERS.get(kind, ()):
        path = shutil.which(program, path=env.get("PATH"))
        if path is not None:
            return [path, *words]
    return None
