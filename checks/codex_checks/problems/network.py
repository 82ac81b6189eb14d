"""Problems of the network and proxies: CDX3xx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from codex_doctor.model import Problem

PROBLEMS: Final[tuple[Problem, ...]] = ()
