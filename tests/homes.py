"""Folders of Codex, as facts and as they are looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from codex_checks.config.settings import Settings
from codex_checks.files.checks import disk_has_space, home_exists, home_local, home_writable
from codex_checks.files.home import HomeState, home_state
from codex_checks.files.mounts import Mount
from codex_checks.places import CodexHome, Environment, codex_home
from codex_doctor.context import System
from codex_doctor.files import Room, Status
from engine import context

if TYPE_CHECKING:
    from codex_doctor.model import Finding

HOME = Path("/home/u/.codex")
LOCAL = Mount(point="/", kind="ext4", read_only=False)
PLENTY = Room(free=100 * 1024**3, read_only=False)
NO_SETTINGS = Settings(values={}, layers=())
NO_ENV = Environment(variables={}, from_file=frozenset(), file=None)


def status(*, kind: str = "folder", mode: int = 0o755, owner: int = 1000) -> Status:
    """Return what the file system says of a folder, as the test asks."""
    return Status(
        kind=kind, mode=mode, owner=owner, group=owner, links=1, size=0, modified_ns=0, device=1, inode=1
    )


def state(
    found: Status | None = None,
    *,
    path: Path = HOME,
    source: str = "default",
    absent: bool = False,
    error: str | None = None,
) -> HomeState:
    """Return a healthy folder, changed as the test asks."""
    home = CodexHome(
        path=path,
        source=source,
        status=None if absent or error else found or status(),
        target=path,
        error=error,
    )
    return HomeState(
        home=home,
        os="linux",
        dangling=False,
        user=1000,
        of_others=(),
        standing=path,
        room=PLENTY,
        mount=LOCAL,
        temporary=None,
    )


def judged(of: HomeState) -> tuple[Finding, ...]:
    """Return everything that the checks find."""
    return (
        *home_exists(of),
        *home_writable(of),
        *home_local(of, NO_SETTINGS, NO_ENV),
        *disk_has_space(of),
    )


def look(root: Path, *, env: dict[str, str], system: System | None = None) -> HomeState:
    """Look at the folder of Codex below *root*."""
    ctx = context(root, env=env, system=system or System.here())
    home = codex_home.read(ctx)
    assert isinstance(home, CodexHome)
    found = home_state.read(ctx, home)
    assert isinstance(found, HomeState)
    return found
