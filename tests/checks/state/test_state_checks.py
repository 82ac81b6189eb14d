from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_checks.install.binary import Codex
from codex_checks.problems import state as problems
from codex_checks.recorded.sqlite import Fault
from codex_checks.state import checks
from codex_checks.state.databases import DatabaseFile, Databases, Inside
from codex_checks.state.migrations import CHECKSUMS, Migration
from codex_checks.state.rollouts import Rollout, Rollouts
from codex_checks.state.writing import Stuck, Writing
from codex_doctor.files import Status
from codex_doctor.fix import MoveAside, SetMode, ShellLine

if TYPE_CHECKING:
    from codex_doctor.check import Check

HOME: Final = Path("/home/me/.codex")
NOON: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
APPLIED: Final = tuple(
    Migration(version=place, checksum=checksum, success=True)
    for place, checksum in enumerate(CHECKSUMS["state_5"], start=1)
)


def status(*, mode: int = 0o644, owner: int = 1000, kind: str = "file") -> Status:
    return Status(
        kind=kind, mode=mode, owner=owner, group=1000, links=1, size=4096, modified_ns=0, device=1, inode=1
    )


STATE: Final = DatabaseFile(
    path=HOME / "state_5.sqlite",
    kind="state",
    number=5,
    status=status(),
    size=400_000,
    sides=(HOME / "state_5.sqlite-wal",),
    inside=Inside(migrations=APPLIED, writers=("0.168.0", "0.169.0")),
    in_use=False,
)


def databases(*files: DatabaseFile, os: str = "linux", user: int | None = 1000) -> Databases:
    return Databases(files=files, examined=NOON, os=os, user=user)


def codex(version: str) -> Codex:
    return Codex(path=Path("/usr/bin/codex"), version=version)


@pytest.mark.parametrize(
    "check",
    [checks.databases_are_sound, checks.databases_open, checks.migrations_agree, checks.logs_stay_small],
    ids=lambda check: check.id,
)
def test_an_ordinary_database_is_fine(check: Check) -> None:
    assert check(databases(STATE)) == ()


@pytest.mark.parametrize("fault", [Fault.DAMAGED, Fault.TRUNCATED, Fault.NOT_A_DATABASE])
def test_damage_is_reported_with_a_way_to_begin_anew(fault: Fault) -> None:
    broken = replace(STATE, inside=None, fault=fault, detail=f"{STATE.path}: file is not a database")

    (finding,) = checks.databases_are_sound(databases(broken))

    assert finding.problem is problems.STATE_DB_CORRUPT
    assert finding.detail == "/home/me/.codex/state_5.sqlite: file is not a database."
    assert finding.fix is not None
    assert finding.fix.steps[:2] == (
        MoveAside(
            path="/home/me/.codex/state_5.sqlite-wal",
            to="/home/me/.codex/state_5.sqlite-wal.aside-20261120-120000",
            unless_locked="/home/me/.codex/state_5.sqlite",
        ),
        MoveAside(
            path="/home/me/.codex/state_5.sqlite",
            to="/home/me/.codex/state_5.sqlite.aside-20261120-120000",
            unless_locked="/home/me/.codex/state_5.sqlite",
        ),
    )


@pytest.mark.parametrize("in_use", [True, None])
def test_what_a_program_may_have_open_is_left_to_the_user(*, in_use: bool | None) -> None:
    broken = replace(STATE, inside=None, fault=Fault.DAMAGED, detail="x", in_use=in_use)

    (finding,) = checks.databases_are_sound(databases(broken))

    assert finding.fix is not None
    assert finding.fix.summary.startswith("Quit every Codex")
    assert [step for step in finding.fix.steps if isinstance(step, MoveAside)] == []
    assert finding.fix.steps[0] == ShellLine(
        line="mv /home/me/.codex/state_5.sqlite-wal /home/me/.codex/state_5.sqlite-wal.aside-20261120-120000"
    )


def test_only_of_what_stands_elsewhere_too_a_new_database_is_said_to_be_filled() -> None:
    memories = replace(STATE, kind="memories", inside=None, fault=Fault.DAMAGED, detail="x")
    state = replace(memories, kind="state")

    summaries = [
        finding.fix.summary
        for file in (state, memories)
        for finding in checks.databases_are_sound(databases(file))
        if finding.fix
    ]

    assert ["records" in summary for summary in summaries] == [True, False]


@pytest.mark.parametrize(
    "fault",
    [Fault.EMPTY, Fault.CHANGING, Fault.TOO_LARGE, Fault.TOO_SLOW, Fault.OTHER_SCHEMA, Fault.FORBIDDEN],
)
def test_what_could_not_be_read_is_not_called_damaged(fault: Fault) -> None:
    unread = replace(STATE, inside=None, fault=fault, detail="x")

    assert checks.databases_are_sound(databases(unread)) == ()


def test_a_lock_that_is_kept_names_who_keeps_it() -> None:
    stuck = Stuck(path=STATE.path, seconds=1.0, pid=42, program="backup")

    (finding,) = checks.databases_are_free(Writing(stuck=(stuck,)))

    assert finding.problem is problems.STATE_DB_LOCKED
    assert finding.detail.startswith("backup (process 42) held /home/me/.codex/state_5.sqlite locked")


def test_no_lock_is_no_finding() -> None:
    assert checks.databases_are_free(Writing()) == ()


