"""Whether anybody but the user may put files into the folder of Codex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.files.home import OWN_FOLDER, HomeState, home_state
from codex_checks.problems.files import CODEX_HOME_EXPOSED
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Fix, SetMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding

EVERYBODY_WRITES: Final = 0o002
OTHERS_WRITE: Final = 0o022

SHARED: Final = 0o1000
"""The sticky bit, of folders that are meant for everybody, such as /tmp: they must stay so."""

WITHOUT_MODES: Final = frozenset(
    {"9p", "cifs", "drvfs", "exfat", "fuse", "fuseblk", "msdos", "ntfs", "ntfs3", "smb3", "vboxsf", "vfat"}
)
"""File systems whose modes are what the mount says, 0777 mostly (mount(8)): they tell nothing of a folder."""


@check(
    "files.home-is-private",
    title="Nobody but you may put files into the folder of Codex",
    needs=(home_state,),
    reports=(CODEX_HOME_EXPOSED,),
)
def home_is_private(state: HomeState) -> Iterator[Finding]:
    """Report a folder that everybody may write; a group may be the user's own, as Debian makes them."""
    status, kind = state.home.status, state.mount.kind if state.mount is not None else ""
    if status is None or state.user is None or status.owner != state.user:
        return  # that it is another's is a finding of its own
    if kind in WITHOUT_MODES or kind.startswith("fuse."):
        raise NotApplicable(f"modes say nothing on {kind}")
    if not state.home.usable or not status.mode & EVERYBODY_WRITES:
        return
    path, mode = str(state.home.path), f"{status.mode:04o}"
    close = Fix(
        summary="Let nobody else write there",
        steps=(SetMode(path=path, mode=status.mode & ~OTHERS_WRITE),),
    )
    yield CODEX_HOME_EXPOSED.found(
        f"{path} has mode {mode}: everybody on this machine may replace config.toml and auth.json there",
        evidence={"path": path, "mode": mode},
        advice="Use a folder of your own; this one is made for everybody." if status.mode & SHARED else None,
        fix=Fix(summary="Use a folder of your own", steps=OWN_FOLDER) if status.mode & SHARED else close,
    )
