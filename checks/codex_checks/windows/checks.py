"""The checks of what is peculiar to Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.windows.sandbox_log import windows_commands_start

if TYPE_CHECKING:
    from codex_doctor.check import Check

CHECKS: Final[tuple[Check, ...]] = (windows_commands_start,)