@pytest.mark.parametrize(
    ("mode", "owner", "verb"),
    [(0o600, 0, "read"), (0o644, 0, "write"), (0o400, 1000, "write"), (0o200, 1000, "read")],
)
def test_a_database_that_its_user_may_not_use_is_reported(mode: int, owner: int, verb: str) -> None:
    file = replace(STATE, status=status(mode=mode, owner=owner))

    (finding,) = checks.databases_open(databases(file))

    assert finding.problem is problems.STATE_DB_INIT_FAILED
    assert finding.detail.endswith(f"mode {mode:04o} and owner {owner}: you may not {verb} it.")


def test_one_s_own_database_is_made_usable_and_another_s_is_moved_aside() -> None:
    own = replace(STATE, status=status(mode=0o444))
    root_s = replace(STATE, status=status(mode=0o600, owner=0))

    mended, moved = (checks.databases_open(databases(file))[0].fix for file in (own, root_s))

    assert mended is not None
    assert moved is not None
    assert mended.steps == (SetMode(path=str(STATE.path), mode=0o644),)
    assert isinstance(moved.steps[0], MoveAside)


@pytest.mark.parametrize(
    ("mode", "owner", "user"), [(0o664, 0, 1000), (0o666, 0, 1000), (0o600, 5, 0), (0, 0, None)]
)
def test_a_right_that_the_user_may_have_is_not_doubted(mode: int, owner: int, user: int | None) -> None:
    file = replace(STATE, status=status(mode=mode, owner=owner))

    assert checks.databases_open(databases(file, user=user)) == ()


def test_a_migration_that_never_ended_keeps_codex_from_starting() -> None:
    half = (*APPLIED[:-1], replace(APPLIED[-1], success=False))

    (finding,) = checks.databases_open(databases(replace(STATE, inside=Inside(migrations=half))))

    assert "Migration 62 of /home/me/.codex/state_5.sqlite was begun and never finished" in finding.detail


def test_a_folder_in_place_of_a_database_keeps_codex_from_starting() -> None:
    folder = replace(
        STATE,
        status=status(kind="folder", mode=0o755),
        inside=None,
        fault=Fault.NOT_A_FILE,
        detail=f"{STATE.path} is a folder, not a file",
    )

    (finding,) = checks.databases_open(databases(folder))

    assert finding.detail == "/home/me/.codex/state_5.sqlite is a folder, not a file."


def test_a_migration_of_another_build_is_reported() -> None:
    other = (replace(APPLIED[0], checksum="00000000"), *APPLIED[1:])

    (finding,) = checks.migrations_agree(databases(replace(STATE, inside=Inside(migrations=other))))

    assert finding.problem is problems.STATE_DB_MIGRATION_MISMATCH
    assert finding.evidence["migrations"] == ("1",)


def test_a_build_for_windows_may_have_checksums_of_its_own() -> None:
    every = tuple(replace(migration, checksum="00000000") for migration in APPLIED)
    mixture = (*every[:5], *APPLIED[5:])

    own, mixed = (
        checks.migrations_agree(databases(replace(STATE, inside=Inside(migrations=applied)), os="windows"))
        for applied in (every, mixture)
    )

    assert (own, len(mixed)) == ((), 1)


def test_a_database_that_only_a_newer_codex_wrote_is_reported() -> None:
    file = replace(STATE, inside=Inside(migrations=APPLIED, writers=("0.171.0", "0.172.0-alpha.3")))

    (finding,) = checks.databases_fit_this_codex(databases(file), codex("0.170.1"))

    assert finding.problem is problems.STATE_DB_NEWER
    assert "Codex 0.171.0, 0.172.0-alpha.3; the Codex that runs is 0.170.1" in finding.detail


def test_migrations_that_this_codex_cannot_know_are_reported() -> None:
    later = Migration(version=63, checksum="12345678", success=True)
    file = replace(STATE, inside=Inside(migrations=(*APPLIED, later)))

    assert len(checks.databases_fit_this_codex(databases(file), codex("0.169.0"))) == 1
    assert checks.databases_fit_this_codex(databases(file), codex("0.170.0")) == ()


@pytest.mark.parametrize("writers", [(), ("0.169.0",), ("0.168.0", "0.999.0"), ("odd",)])
def test_a_database_that_this_codex_wrote_too_fits_it(writers: tuple[str, ...]) -> None:
    file = replace(STATE, inside=Inside(migrations=APPLIED, writers=writers))

    assert checks.databases_fit_this_codex(databases(file), codex("0.169.0")) == ()


@pytest.mark.parametrize(("size", "count"), [(999_999_999, 0), (1_000_000_000, 1)])
def test_a_log_is_large_from_a_gigabyte_on(size: int, count: int) -> None:
    log = replace(STATE, path=HOME / "logs_2.sqlite", kind="logs", number=2, size=size)
    other = replace(STATE, size=5_000_000_000)

    found = checks.logs_stay_small(databases(log, other))

    assert [finding.problem for finding in found] == [problems.LOGS_DB_UNBOUNDED_GROWTH] * count


def test_session_records_without_a_beginning_are_one_finding() -> None:
    paths = [HOME / "sessions" / f"rollout-{number}.jsonl" for number in range(3)]
    found = Rollouts(
        newest=(
            Rollout(path=paths[0], size=0, start=b""),
            Rollout(path=paths[1], size=99, start=b"{"),
            Rollout(path=paths[2], size=99, start=b"\0"),
        ),
        examined=NOON,
    )

    (finding,) = checks.sessions_have_a_beginning(found)

    assert finding.detail == f"{paths[0]} is empty, and 1 more are like it."
    assert finding.evidence["files"] == (str(paths[0]), str(paths[2]))


def test_session_records_with_a_beginning_are_fine() -> None:
    found = Rollouts(newest=(Rollout(path=HOME / "rollout-1.jsonl", size=9, start=b"{"),), examined=NOON)

    assert checks.sessions_have_a_beginning(found) == ()
