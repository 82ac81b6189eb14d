"""A repair that is killed at any instant leaves the old or the new, and the next one says which."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from repairs import Workshop, age, tree

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the calls that are counted are those of Unix"
)

KILLED: Final = 137
MOST: Final = 60
"""More calls than any of these repairs makes."""

CONFIG = 'model = "old"\n'

MEND = """
import functools, os, sys
from pathlib import Path
home, state, kind, last = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
from codex_doctor.fix import Edit, MakeFolder, MoveAside, RemoveFile, RewriteFile, SetMode
from codex_doctor.repair.rewriting import digest
from repairs import Workshop

path = home / "config.toml"
new = Edit(first=1, old=('model = "old"',), new=('model = "new"',))
steps = {
    "set-mode": SetMode(path=str(path), mode=0o600),
    "make-folder": MakeFolder(path=str(home / "made" / "in" / "it")),
    "rewrite-file": RewriteFile(path=str(path), sha256=digest(path.read_bytes()), edits=(new,)),
    "remove-file": RemoveFile(path=str(path), sha256=digest(path.read_bytes())),
    "move-aside": MoveAside(path=str(path), to=str(path) + ".aside"),
}
calls = 0

def counted(name):
    real = getattr(os, name)

    @functools.wraps(real)
    def call(*args, **options):
        global calls
        calls += 1
        if calls == last:
            os._exit(137)
        return real(*args, **options)

    setattr(os, name, call)

for name in ("write", "fsync", "rename", "replace", "chmod", "mkdir", "fchmod", "unlink"):
    counted(name)
Workshop(home=home, state=state).mend(steps[kind])
"""


def made(folder: Path) -> Workshop:
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "config.toml").write_text(CONFIG, "utf-8")
    (home / "config.toml").chmod(0o644)
    age(home)
    return Workshop(home=home, state=folder / "state")


def mend(workshop: Workshop, kind: str, *, killed_at: int) -> int:
    argv = [sys.executable, "-c", MEND, str(workshop.home), str(workshop.state), kind, str(killed_at)]
    tests = Path(__file__).parent.parent
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tests)})
    assert ran.returncode in (0, KILLED), ran.stderr
    return ran.returncode


@pytest.mark.parametrize("kind", ["set-mode", "make-folder", "rewrite-file", "remove-file", "move-aside"])
def test_a_kill_at_any_call_leaves_old_or_new_and_can_be_undone(tmp_path: Path, kind: str) -> None:
    whole = made(tmp_path / "whole")
    old = tree(whole.home)
    mend(whole, kind, killed_at=0)
    contents = {name: kept[3] for name, kept in tree(whole.home).items()}

    for killed_at in range(1, MOST):
        workshop = made(tmp_path / str(killed_at))
        before = tree(workshop.home)
        code = mend(workshop, kind, killed_at=killed_at)
        left = {name: kept[3] for name, kept in tree(workshop.home).items() if ".codex-doctor-" not in name}
        cut_off = workshop.cut_off()
        told = workshop.finish()

        assert set(left.values()) <= set(contents.values()) | {kept[3] for kept in old.values()}
        assert not list(workshop.home.glob(".codex-doctor-*"))
        assert workshop.cut_off() == []
        assert bool(told) == any(step.state == "begun" for record in cut_off for step in record.steps)
        if any(record.undoable for record in workshop.records.all()):
            workshop.undo()
        assert {name: kept[::3] for name, kept in tree(workshop.home).items()} == {
            name: kept[::3] for name, kept in before.items()
        }
        if code == 0:
            return
    pytest.fail("the repair makes more calls than were cut off")


def test_a_half_written_line_of_the_record_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    workshop = made(tmp_path)
    mend(workshop, "set-mode", killed_at=0)
    (record,) = workshop.records.all()
    file = record.folder / "record.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    assert [json.loads(line)["event"] for line in lines] == ["repair", "begun", "noted", "done", "ended"]

    file.write_bytes(b"".join(lines[:3]) + lines[3][:7])

    (record,) = workshop.records.all()
    assert (record.unfinished, [step.state for step in record.steps]) == (True, ["begun"])
    assert workshop.finish() == (f"the mode of {workshop.home}/config.toml was set (it is 600)",)


def test_of_many_repairs_the_oldest_are_forgotten_but_none_that_was_cut_off(tmp_path: Path) -> None:
    workshop = made(tmp_path)
    cut_off = workshop.records.begin(["cut-off"]).folder.name
    for _ in range(32):
        workshop.records.begin(["x"]).ended()

    records = workshop.records.all()

    assert len(records) == 31
    assert [record.id for record in records if record.unfinished] == [cut_off]
