"""Lines of a file are replaced: nothing else in it changes, and it is the file that was examined."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

import engine
from codex_doctor.errors import RepairError
from codex_doctor.fix import Edit, RewriteFile
from codex_doctor.repair.handler import Tools
from codex_doctor.repair.rewriting import REWRITING, digest
from repairs import Workshop, age, tree

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.repair.handler import Note

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and renames are those of Unix")

CONFIG = 'model = "old"\nsandbox_mode = "read-only"\n'


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(CONFIG, "utf-8")
    (home / "link.toml").symlink_to("config.toml")
    age(home)
    return Workshop(home=home, state=tmp_path / "state")


def rewrite(path: Path, *edits: Edit) -> RewriteFile:
    return RewriteFile(path=str(path), sha256=digest(path.read_bytes()), edits=edits)


def test_a_rewritten_file_keeps_its_mode_its_line_ends_and_the_link_to_it(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    path.write_bytes(b"a = 1\r\nb = 2\r\nc = 3")
    path.chmod(0o640)
    edits = (
        Edit(first=2, old=("b = 2",), new=("b = 3", "d = 4")),
        Edit(first=3, old=("c = 3",), new=("c = 5",)),
    )

    workshop.mend(rewrite(workshop.home / "link.toml", *edits))

    assert path.read_bytes() == b"a = 1\r\nb = 3\r\nd = 4\r\nc = 5"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (workshop.home / "link.toml").is_symlink()


def test_a_file_in_another_encoding_is_saved_as_utf_8_and_back(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    path.write_text(CONFIG, "utf-16")
    before = tree(workshop.home)
    step = RewriteFile(
        path=str(path),
        sha256=digest(path.read_bytes()),
        edits=(Edit(first=1, old=('model = "old"',), new=('model = "new"',)),),
        encoding="utf-16",
    )

    workshop.mend(step)
    saved = path.read_bytes()
    workshop.undo()

    assert saved == CONFIG.replace("old", "new").encode()
    assert tree(workshop.home) == before


def test_a_file_that_is_not_in_the_encoding_it_should_be_in_is_left_alone(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    path.write_bytes(b"\xff\xfea")
    step = RewriteFile(path=str(path), sha256=digest(path.read_bytes()), edits=(), encoding="utf-16")

    (applied,) = workshop.mend(step)

    assert applied.error is not None
    assert applied.error.message == f"{path} is no text in utf-16"
    assert path.read_bytes() == b"\xff\xfea"


def test_a_file_of_another_user_does_not_become_ours(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Edit(first=1, old=('model = "old"',), new=())
    step = rewrite(workshop.home / "config.toml", new)
    kept: list[Note] = []
    monkeypatch.setattr(os, "geteuid", lambda: 54321)

    with (
        contextlib.closing(engine.context(workshop.home)) as ctx,
        pytest.raises(RepairError, match="would be yours afterwards"),
    ):
        REWRITING.do(
            step, Tools(context=ctx, door=workshop.door, folder=workshop.state, remember=kept.append)
        )

    assert ((workshop.home / "config.toml").read_text("utf-8"), kept) == (CONFIG, [])


def test_an_edit_tells_nothing_of_the_lines_that_it_changes() -> None:
    edit = Edit(first=3, old=('token = "one"',), new=('token = "two"', "x = 1"))

    assert repr(edit) == "Edit(first=3, old=<1 lines>, new=<2 lines>)"


def test_a_line_is_inserted_where_nothing_is_replaced(workshop: Workshop) -> None:
    workshop.mend(rewrite(workshop.home / "config.toml", Edit(first=3, old=(), new=("x = 1",))))

    assert (workshop.home / "config.toml").read_text("utf-8") == CONFIG + "x = 1\n"


def test_a_file_that_changed_since_it_was_examined_is_left_alone(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    step = rewrite(path, Edit(first=1, old=('model = "old"',), new=()))
    path.write_text("something else\n", "utf-8")

    (applied,) = workshop.mend(step)

    assert applied.error is not None
    assert "was changed since it was examined" in applied.error.message
    assert path.read_text("utf-8") == "something else\n"


def test_a_hard_linked_file_is_not_torn_apart(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    (workshop.home / "twin").hardlink_to(path)

    (applied,) = workshop.mend(rewrite(path, Edit(first=1, old=('model = "old"',), new=())))

    assert applied.error is not None
    assert "hard links" in applied.error.message
    assert path.stat().st_ino == (workshop.home / "twin").stat().st_ino
