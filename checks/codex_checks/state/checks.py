"""Whether Codex's databases and session records can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.install.binary import Codex, codex
from codex_checks.install.version import older
from codex_checks.problems import state as problems
from codex_checks.recorded.sqlite import Fault
from codex_checks.state import migrations
from codex_checks.state.databases import DatabaseFile, Databases, databases
from codex_checks.state.folder import databases_have_a_folder
from codex_checks.state.resuming import sessions_have_their_records
from codex_checks.state.rollouts import START, Rollouts, rollouts
from codex_checks.state.writing import Writing, writing
from codex_doctor.check import Check, check
from codex_doctor.fix import Fix, MoveAside, SetMode, ShellLine, Tell, command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from codex_doctor.model import Finding

GROWN: Final = 1_000_000_000
"""Bytes of log that are worth a warning (codex-environment 5)."""

QUIT: Final = "Quit every Codex in terminals, editors and the desktop app, and the background daemon"
KEPT: Final = "Start Codex again; once it works, what was moved aside can be deleted."

_FILLED_FROM: Final[Mapping[str, str]] = {
    "state": " from the records of its sessions",
    "thread_history": " from the records of its sessions",
}
"""Databases that hold nothing which does not stand elsewhere too (codex-environment 5)."""


@check(
    "state.databases-are-sound",
    title="The databases of Codex are undamaged",
    needs=(databases,),
    reports=(problems.STATE_DB_CORRUPT,),
)
def databases_are_sound(found: Databases) -> Iterator[Finding]:
    """Report damage that SQLite itself sees."""
    for file in found.files:
        if file.fault is not None and file.fault.is_damage:
            yield problems.STATE_DB_CORRUPT.found(
                f"{file.detail}.",
                evidence={"file": str(file.path), "bytes": file.size, "fault": str(file.fault)},
                fix=_aside(file, found),
                subjects=frozenset({str(file.path)}),
            )


@check(
    "state.databases-are-free",
    title="Nobody keeps the databases of Codex locked",
    needs=(writing,),
    reports=(problems.STATE_DB_LOCKED,),
)
def databases_are_free(found: Writing) -> Iterator[Finding]:
    """Report a lock that is not let go of."""
    for stuck in found.stuck:
        who = "A program" if stuck.pid is None else f"{stuck.program or 'A program'} (process {stuck.pid})"
        yield problems.STATE_DB_LOCKED.found(
            f"{who} held {stuck.path} locked for writing at every look within {stuck.seconds:.1f} s.",
            evidence={"file": str(stuck.path), "pid": stuck.pid, "program": stuck.program},
            fix=Fix(
                summary="End the program that holds the lock",
                steps=(Tell(text="Let it finish if it is at work, a backup for instance; else end it."),),
            ),
            subjects=frozenset({str(stuck.path)}),
        )


@check(
    "state.databases-open",
    title="Codex can open and write its databases",
    needs=(databases,),
    reports=(problems.STATE_DB_INIT_FAILED,),
)
def databases_open(found: Databases) -> Iterator[Finding]:
    """Report what keeps Codex from opening a database, or from keeping a session in it."""
    for file in found.files:
        reason = why_not_opened(file, found)
        if reason is not None:
            yield problems.STATE_DB_INIT_FAILED.found(
                reason,
                evidence={
                    "file": str(file.path),
                    "mode": f"{file.status.mode:04o}",
                    "owner": file.status.owner,
                },
                fix=_openable(file, found),
                subjects=frozenset({str(file.path)}),
            )


@check(
    "state.migrations-agree",
    title="The databases of Codex were made by builds that agree",
    needs=(databases,),
    reports=(problems.STATE_DB_MIGRATION_MISMATCH,),
)
def migrations_agree(found: Databases) -> Iterator[Finding]:
    """Report migrations that were applied with another text: Codex then refuses to start."""
    for file in found.files:
        applied = file.inside.migrations if file.inside is not None else ()
        modified = migrations.modified(file.name, applied, os=found.os)
        if len(modified) > 0:
            many = f" and {len(modified) - 1} more" if len(modified) > 1 else ""
            yield problems.STATE_DB_MIGRATION_MISMATCH.found(
                f"Migration {modified[0]}{many} of {file.path} was applied with another text than Codex has.",
                evidence={"file": str(file.path), "migrations": tuple(map(str, modified))},
                fix=_aside(file, found),
                subjects=frozenset({str(file.path)}),
            )


@check(
    "state.databases-fit-this-codex",
    title="The databases of Codex were written by no newer Codex",
    needs=(databases, codex),
    reports=(problems.STATE_DB_NEWER,),
)
def databases_fit_this_codex(found: Databases, running: Codex) -> Iterator[Finding]:
    """Report databases that only a newer Codex wrote, or that it changed beyond what this one knows."""
    known = not older(migrations.KNOWN_TO, running.version)
    for file in found.files:
        inside = file.inside
        if inside is None:
            continue
        beyond = migrations.unknown(file.name, inside.migrations) if known else ()
        newer = tuple(writer for writer in inside.writers if older(running.version, writer))
        if beyond or (newer and len(newer) == len(inside.writers)):
            who = (
                f"Codex {', '.join(newer)}"
                if newer
                else "a Codex that applied migrations unknown to this one"
            )
            yield problems.STATE_DB_NEWER.found(
                f"{file.path} was written by {who}; the Codex that runs is {running.version}.",
                evidence={"file": str(file.path), "writers": inside.writers, "codex": running.version},
                subjects=frozenset({str(file.path)}),
            )


@check(
    "state.logs-stay-small",
    title="The log database of Codex is of ordinary size",
    needs=(databases,),
    reports=(problems.LOGS_DB_UNBOUNDED_GROWTH,),
)
def logs_stay_small(found: Databases) -> Iterator[Finding]:
    """Report a log that fills the disk and slows each start."""
    for file in found.files:
        if file.kind == "logs" and file.size >= GROWN:
            yield problems.LOGS_DB_UNBOUNDED_GROWTH.found(
                f"{file.path} and its -wal hold {file.size / 1e9:.1f} GB of log.",
                evidence={"file": str(file.path), "bytes": file.size},
                fix=_aside(file, found),
                subjects=frozenset({str(file.path)}),
            )


@check(
    "state.sessions-have-a-beginning",
    title="The records of recent sessions begin as they should",
    needs=(rollouts,),
    reports=(problems.SESSION_ROLLOUT_CORRUPT,),
)
def sessions_have_a_beginning(found: Rollouts) -> Iterator[Finding]:
    """Report records that cannot be resumed."""
    broken = [rollout for rollout in found.newest if not rollout.begins]
    if broken:
        first = broken[0]
        what = "does not begin with the session's header"
        if not first.size:
            what = "is empty"
        elif first.start.startswith(START):
            what = "breaks off within the session's header"
        more = f", and {len(broken) - 1} more are like it" if len(broken) > 1 else ""
        yield problems.SESSION_ROLLOUT_CORRUPT.found(
            f"{first.path} {what}{more}.",
            evidence={"files": tuple(str(rollout.path) for rollout in broken)},
            fix=Fix(
                summary="Move the records aside",
                steps=tuple(_move(rollout.path, found.examined) for rollout in broken),
            ),
            subjects=frozenset(str(rollout.path) for rollout in broken),
        )


def why_not_opened(file: DatabaseFile, found: Databases) -> str | None:
    """Return in a sentence what keeps Codex from using *file*, or None.

    Each was tried with Codex 0.169.0: what is no file, may not be read or was left half migrated ends the
    app-server; what may not be written loses the conversation.
    """
    unfinished = [step.version for step in file.inside.migrations if not step.success] if file.inside else []
    if file.fault is Fault.NOT_A_FILE:
        return f"{file.detail}."
    for bit, verb in ((0o4, "read"), (0o2, "write")):
        if not _may(file, found, bit):
            kept = f"mode {file.status.mode:04o} and owner {file.status.owner}"
            return f"{file.path} has {kept}: you may not {verb} it."
    if unfinished:
        return f"Migration {unfinished[0]} of {file.path} was begun and never finished."
    return None


def _may(file: DatabaseFile, found: Databases, bit: int) -> bool:
    """Whether the user may do what *bit* stands for; a group's right counts, whoever its members are."""
    if not found.user:  # root, or a system without modes
        return True
    own = file.status.owner == found.user
    return bool(file.status.mode & (bit << 6 if own else bit << 3 | bit))


