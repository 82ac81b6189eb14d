"""Who uses which code, name and check id: of two third parties that use the same, the later one is refused.

Which one is later is decided by the order in which they are listed, and not by whose worker is quicker.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.catalogue import Source
    from codex_doctor.wire import Described


class Clash(Struct, frozen=True, kw_only=True):
    """A *word* that *owner* used before; *what* it is: a code, a name, or a check id."""

    what: str
    word: str
    owner: str

    def __str__(self) -> str:
        """Say it of whoever came later."""
        return f"it uses the {self.what} {self.word}, which {self.owner} uses too"


class Claims:
    """What the third parties in *order* use, in one examination."""

    def __init__(self, order: Sequence[Source] = ()) -> None:
        self._silent = [(source.distribution, source.name) for source in order]
        self._owners: dict[tuple[str, str], str] = {}
        self._changed = threading.Condition()

    def claim(self, source: Source, described: Described, *, seconds: float) -> tuple[Clash, ...]:
        """Return what *source* uses that somebody before it uses too; blocks until those have said so.

        After *seconds* the ones that are still silent come later than this one. What is refused belongs
        to nobody: of a catalogue all of it, of the user's own checks those that clash.
        """
        words = _words(source, described)
        key = (source.distribution, source.name)
        with self._changed:
            self._changed.wait_for(
                lambda: self._silent[:1] in ([], [key]) or key not in self._silent, seconds
            )
            clashes = tuple(
                Clash(what=what, word=word, owner=self._owners[what, word])
                for what, word in words
                if (what, word) in self._owners
            )
            if not clashes or source.own:
                self._owners = words | self._owners
        self.over(source)
        return clashes

    def over(self, source: Source) -> None:
        """Take note that *source* will claim nothing more."""
        key = (source.distribution, source.name)
        with self._changed:
            if key in self._silent:
                self._silent.remove(key)
                self._changed.notify_all()


def _words(source: Source, described: Described) -> dict[tuple[str, str], str]:
    """Return what *described* uses, with whom to name for it."""
    origins = {check.id: check.origin for check in described.checks} if source.own else {}
    by_code = {code: origins.get(check.id, "") for check in described.checks for code in check.reports}
    words: dict[tuple[str, str], str] = {}
    for check in described.checks:
        words["check id", check.id] = origins.get(check.id) or source.distribution
    for problem in described.problems:
        owner = by_code.get(problem.code) or source.distribution
        words["code", problem.code] = words["name", problem.name] = owner
    return words


def without(described: Described, clashes: Sequence[Clash]) -> Described:
    """Return *described* without what clashes, and without the checks that report such a problem."""
    words = {(clash.what, clash.word) for clash in clashes}
    refused = {
        problem.code
        for problem in described.problems
        if words & {("code", problem.code), ("name", problem.name)}
    }
    kept = tuple(
        check
        for check in described.checks
        if ("check id", check.id) not in words and not refused & set(check.reports)
    )
    ids = {check.id for check in kept}
    return replace(
        described,
        checks=kept,
        problems=tuple(problem for problem in described.problems if problem.code not in refused),
        selected=tuple(each for each in described.selected if each in ids),
    )
