"""Whether the sessions that Codex offers to resume still have their records where it looks for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.config.settings import Settings, settings
from codex_checks.places import CodexHome, codex_home
from codex_checks.problems.state import SESSION_ROLLOUT_MISSING
from codex_checks.recorded import sqlite
from codex_checks.recorded.folders import folders
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

NEWEST: Final = 20
"""Sessions looked at: what `codex resume` shows first."""

PATIENCE: Final = 0.5
"""Seconds for the database."""

SESSIONS: Final = """
    SELECT id, rollout_path FROM threads WHERE archived = 0 ORDER BY updated_at DESC, id DESC
"""

PACKED: Final = ".zst"
"""What stands behind the name of a record that was compressed (codex-environment 5)."""


class Session(Struct, frozen=True, kw_only=True):
    """A session that Codex knows, and the *record* that it reads to resume it.

    *there*: it is where Codex looks. *moved* is where it stands in the present CODEX_HOME instead.
    """

    id: str
    record: Path
    there: bool = True
    moved: Path | None = None


class Sessions(Struct, frozen=True, kw_only=True):
    """The newest sessions, the one of `codex resume --last` first."""

    home: Path
    newest: tuple[Session, ...]


@blocking_probe(
    "state.resumable-sessions", touches={Touches.FILES}, limit=1.5, needs=(codex_home, settings.maybe())
)
def resumable_sessions(ctx: Context, home: CodexHome, found: Settings | None) -> Sessions:
    """Read which sessions Codex offers, and look for their records; none of them is opened."""
    if not home.usable:
        raise NotApplicable(f"there are no sessions: {home.path} is no folder")
    path = folders(ctx, home, found).databases / "state_5.sqlite"
    answer = sqlite.ask(ctx, path, lambda database: database.rows(SESSIONS, limit=NEWEST), seconds=PATIENCE)
    if answer.fault in {sqlite.Fault.ABSENT, sqlite.Fault.EMPTY}:
        raise NotApplicable("Codex has recorded no session yet")
    if answer.value is None:
        raise Unavailable(answer.detail)
    rows = (
        (name, record) for name, record in answer.value if isinstance(name, str) and isinstance(record, str)
    )
    return Sessions(
        home=home.path,
        newest=tuple(_session(ctx, home.path, name, Path(record)) for name, record in rows if record),
    )


def _session(ctx: Context, home: Path, name: str, record: Path) -> Session:
    if _is_there(ctx, record):
        return Session(id=name, record=record)
    moved = None
    if "sessions" in record.parts:
        inside = record.parts[record.parts.index("sessions") :]
        moved = home.joinpath(*inside)
    return Session(
        id=name,
        record=record,
        there=False,
        moved=moved if moved is not None and _is_there(ctx, moved) else None,
    )


def _is_there(ctx: Context, record: Path) -> bool:
    try:
        return any(ctx.status(path) is not None for path in (record, record.with_name(record.name + PACKED)))
    except OSError:  # whether it is there, cannot be told
        return True


@check(
    "state.sessions-have-their-records",
    title="The sessions that Codex offers to resume have their records",
    needs=(resumable_sessions,),
    reports=(SESSION_ROLLOUT_MISSING,),
)
def sessions_have_their_records(found: Sessions) -> Iterator[Finding]:
    """Report records that are gone, or were moved with CODEX_HOME; a note where the newest is there."""
    gone = [session for session in found.newest if not session.there]
    if not gone:
        return
    problem = SESSION_ROLLOUT_MISSING
    first, latest = gone[0], not found.newest[0].there
    more = f" and those of {len(gone) - 1} other sessions" if len(gone) > 1 else ""
    advice = None
    if first.moved is not None:
        old = Path(*first.record.parts[: first.record.parts.index("sessions")])
        where = f"; it stands at {first.moved}, for CODEX_HOME was moved here from {old}"
        advice = f"Move the folder back, or let the old path lead here: ln -s {found.home} {old}"
    else:
        where = ""
    yield (problem if latest else problem.weighed(Severity.NOTE)).found(
        f"The record of the session {first.id}{more} is not at {first.record}{where}",
        evidence={
            "sessions": tuple(session.id for session in gone),
            "looked_at": len(found.newest),
            "record": str(first.record),
        },
        advice=advice and f"{advice}.",
    )
