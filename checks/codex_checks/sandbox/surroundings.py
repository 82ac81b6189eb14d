"""What around Codex may keep its sandbox from starting: a container, the kernel's switches, AppArmor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from codex_doctor.context import Context

LIMIT: Final = 64 * 1024
"""Bytes: all of these files hold a few words."""

_CGROUPS: Final = (
    (r"kubepods", "Kubernetes"),
    (r"libpod", "Podman"),
    (r"docker|containerd", "Docker"),
    (r"/lxc", "LXC"),
)
"""What the names of control groups tell of their maker."""

_MANAGERS: Final = {
    "docker": "Docker",
    "podman": "Podman",
    "lxc": "LXC",
    "lxc-libvirt": "LXC",
    "systemd-nspawn": "systemd-nspawn",
}
"""How makers of containers call themselves in $container and /run/systemd/container."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What may stand in the way of user namespaces.

    *container* names its maker, None outside of one. *clone* is kernel.unprivileged_userns_clone and
    *most* user.max_user_namespaces; None where this kernel has no such switch. *apparmor*: AppArmor
    restricts user namespaces to programs with a profile, and *profiles* are the files of bubblewrap's.
    """

    container: str | None = None
    clone: int | None = None
    most: int | None = None
    apparmor: bool = False
    profiles: tuple[str, ...] = ()

    @property
    def switched_off(self) -> bool:
        """Whether the kernel is told to let no user without privileges make a namespace."""
        return self.clone == 0 or self.most == 0


def look_around(ctx: Context) -> Surroundings:
    """Read what may stand in the way; only asked for where something does. Blocks."""
    folder = ctx.system_path("/etc/apparmor.d")
    return Surroundings(
        container=_container(ctx),
        clone=_number(ctx, "/proc/sys/kernel/unprivileged_userns_clone"),
        most=_number(ctx, "/proc/sys/user/max_user_namespaces"),
        apparmor=_number(ctx, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1,
        profiles=tuple(str(folder / name) for name in ctx.entries(folder) if "bwrap" in name),
    )


def _container(ctx: Context) -> str | None:
    if ctx.env.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    named = ctx.env.get("container") or _text(ctx, "/run/systemd/container").strip()
    if named:
        return _MANAGERS.get(named, named)
    if _exists(ctx, "/run/.containerenv"):
        return "Podman"
    groups = _text(ctx, "/proc/self/cgroup") + _text(ctx, "/proc/1/cgroup")
    found = next((maker for words, maker in _CGROUPS if re.search(words, groups)), None)
    return found or ("Docker" if _exists(ctx, "/.dockerenv") else None)


def _exists(ctx: Context, path: str) -> bool:
    try:
        return ctx.status(ctx.system_path(path)) is not None
    except OSError:
        return False


def _text(ctx: Context, path: str) -> str:
    try:
        return ctx.read(ctx.system_path(path), limit=LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


def _number(ctx: Context, path: str) -> int | None:
    text = _text(ctx, path).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
