"""Every check of renewals and of device codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.renewal.device_check import device_auth_enabled
from codex_checks.renewal.refresh_check import refresh_works

if TYPE_CHECKING:
    from codex_doctor.check import Check

CHECKS: Final[tuple[Check, ...]] = (device_auth_enabled, refresh_works)
