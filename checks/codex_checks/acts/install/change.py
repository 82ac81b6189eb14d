"""A change of what is installed, from its first folder to its last rename, as it is written down.

begun   folders and a *shelf* may have been made, where everything new is made ready; nothing else
lent    another program changes the places itself; what stood there is kept under the spares as well
ready   all that is new stands whole on the disk and was tried out; the renames may have begun
done    the renames are done; what stood there before is kept, with that of the change before

Each word is on the disk before what it allows begins. A killed change is completed where it was ready,
and taken back where it was not: its places hold the old things or the new ones, never half.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codex_checks.acts.install.exchange import remove
from codex_checks.acts.install.noted import Noted, Phase
from codex_checks.acts.install.swaps import Stand, Swap
from codex_doctor.errors import RepairError
from codex_doctor.replace import nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PREFIX: Final = ".codex-doctor-"
"""How all begins that we keep beside what is installed; the installer's own sweeping passes it over."""

KEPT: Final = 2
"""Changes of the same place whose old things are kept: the last one, and the one before."""

_OURS: Final = re.compile(re.escape(PREFIX) + r"([0-9a-f]{8})(?:-.+)?")
_FOLDER_MODE: Final = 0o755


class Change:
    """One change. *remember* writes down what an undo must know; *step* is told each step that is done."""

    def __init__(
        self, remember: Callable[[Mapping[str, Any]], None], *, step: Callable[[str], None] = nothing
    ) -> None:
        self._remember = remember
        self.step = step
        self.phase = Phase.BEGUN
        self.shelf: Path | None = None
        self.made: list[Path] = []
        self.locks: list[Path] = []
        self.swaps: list[Swap] = []
        self.lent: list[tuple[Path, Path]] = []
        self.before: dict[Path, int] = {}
        self.after: dict[Path, int] = {}
        self.quiet: list[Path] | None = None

    def begin(self, shelf: Path, *, folders: Iterable[Path] = (), locks: Iterable[Path] = ()) -> None:
        """Make the folders *folders* where they are absent, and the new folder *shelf*.

        *locks* are empty files that stay until the change is taken back, should it be this one that makes
        them.

        :raises OSError: they cannot be made.
        """
        needed = [*folders, shelf]
        self.locks = [lock for lock in locks if not lock.exists()]
        self.shelf = shelf
        self.made = _absent(needed)
        self.before = _times(
            [folder.parent for folder in self.made] + [each for each in needed if each.exists()]
        )
        self._write()
        for folder in self.made:
            folder.mkdir(mode=_FOLDER_MODE)
        self.step("begun")

    def ready(self, swaps: Iterable[Swap]) -> None:
        """Write down what changes places with what; the new things stand whole on the disk.

        :raises OSError: it cannot be written down.
        """
        self.swaps = list(swaps)
        self.step("prepared")
        self.before |= {
            folder: time
            for folder, time in _times(swap.place.parent for swap in self.swaps).items()
            if folder not in self.before
        }
        self._own()
        self.phase = Phase.READY
        self._write()
        self.step("ready")

    def lend(self, kept: Iterable[tuple[Path, Path]]) -> None:
        """Let another program change places; *kept* pairs each with what is kept of it.

        :raises OSError: it cannot be written down.
        """
        self.lent = list(kept)
        self.phase = Phase.LENT
        self._write()
        self.step("lent")

    def returned(self) -> None:
        """Write down what the other program made of the places.

        :raises OSError: it cannot be written down.
        """
        self.ready(Swap.done(place, spare) for place, spare in self.lent)

    def carry_out(self) -> None:
        """Let everything change places, and write down that it is done.

        :raises OSError: it cannot be done.
        """
        for swap in self.swaps:
            swap.do()
            self.step("swapped")
        if self.shelf is not None and not any(
            swap.old is not None and swap.spare.is_relative_to(self.shelf) for swap in self.swaps
        ):
            _remove(self.shelf)  # nothing of what stood there before is in it
        self._let_go_of_the_oldest()
        self.phase = Phase.DONE
        self.after = _times(self.before)
        self._write()
        self.step("done")

    def objection(self) -> str | None:
        """Return why the change cannot be taken back any more, or None where it can."""
        for swap in self.swaps:
            try:
                stand = swap.stand
            except OSError as error:
                return f"{swap.place} cannot be looked at: {error.strerror or error}"
            if stand is Stand.OTHER:
                return f"{swap.place} was changed by something else since"
            if stand is Stand.ALONE:
                return f"what stood at {swap.place} before is not kept any more"
        return None

    def take_back(self) -> None:
        """Put everything back as it was, byte for byte, and remove what is new.

        :raises RepairError: something else changed it meanwhile; it stands as it is.
        :raises OSError: it cannot be done.
        """
        if self.phase is Phase.LENT:
            self.swaps = [Swap.done(place, spare) for place, spare in self.lent]
            self.phase = Phase.READY
        objection = self.objection()
        if objection is not None:
            raise RepairError(objection)
        if self.quiet is None:
            self.quiet = self._untouched()
            with contextlib.suppress(RepairError):  # a second try finds what the first one touched
                self._write()
        for swap in reversed(self.swaps):
            swap.spare.parent.mkdir(parents=True, exist_ok=True)
            swap.undo()
            self.step("put-back")
        self._clear()
        for lock in self.locks:
            if lock.is_file() and not lock.stat().st_size:
                lock.unlink()
        for folder in reversed(self.made):
            with contextlib.suppress(OSError):  # something else is in it
                folder.rmdir()
        for folder in self.quiet:
            with contextlib.suppress(OSError):
                found = folder.stat()
                os.utime(folder, ns=(found.st_atime_ns, self.before[folder]))

    def _untouched(self) -> list[Path]:
        """Return the folders that nothing else changed since, whose times may be put back."""
        now = _times(self.before)
        return [each for each in now if self.phase is not Phase.DONE or self.after.get(each) == now[each]]

    def _let_go_of_the_oldest(self) -> None:
        """Remove what is kept from changes long ago: a package of Codex takes 400 MB."""
        places = {swap.place.parent for swap in self.swaps}
        if self.shelf is not None:
            places.add(self.shelf.parent)
        kept: dict[str, list[Path]] = {}
        for path in (each for place in places for each in _listed(place)):
            if found := _OURS.fullmatch(path.name):
                kept.setdefault(found[1], []).append(path)
        newest = sorted(kept, key=lambda key: max(path.lstat().st_ctime_ns for path in kept[key]))[-KEPT:]
        for path in (path for key, paths in kept.items() if key not in newest for path in paths):
            with contextlib.suppress(OSError):
                _remove(path)

    def noted(self) -> Noted:
        """Return the change as it is written down."""
        return Noted(
            phase=self.phase,
            shelf=str(self.shelf),
            made=tuple(map(str, self.made)),
            locks=tuple(map(str, self.locks)),
            swaps=tuple(swap.noted() for swap in self.swaps),
            lent=tuple((str(place), str(spare)) for place, spare in self.lent),
            before={str(folder): time for folder, time in self.before.items()},
            after={str(folder): time for folder, time in self.after.items()},
            quiet=None if self.quiet is None else tuple(map(str, self.quiet)),
        )

    @classmethod
    def of(cls, noted: Noted, remember: Callable[[Mapping[str, Any]], None]) -> Change:
        """Return the change that was written down as *noted*."""
        change = cls(remember)
        change.phase = noted.phase
        change.shelf = Path(noted.shelf)
        change.made = [Path(folder) for folder in noted.made]
        change.locks = [Path(lock) for lock in noted.locks]
        change.swaps = [Swap.of(each) for each in noted.swaps]
        change.lent = [(Path(place), Path(spare)) for place, spare in noted.lent]
        change.before = {Path(folder): time for folder, time in noted.before.items()}
        change.after = {Path(folder): time for folder, time in noted.after.items()}
        change.quiet = None if noted.quiet is None else [Path(folder) for folder in noted.quiet]
        return change

    def _write(self) -> None:
        self._remember(msgspec.to_builtins(self.noted()))

    def _clear(self) -> None:
        spares = [*(swap.spare for swap in self.swaps), *(spare for _, spare in self.lent)]
        if self.shelf is not None:
            own = f"{self.shelf.name}-"  # made ready outside of the shelf, and perhaps not written down yet
            beside = (path for folder in (*self.before, *self.made) for path in _listed(folder))
            spares += [path for path in beside if path.name.startswith(own)]
            spares.append(self.shelf)
        for path in dict.fromkeys(spares):
            if os.path.lexists(path):
                _remove(path)

    def _own(self) -> None:
        """Give what root made in another user's folder to that user, who could not change it otherwise."""
        if os.name != "posix" or os.geteuid() != 0:
            return
        tops = [*self.made, *(swap.spare for swap in self.swaps if swap.new is not None)]
        for top in tops:
            above = top.parent.stat()
            if above.st_uid != 0:
                for path in (top, *(top.rglob("*") if top.is_dir() and not top.is_symlink() else ())):
                    os.chown(path, above.st_uid, above.st_gid, follow_symlinks=False)


def _absent(folders: Iterable[Path]) -> list[Path]:
    """Return the folders that must be made, those above them before them."""
    found: dict[Path, None] = {}
    for folder in folders:
        for above in (*reversed(folder.parents), folder):
            if not above.exists():
                found[above] = None
    return list(found)


def _times(folders: Iterable[Path]) -> dict[Path, int]:
    found: dict[Path, int] = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            found[folder] = folder.stat().st_mtime_ns
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _remove(path: Path) -> None:
    if not any(part.startswith(PREFIX) for part in path.parts):
        raise RepairError(f"{path} is none of ours to remove")
    remove(path)
