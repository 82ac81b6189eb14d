"""The checks of programs that start Codex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.hosts.cache import cache_folder_is_usable
from codex_checks.hosts.named import named_codex_is_there
from codex_checks.hosts.session import session_finds_codex, session_has_your_variables
from codex_checks.hosts.zed import zed_has_its_agent

if TYPE_CHECKING:
    from codex_doctor.check import Check

CHECKS: Final[tuple[Check, ...]] = (
    cache_folder_is_usable,
    named_codex_is_there,
    session_finds_codex,
    session_has_your_variables,
    zed_has_its_agent,
)
