"""Whether a process has ended, waited for without a sleep."""

from __future__ import annotations

import os
import select
from typing import Final

PATIENCE: Final = 10.0
"""Seconds: only a test that fails waits that long."""


def gone(pid: int) -> bool:
    """Return whether *pid* has ended, or ends within `PATIENCE`; a zombie has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ended, _, _ = select.select([handle], [], [], PATIENCE)
        return bool(ended)
    finally:
        os.close(handle)
