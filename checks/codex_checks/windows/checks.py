"""The checks of what is peculiar to Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.windows.antivirus import no_antivirus_interferes
from codex_checks.windows.ports import login_port_is_not_reserved
from codex_checks.windows.sandbox_log import windows_commands_start
from codex_checks.windows.scripts import powershell_starts_codex

if TYPE_CHECKING:
    from codex_doctor.check import Check

CHECKS: Final[tuple[Check, ...]] = (
    login_port_is_not_reserved,
    no_antivirus_interferes,
    powershell_starts_codex,
    windows_commands_start,
)