def _openable(file: DatabaseFile, found: Databases) -> Fix:
    if file.status.owner == found.user and not all(_may(file, found, bit) for bit in (0o4, 0o2)):
        step = SetMode(path=str(file.path), mode=file.status.mode | 0o600)
        return Fix(summary="Give yourself the right to read and write it", steps=(step,))
    return _aside(file, found)


def _aside(file: DatabaseFile, found: Databases) -> Fix:
    """Return how to move a database aside: never under a program that has it open.

    What belongs to it goes first: a new database beside an old `-wal` or `-journal` would be filled from that
    (sqlite.org/howtocorrupt.html 1.4), so nobody may find the one without the other.
    """
    what = f"move it aside; Codex makes a new one{_FILLED_FROM.get(file.kind, '')}"
    moves = tuple(_move(path, found.examined, unless_locked=file.path) for path in (*file.sides, file.path))
    if file.in_use is False:
        return Fix(summary=f"{what[:1].upper()}{what[1:]}", steps=(*moves, Tell(text=KEPT)))
    lines = (command(move, os=found.os) for move in moves)
    by_hand = tuple(ShellLine(line=line) for line in lines if line is not None)
    return Fix(summary=f"{QUIT}, then {what}", steps=(*by_hand, Tell(text=KEPT)))


def _move(path: Path, examined: datetime, *, unless_locked: Path | None = None) -> MoveAside:
    return MoveAside(
        path=str(path),
        to=f"{path}.aside-{examined:%Y%m%d-%H%M%S}",
        unless_locked=None if unless_locked is None else str(unless_locked),
    )


CHECKS: Final[tuple[Check, ...]] = (
    databases_are_free,
    databases_are_sound,
    databases_fit_this_codex,
    databases_have_a_folder,
    databases_open,
    logs_stay_small,
    migrations_agree,
    sessions_have_a_beginning,
    sessions_have_their_records,
)
