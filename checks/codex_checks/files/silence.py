"""Whether the folder of Codex answers at all: a drive that is gone keeps whoever looks at it waiting."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.files.mounts import Mount, read_mount
from codex_checks.places import PATIENCE, CodexHome, codex_home, named_home
from codex_checks.problems.files import CODEX_HOME_HANGS
from codex_doctor.check import check
from codex_doctor.probe import Touches, Unavailable, blocking_probe
from codex_doctor.threads import within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding


class Silence(Struct, frozen=True, kw_only=True):
    """The folder of Codex does not answer. *mount* is the far drive that its path leads to, where it does."""

    path: Path
    mount: Mount | None = None


@blocking_probe("files.silence", touches={Touches.FILES}, limit=PATIENCE + 0.5, needs=(codex_home.maybe(),))
def silence(ctx: Context, home: CodexHome | None) -> Silence | None:
    """Look once more where looking took too long, to tell a drive that is gone from a busy machine."""
    if home is not None:
        return None
    path, _ = named_home(ctx)
    try:
        within(PATIENCE, lambda: ctx.status(path))
    except TimeoutError:
        mount = read_mount(ctx, PurePosixPath(path))
        # Any other would be a guess: a link may lead away from it, and following links would take for ever.
        return Silence(path=path, mount=mount if mount is not None and mount.far else None)
    except OSError:
        return None
    raise Unavailable(f"{path} took long to answer")


@check(
    "files.home-answers",
    title="The folder of Codex answers when it is looked at",
    needs=(silence,),
    reports=(CODEX_HOME_HANGS,),
)
def home_answers(found: Silence | None) -> Iterator[Finding]:
    """Report a folder that keeps whoever looks at it waiting."""
    if found is None:
        return
    mount = found.mount
    where = f" ({mount.kind}, mounted at {mount.point})" if mount is not None else ""
    yield CODEX_HOME_HANGS.found(
        f"looking at {found.path} took longer than {PATIENCE} s, twice{where}",
        evidence={
            "path": str(found.path),
            "kind": mount.kind if mount else None,
            "mount": mount.point if mount else None,
        },
    )
