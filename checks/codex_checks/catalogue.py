"""Every check of Codex, explicit and sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks import pages
from codex_checks.problems import PROBLEMS, RETIRED
from codex_doctor.catalogue import Catalogue

if TYPE_CHECKING:
    from codex_doctor.check import Check

CHECKS: Final[tuple[Check, ...]] = ()


def catalogue() -> Catalogue:
    """Return the catalogue of Codex, for the entry point `codex_doctor.catalogues`."""
    return Catalogue(
        checks=tuple(sorted(CHECKS, key=lambda check: check.id)),
        problems=PROBLEMS,
        page=pages.page,
        retired=RETIRED,
    )
