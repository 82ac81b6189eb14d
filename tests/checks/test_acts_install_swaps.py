"""Two names change what they stand for, and at every instant both stand."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_checks.acts.install import exchange as exchanging
from codex_checks.acts.install.exchange import complete, exchange, moving
from codex_checks.acts.install.swaps import Stand, Swap

if TYPE_CHECKING:
    from collections.abc import Callable


def _cannot(_one: Path, _other: Path) -> None:
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


def _what(path: Path) -> str:
    return (path / "what").read_text()


@pytest.fixture
def layered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system on which a folder called `place` came with the image of a container (overlayfs)."""
    rename = Path.rename
    came_with_it = set[int]()

    def refuse(self: Path, target: Path) -> Path:
        if self.name == "place" and not came_with_it and _what(self) == "old":
            came_with_it.add(self.stat().st_ino)
        if self.exists() and self.stat().st_ino in came_with_it:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(self))
        return rename(self, target)

    monkeypatch.setattr(exchanging, "_at_once", _cannot)
    monkeypatch.setattr(Path, "rename", refuse)


@pytest.fixture(params=["at once", "one by one", "layered"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "one by one":
        monkeypatch.setattr(exchanging, "_at_once", _cannot)
    if request.param == "layered":
        request.getfixturevalue("layered")


def _folder(path: Path, content: str) -> Path:
    path.mkdir(parents=True)
    (path / "what").write_text(content)
    return path


@pytest.mark.usefixtures("either_way")
def test_two_folders_change_places(tmp_path: Path) -> None:
    old, new = _folder(tmp_path / "place", "old"), _folder(tmp_path / "spare", "new")

    exchange(new, old)

    assert (_what(tmp_path / "place"), _what(tmp_path / "spare")) == ("new", "old")


@pytest.mark.usefixtures("either_way")
@pytest.mark.usefixtures("layered")
@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_folder_that_must_be_copied_may_be_killed_at_any_instant(tmp_path: Path, left: int) -> None:
    swap = Swap.prepare(_folder(tmp_path / "place", "old"), _folder(tmp_path / "spare", "new"))
    match left:
        case 0:  # in the midst of copying
            _folder(tmp_path / "spare.moving.copying", "ol")
        case 1:  # copied, and the old one not removed yet
            _folder(tmp_path / "spare.moving", "old")
        case _:  # in the midst of removing it
            _folder(tmp_path / "spare.moving", "old")
            (tmp_path / "place" / "what").unlink()

    stands = [swap.stand]
    swap.do()
    stands.append(swap.stand)

    assert stands == [Stand.OLD, Stand.NEW]
    assert {path.name: _what(path) for path in tmp_path.iterdir()} == {"place": "new", "spare": "old"}


@pytest.mark.usefixtures("layered")
def test_a_folder_that_is_only_moved_may_be_killed_while_it_is_removed(tmp_path: Path) -> None:
    swap = Swap.prepare(_folder(tmp_path / "place", "old"), tmp_path / "spare")
    _folder(tmp_path / "spare", "old")
    (tmp_path / "place" / "what").unlink()

    swap.undo()

    assert {path.name: _what(path) for path in tmp_path.iterdir()} == {"place": "old"}


def test_a_link_and_a_file_change_places(tmp_path: Path) -> None:
    place, spare = tmp_path / "codex", tmp_path / "spare"
    place.write_text("old")
    spare.symlink_to("/nowhere")

    exchange(spare, place)

    assert (place.readlink().as_posix(), spare.read_text()) == ("/nowhere", "old")


def test_an_exchange_that_fails_leaves_both(tmp_path: Path) -> None:
    place = _folder(tmp_path / "place", "old")

    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "absent", place)

    assert _what(place) == "old"


def test_one_by_one_the_old_thing_comes_back_where_the_new_one_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanging, "_at_once", _cannot)
    place = _folder(tmp_path / "place", "old")

    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "absent", place)

    assert [each.name for each in tmp_path.iterdir()] == ["place"]


@pytest.mark.parametrize("killed_after", [1, 2])
def test_an_exchange_that_was_killed_between_its_renames_is_completed(
    tmp_path: Path, killed_after: int
) -> None:
    place, spare = _folder(tmp_path / "place", "old"), _folder(tmp_path / "spare", "new")
    place.rename(moving(spare))
    if killed_after > 1:
        spare.rename(place)

    complete(spare, place)

    assert (_what(place), _what(spare)) == ("new", "old")


def test_completing_what_was_not_begun_changes_nothing(tmp_path: Path) -> None:
    place, spare = _folder(tmp_path / "place", "old"), _folder(tmp_path / "spare", "new")

    complete(spare, place)

    assert (_what(place), _what(spare)) == ("old", "new")


def _both(folder: Path) -> Swap:
    return Swap.prepare(_folder(folder / "place", "old"), _folder(folder / "spare", "new"))


def _nothing_before(folder: Path) -> Swap:
    return Swap.prepare(folder / "place", _folder(folder / "spare", "new"))


def _nothing_after(folder: Path) -> Swap:
    return Swap.prepare(_folder(folder / "place", "old"), folder / "spare")


every_kind = pytest.mark.parametrize("kind", [_both, _nothing_before, _nothing_after])


@every_kind
@pytest.mark.usefixtures("either_way")
def test_a_swap_is_done_and_taken_back(tmp_path: Path, kind: Callable[[Path], Swap]) -> None:
    swap = kind(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())

    stands = [swap.stand]
    swap.do()
    stands.append(swap.stand)
    swap.undo()
    stands.append(swap.stand)

    assert stands == [Stand.OLD, Stand.NEW, Stand.OLD]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@every_kind
def test_doing_a_swap_twice_is_doing_it_once(tmp_path: Path, kind: Callable[[Path], Swap]) -> None:
    swap = kind(tmp_path)

    swap.do()
    swap.do()

    assert swap.stand is Stand.NEW


@every_kind
def test_a_swap_can_be_written_down(tmp_path: Path, kind: Callable[[Path], Swap]) -> None:
    swap = kind(tmp_path)

    assert Swap.of(swap.noted()) == swap


@pytest.mark.parametrize("killed_after", [1, 2])
def test_a_swap_that_was_killed_between_its_renames_is_neither_lost_nor_half(
    tmp_path: Path, killed_after: int
) -> None:
    swap = _both(tmp_path)
    swap.place.rename(moving(swap.spare))
    if killed_after > 1:
        swap.spare.rename(swap.place)

    assert swap.stand is (Stand.OLD if killed_after == 1 else Stand.NEW)

    swap.undo()

    assert (_what(swap.place), _what(swap.spare)) == ("old", "new")


def test_what_somebody_else_put_there_is_noticed(tmp_path: Path) -> None:
    swap = _both(tmp_path)
    swap.do()
    swap.place.rename(tmp_path / "elsewhere")
    _folder(swap.place, "another")

    assert swap.stand is Stand.OTHER


def test_an_old_thing_that_somebody_removed_is_noticed(tmp_path: Path) -> None:
    swap = _both(tmp_path)
    swap.do()
    swap.spare.rename(tmp_path / "elsewhere")

    assert swap.stand is Stand.ALONE
