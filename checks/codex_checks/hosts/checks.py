"""The checks of programs that start Codex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.hosts.named import named_codex_is_there
from codex_checks.hosts.zed import zed_has_its_agent

if TYPE_CHECKING:
    from codex_doctor.check import Check

CHECKS: Final[tuple[Check, ...]] = (named_codex_is_there, zed_has_its_agent)
