"""A damaged database is moved aside with all that belongs to it, but not under a program that has it open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from databases import make, write
from repairs import Workshop, tree

if TYPE_CHECKING:
    from codex_cli import CodexCli

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its locks cannot be asked for there")

DAMAGED: Final = "state-db-corrupt"
KILLED: Final = 137
MOST: Final = 10
"""More renames than there are files to move."""

HELLO: Final = (
    '{"id":1,"method":"initialize","params":{"clientInfo":{"name":"x","title":"x","version":"1"}}}\n'
)

MEND: Final = """
import os, sys
from pathlib import Path
import engine
from codex_checks.places import CodexHome
from codex_checks.state import checks
from codex_checks.state.databases import databases
from repairs import Workshop

home, state, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
context = engine.context(home)
path = home / ".codex"
where = CodexHome(path=path, source="default", status=context.status(path), target=path)
found = databases.read(context, where, None)
(finding,) = checks.databases_are_sound(found)
calls, real = 0, os.rename

def rename(*args, **options):
    global calls
    calls += 1
    if calls == last:
        os._exit(137)
    real(*args, **options)

os.rename = rename
(applied,) = Workshop(home=home, state=state).mend(*finding.fix.steps)
assert applied.error is None, applied.error
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose database is damaged, while a log beside it waits to be folded in."""
    return damaged(tmp_path)


def damaged(folder: Path) -> Path:
    codex = folder / "home" / ".codex"
    codex.mkdir(parents=True)
    path = make(codex / "state_5.sqlite", 1)
    with write(path, 2, then="dies"):
        pass
    assert (codex / "state_5.sqlite-wal").stat().st_size
    path.write_bytes(b"no database at all" * 300)
    return folder / "home"


def environment(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": str(home.parent / "state"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def run(home: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def doctor(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return run(home, "-m", "codex_doctor", *args, "--offline")


def in_place(home: Path) -> set[str]:
    return {path.name for path in (home / ".codex").iterdir() if path.suffix.startswith(".sqlite")}


def test_all_of_it_is_moved_aside_and_comes_back(home: Path) -> None:
    before = tree(home)

    mended = doctor(home, "repair", DAMAGED, "--yes")
    left = in_place(home)
    undone = doctor(home, "repair", "--undo")

    assert (mended.returncode, left) == (0, set())
    assert "Codex makes a new one from the records of its sessions" in mended.stdout
    assert (undone.returncode, tree(home)) == (0, before)


def test_what_a_program_has_open_is_only_told(home: Path) -> None:
    sound = (home / ".codex" / "state_5.sqlite").with_name("logs_2.sqlite")
    make(sound, 1)
    with write(sound, 2, then="waits"):
        sound.write_bytes(b"no database at all" * 300)
        mended = doctor(home, "repair", DAMAGED, "--yes")
        left = in_place(home)

    assert mended.returncode == 1
    assert "Quit every Codex" in mended.stdout
    assert f"mv ~/.codex/{sound.name} ~/.codex/{sound.name}.aside" in mended.stdout
    assert {path.removesuffix("-shm").removesuffix("-wal") for path in left} == {sound.name}


def greeted(home: Path, cli: CodexCli) -> str:
    """Start the real Codex, and return what it answers to a greeting; it is kept waiting for more."""
    with subprocess.Popen(
        [str(cli.native), "app-server"],
        env={"HOME": str(home), "CODEX_HOME": str(home / ".codex")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(HELLO)
        process.stdin.flush()
        answer = process.stdout.readline()
        process.kill()
    return answer


def test_codex_begins_anew_beside_what_was_moved(home: Path, codex_cli: CodexCli) -> None:
    doctor(home, "repair", DAMAGED, "--yes")

    answered = greeted(home, codex_cli)

    assert '"id":1' in answered
    assert "state_5.sqlite" in in_place(home)
    assert doctor(home, "check", "state").returncode == 0


def test_a_kill_on_the_way_leaves_no_log_beside_a_place_for_a_new_database(tmp_path: Path) -> None:
    for killed_at in range(1, MOST):
        home = damaged(tmp_path / str(killed_at))
        workshop = Workshop(home=home, state=tmp_path / str(killed_at) / "state")
        before = tree(home)
        killed = run(home, "-c", MEND, str(home), str(workshop.state), str(killed_at))
        left = in_place(home)
        workshop.finish()
        if any(record.undoable for record in workshop.records.all()):
            workshop.undo()

        assert killed.returncode in (0, KILLED), killed.stderr
        assert "state_5.sqlite" in left or not left
        assert {name: kept[3] for name, kept in tree(home).items()} == {
            name: kept[3] for name, kept in before.items()
        }
        if killed.returncode != KILLED:
            return
    pytest.fail("the repair makes more renames than were cut off")
