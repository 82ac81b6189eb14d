"""Where the user sits, as far as this machine tells: before it, or at another one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

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

SSH: Final = "you are connected over SSH"
CONTAINER: Final = "this is a container"
NO_DISPLAY: Final = "there is no display"
NO_OPENER: Final = "nothing here opens web pages"


def elsewhere(ctx: Context) -> str | None:
    """Return in words why the user's browser is on another machine, None where nothing says so."""
    if any(ctx.env.get(name) for name in OF_SSH):
        return SSH
    if any(ctx.env.get(name) for name in OF_CONTAINERS) or any(
        ctx.system_path(path).exists() for path in CONTAINER_FILES
    ):
        return CONTAINER
    return None


def why_not(ctx: Context) -> str | None:
    """Return in words why no browser can be opened for the user here, None where one may be."""
    return elsewhere(ctx) or unopened(ctx)


def unopened(ctx: Context) -> str | None:
    """Return in words why nothing on this machine shows web pages, None where something may."""
    if ctx.system.os == "linux" and not ctx.system.wsl and not has_display(ctx.env):
        return NO_DISPLAY
    return NO_OPENER if opener(ctx.system, ctx.env) is None else None


def has_display(env: Mapping[str, str]) -> bool:
    """Return whether the variables name a display."""
    return any(env.get(name) for name in OF_DISPLAYS)


def opener(system: System, env: Mapping[str, str]) -> list[str] | None:
    """Return what opens a page, with its words before the address, or None."""
    kind = "wsl" if system.wsl else system.os
    for program, *words in OPENERS.get(kind, ()):
        path = shutil.which(program, path=env.get("PATH"))
        if path is not None:
            return [path, *words]
    return None
