"""Somebody else changes things while a repair works on them: nothing of theirs is lost, nor of ours."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_doctor.errors import RepairError
from codex_doctor.fix import Edit, MoveAside, RewriteFile
from codex_doctor.repair import moving, renaming, rewriting
from codex_doctor.repair.rewriting import digest
from repairs import Workshop, age, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and modes are those of Unix")

CONFIG = 'model = "old"\n'
OTHER = "export PATH\n"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    home = tmp_path / "home"
    (home / "folder").mkdir(parents=True)
    (home / "config.toml").write_text(CONFIG, "utf-8")
    (home / "other").write_text(OTHER, "utf-8")
    (home / "link.toml").symlink_to("config.toml")
    age(home)
    return Workshop(home=home, state=tmp_path / "state")


def rewrite(path: Path) -> RewriteFile:
    edit = Edit(first=1, old=('model = "old"',), new=('model = "new"',))
    return RewriteFile(path=str(path), sha256=digest(path.read_bytes()), edits=(edit,))


def aside(path: Path) -> MoveAside:
    return MoveAside(path=str(path), to=f"{path}.aside")


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, where: ModuleType, name: str, happens: Callable[[], object]
) -> None:
    """Let something happen just before *where* calls its function *name*."""
    real = getattr(where, name)

    def call(*args: object, **options: object) -> object:
        happens()
        return real(*args, **options)

    monkeypatch.setattr(where, name, call)


def without_new_files(home: Path) -> None:
    assert not list(home.rglob(".codex-doctor-*"))


def test_a_link_that_is_led_elsewhere_meanwhile_leads_no_change_there(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = workshop.home / "link.toml"

    def swap() -> None:
        link.unlink()
        link.symlink_to("other")

    step = rewrite(link)
    meanwhile(monkeypatch, rewriting, "edited", swap)
    workshop.mend(step)

    assert (workshop.home / "other").read_text("utf-8") == OTHER
    without_new_files(workshop.home)


def test_what_another_program_writes_meanwhile_is_not_lost(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workshop.home / "config.toml"
    step = rewrite(path)
    meanwhile(monkeypatch, rewriting, "write_private", lambda: path.write_text("newer", "utf-8"))

    (applied,) = workshop.mend(step)

    assert applied.error is not None
    assert applied.error.message == f"{path} was changed by another program meanwhile"
    assert path.read_text("utf-8") == "newer"
    without_new_files(workshop.home)


def test_nor_is_what_it_writes_while_an_undo_works(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workshop.home / "config.toml"
    workshop.mend(rewrite(path))
    meanwhile(monkeypatch, rewriting, "replace", lambda: path.write_text("newer", "utf-8"))

    with pytest.raises(RepairError, match="was changed by another program meanwhile"):
        workshop.undo()

    assert path.read_text("utf-8") == "newer"


@pytest.mark.parametrize("kind", ["file", "empty folder"])
@pytest.mark.parametrize("in_one_call", [True, False])
def test_nothing_is_renamed_over_what_appears_meanwhile(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, kind: str, *, in_one_call: bool
) -> None:
    path = workshop.home / ("config.toml" if kind == "file" else "folder")
    to = Path(f"{path}.aside")
    if not in_one_call:

        def unheard_of(_path: bytes, _to: bytes) -> int:
            return errno.ENOSYS

        monkeypatch.setattr(renaming, "_in_one_call", unheard_of)
    made: Callable[[], object] = to.touch if kind == "file" else to.mkdir
    meanwhile(monkeypatch, moving, "rename", made)

    (applied,) = workshop.mend(aside(path))

    assert applied.error is not None
    assert "stands there already" in applied.error.message
    assert (path.exists(), to.exists()) == (True, True)


def test_nothing_is_renamed_back_over_what_appears_meanwhile(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workshop.home / "config.toml"
    workshop.mend(aside(path))
    meanwhile(monkeypatch, moving, "rename", lambda: path.write_text("newer", "utf-8"))

    with pytest.raises(RepairError, match=r"cannot be renamed back to .*: File exists"):
        workshop.undo()

    assert path.read_text("utf-8") == "newer"
    assert Path(f"{path}.aside").read_text("utf-8") == CONFIG


def test_nothing_is_moved_to_another_disk(workshop: Workshop) -> None:
    far = Path("/dev/shm")  # noqa: S108 - another file system than that of the tests, where there is one
    path = workshop.home / "config.toml"
    if not far.is_dir() or far.stat().st_dev == path.stat().st_dev:
        pytest.skip("there is only one file system here")

    (applied,) = workshop.mend(MoveAside(path=str(path), to=str(far / f"codex-doctor-test-{os.getpid()}")))

    assert applied.error is not None
    assert "cannot be renamed" in applied.error.message
    assert path.read_text("utf-8") == CONFIG


def test_what_was_moved_is_known_again_on_a_disk_that_numbers_its_files_anew(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    workshop.mend(aside(path))
    moved = Path(f"{path}.aside")
    shutil.copy2(moved, workshop.home / "copy")
    (workshop.home / "copy").replace(moved)

    workshop.undo()

    assert path.read_text("utf-8") == CONFIG


def test_an_undo_leaves_the_mode_that_was_set_since(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    path.chmod(0o644)
    workshop.mend(rewrite(path))
    path.chmod(0o600)

    workshop.undo()

    assert (path.read_text("utf-8"), stat.S_IMODE(path.stat().st_mode)) == (CONFIG, 0o600)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Python knows extended attributes on Linux only")
def test_extended_attributes_outlive_a_change_and_its_undo(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    os.setxattr(path, "user.origin", b"here")

    workshop.mend(rewrite(path))
    changed = os.getxattr(path, "user.origin")
    workshop.undo()

    assert (changed, os.getxattr(path, "user.origin")) == (b"here", b"here")


def becomes_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def gets_a_second_name(path: Path) -> None:
    path.with_name("twin").hardlink_to(path)


def goes(path: Path) -> None:
    path.unlink()


def changes(path: Path) -> None:
    path.write_text("x", "utf-8")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (becomes_a_link, "is a link now"),
        (gets_a_second_name, "has 2 hard links"),
        (goes, "cannot be read: No such file"),
        (changes, "was changed since"),
    ],
    ids=["link", "hard link", "absent", "changed"],
)
def test_an_undo_tears_nothing_apart_that_came_since(
    workshop: Workshop, spoil: Callable[[Path], object], why: str
) -> None:
    path = workshop.home / "config.toml"
    workshop.mend(rewrite(path))
    spoil(path)
    before = tree(workshop.home)

    with pytest.raises(RepairError, match=why):
        workshop.undo()

    assert tree(workshop.home) == before


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (goes, "that was kept cannot be read: No such file"),
        (changes, "that was kept is damaged"),
    ],
    ids=["absent", "damaged"],
)
def test_an_undo_without_what_was_kept_says_so(
    workshop: Workshop, spoil: Callable[[Path], object], why: str
) -> None:
    path = workshop.home / "config.toml"
    workshop.mend(rewrite(path))
    (kept,) = workshop.state.rglob("before")
    spoil(kept)

    with pytest.raises(RepairError, match=why):
        workshop.undo()

    assert path.read_text("utf-8") == 'model = "new"\n'
