"""What is in use already: the codes, names and check ids that nobody else may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from codex_doctor.catalogue import Catalogue


class Taken(Struct, frozen=True, kw_only=True):
    """The codes, names and check ids that a third party may not use, because somebody else does."""

    codes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()

    @classmethod
    def by(cls, *catalogues: Catalogue) -> Taken:
        """Return what *catalogues* use, or used once and retired."""
        problems = [problem for catalogue in catalogues for problem in catalogue.problems]
        retired = frozenset(word for catalogue in catalogues for word in catalogue.retired)
        return cls(
            codes=retired | {problem.code for problem in problems},
            names=retired | {problem.name for problem in problems},
            checks=frozenset(check.id for catalogue in catalogues for check in catalogue.checks),
        )
