"""The folder in which a host keeps the Codex that it downloads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_checks.hosts.cache import LEAST, CacheFolder, cache_folder, cache_folder_is_usable
from codex_doctor.files import Room
from engine import LINUX, context
from installed import MACOS, WINDOWS
from sandboxes import answer

if TYPE_CHECKING:
    from codex_doctor.context import Context, System


def told(found: CacheFolder) -> str | None:
    return next((finding.detail for finding in cache_folder_is_usable(found)), None)


def here(home: Path, *, system: System | None = None, **env: str) -> Context:
    """Return a machine whose user owns *home*."""
    return context(home, env=env, system=system or replace(LINUX, user=home.stat().st_uid or 1))


@pytest.mark.parametrize(
    ("system", "folder"),
    [(LINUX, ".cache"), (MACOS, "Library/Caches"), (WINDOWS, "AppData/Local")],
)
def test_it_is_where_each_system_has_it(tmp_path: Path, system: System, folder: str) -> None:
    assert answer(cache_folder, here(tmp_path, system=system)).folder == tmp_path / folder


def test_a_variable_names_another_if_it_is_a_whole_path(tmp_path: Path) -> None:
    assert answer(cache_folder, here(tmp_path, XDG_CACHE_HOME="/elsewhere")).folder == Path("/elsewhere")
    assert answer(cache_folder, here(tmp_path, XDG_CACHE_HOME="x")).folder == tmp_path / ".cache"


def test_a_folder_that_can_be_made_is_fine(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    assert told(answer(cache_folder, here(tmp_path))) is None


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("")

    assert told(answer(cache_folder, here(tmp_path))) == (
        f"Nothing can be kept in {tmp_path}/.cache: {tmp_path}/.cache is no folder"
    )


@pytest.mark.parametrize("mode", [0o555, 0o666, 0o500])
def test_a_folder_that_the_user_may_not_write_is_told(tmp_path: Path, mode: int) -> None:
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache").chmod(mode)

    assert "may not be written by you" in (told(answer(cache_folder, here(tmp_path))) or "")


def test_root_may_write_whatever_the_modes_say(tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir(mode=0o555)

    assert told(answer(cache_folder, here(tmp_path, system=replace(LINUX, user=0)))) is None


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (Room(free=LEAST, read_only=True), "on a file system that is read-only"),
        (Room(free=LEAST - 1, read_only=False), "499 MB are free, and 500 MB are needed"),
    ],
)
def test_a_disk_without_room_is_told(
    tmp_path: Path, room: Room, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(_path: Path) -> Room:
        return room

    monkeypatch.setattr("codex_doctor.files.room", said)

    assert words in (told(answer(cache_folder, here(tmp_path))) or "")
