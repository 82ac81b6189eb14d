"""The folder that the settings or CODEX_SQLITE_HOME name for the databases of Codex."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.config.settings import settings
from codex_checks.places import codex_home
from codex_checks.problems.state import STATE_DB_INIT_FAILED
from codex_checks.recorded.folders import folders
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable
from codex_doctor.files import Status, describe
from codex_doctor.fix import Fix, Tell
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.config.settings import Settings
    from codex_checks.places import CodexHome
    from codex_doctor.context import Context
    from codex_doctor.model import Finding

MAKES: Final = 0o300
"""What the owner of a folder must be allowed for a file to be made in it."""


class Folder(Struct, frozen=True, kw_only=True):
    """Where the databases are to be. *status* is None where nothing is there yet, for Codex to make.

    *standing* is the nearest thing above that exists, the place itself included, *found* what it is.
    """

    path: Path
    source: str
    standing: Path
    found: Status
    user: int | None

    @property
    def there(self) -> bool:
        """Whether the place itself exists."""
        return self.standing == self.path

    @property
    def closed(self) -> bool:
        """Whether its mode keeps its owner, who asks, from making a file in it."""
        own = bool(self.user) and self.found.owner == self.user
        return own and self.found.mode & MAKES != MAKES


@blocking_probe("state.folder", touches={Touches.FILES}, limit=1.5, needs=(codex_home, settings.maybe()))
def folder(ctx: Context, home: CodexHome, configured: Settings | None) -> Folder:
    """Look at the folder of the databases, where that is not the folder of Codex itself."""
    path = folders(ctx, home, configured).databases
    if path == home.path:
        raise NotApplicable("the databases stand in the folder of Codex")
    moved = configured is not None and configured.text("sqlite_home")
    for standing in (path, *path.parents):
        try:
            found = ctx.status(standing)
        except OSError:
            continue  # something above is no folder
        if found is not None:
            source = "sqlite_home" if moved else "CODEX_SQLITE_HOME"
            return Folder(path=path, source=source, standing=standing, found=found, user=ctx.system.user)
    raise NotApplicable("nothing is known of the place of the databases")


@check(
    "state.databases-have-a-folder",
    title="Codex can use the folder that is named for its databases",
    needs=(folder,),
    reports=(STATE_DB_INIT_FAILED,),
)
def databases_have_a_folder(place: Folder) -> Iterator[Finding]:
    """Report a place that is no folder, or in which none can be made.

    Asked of Codex 0.169.0: it makes a folder that is not there, and moves aside a file in its place, as if
    that were a damaged database; where it can make none it does not start.
    """
    problem = STATE_DB_INIT_FAILED
    if place.found.kind != "folder":
        words = f"{place.source} names {place.path}, and {place.standing} is {describe(place.found.kind)}"
        if place.there:
            problem = problem.weighed(Severity.WARNING)
            words += ", which Codex moves aside as if it were a damaged database"
    elif place.closed:
        kept = f"has mode {place.found.mode:04o}"
        words = f"{place.source} names {place.path}, and {place.standing} {kept}: you may make nothing there"
    else:
        return
    advice = f"Let {place.source} name a folder that you may write, or do without it."
    yield problem.found(
        f"{words}.",
        evidence={"path": str(place.path), "source": place.source},
        advice=advice,
        fix=Fix(summary="Name another folder", steps=(Tell(text=advice),)),
        subjects=frozenset({str(place.path)}),
    )
