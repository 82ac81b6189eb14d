"""The checks of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.terminal.daemon import daemon_sees_this_shell
from codex_checks.terminal.kind import can_be_drawn_in
from codex_checks.terminal.stdin import exec_gets_on

if TYPE_CHECKING:
    from codex_doctor.check import Check

CHECKS: Final[tuple[Check, ...]] = (can_be_drawn_in, daemon_sees_this_shell, exec_gets_on)
