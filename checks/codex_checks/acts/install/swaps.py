"""The few changes that an installation makes, each of them a rename, so that each is done or not done.

What is new is made ready under a name beside its place, its *spare*; then the two change places. What
stood there before stands under the spare afterwards, byte for byte, until nobody wants it back.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from codex_checks.acts.install.exchange import complete, exchange, move, moving, remove
from codex_checks.acts.install.noted import NotedSwap
from codex_doctor.private import sync_folder


class Stand(StrEnum):
    """Which of the two stands at the place of a swap."""

    OLD = "old"
    NEW = "new"
    ALONE = "alone"
    """The new one, and the old one is not kept any more."""
    OTHER = "other"
    """Neither: somebody else changed it meanwhile."""


class Swap(Struct, frozen=True, kw_only=True):
    """What stands at *place* gives way to what stands at *spare*.

    *old* and *new* are the numbers (inodes) of the two. Where *old* is None nothing stood there, and where
    *new* is None nothing is put there: what stands at the place is only moved to the spare.
    """

    place: Path
    spare: Path
    old: int | None
    new: int | None

    @classmethod
    def prepare(cls, place: Path, spare: Path) -> Swap:
        """Return the swap of *place* and *spare* as they stand now.

        :raises OSError: they cannot be looked at.
        """
        return cls(place=place, spare=spare, old=_number(place), new=_number(spare))

    @classmethod
    def done(cls, place: Path, spare: Path) -> Swap:
        """Return the swap that was done already: the old thing stands at *spare*.

        :raises OSError: they cannot be looked at.
        """
        return cls(place=place, spare=spare, old=_number(spare), new=_number(place))

    @property
    def stand(self) -> Stand:
        """Which of the two stands at the place now.

        :raises OSError: it cannot be looked at.
        """
        place, spare = _number(self.place), _number(self.spare)
        if _number(moving(self.spare)) is not None:  # killed between the renames that stand for an exchange
            return Stand.NEW if place == self.new else Stand.OLD
        # The old thing has another number where it had to be copied.
        if self.new is None:
            if spare is None:
                return Stand.OTHER if place is None else Stand.OLD
            return Stand.NEW if place in {None, self.old} else Stand.OTHER
        if place == self.new:
            return Stand.NEW if (spare is None) is (self.old is None) else Stand.ALONE
        return Stand.OLD if spare == self.new and (place is None) is (self.old is None) else Stand.OTHER

    def do(self) -> None:
        """Put the new thing in its place. Done already: nothing happens.

        :raises OSError: it cannot be done; the old thing stands.
        """
        self._settle()
        if self.stand is Stand.OLD:
            self._move(there=self.new is not None, back=self.old is not None)

    def undo(self) -> None:
        """Put the old thing back. Done already: nothing happens.

        :raises OSError: it cannot be done; the new thing stands.
        """
        self._settle()
        if self.stand is Stand.NEW:
            self._move(there=self.old is not None, back=self.new is not None)

    def _settle(self) -> None:
        if None not in {self.old, self.new}:
            complete(self.spare, self.place)
        if self.new is None and _number(self.spare) is not None and _number(self.place) == self.old:
            remove(self.place)  # what is left of it after it was copied

    def _move(self, *, there: bool, back: bool) -> None:
        """Bring what stands at the spare to the place (*there*), and the other way (*back*)."""
        if there and back:
            exchange(self.spare, self.place)
        elif there:
            move(self.spare, self.place)
        else:
            move(self.place, self.spare)
        for folder in {self.place.parent, self.spare.parent}:
            sync_folder(folder)

    def noted(self) -> NotedSwap:
        """Return the swap as it is written down."""
        return NotedSwap(place=str(self.place), spare=str(self.spare), old=self.old, new=self.new)

    @classmethod
    def of(cls, noted: NotedSwap) -> Swap:
        """Return the swap that was written down as *noted*."""
        return cls(place=Path(noted.place), spare=Path(noted.spare), old=noted.old, new=noted.new)


def _number(path: Path) -> int | None:
    try:
        return os.lstat(path).st_ino
    except (FileNotFoundError, NotADirectoryError):
        return None
