"""What bubblewrap, sandbox-exec and Codex say when the sandbox does not start, and what that means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.problems import sandbox as problems

if TYPE_CHECKING:
    from codex_doctor.model import Problem

_KINDS: Final = (
    (r"sandbox-exec: |sandbox_apply: ", problems.SEATBELT_EXEC_FAILED),
    (r"loopback: Failed", problems.BWRAP_LOOPBACK_NETNS),
    (r"setting up uid map", problems.BWRAP_UID_MAP_DENIED),
    (r"[Uu]nknown option --", problems.BWRAP_TOO_OLD),
    (r"bubblewrap is unavailable", problems.BWRAP_MISSING),
    (r"not supported on WSL1", problems.WSL1_UNSUPPORTED),
    (r"unsupported host mount|mountinfo path", problems.WSL2_WSLG_MOUNT_SANDBOX),
    (
        r"use-legacy-landlock|requires bubblewrap|legacy Linux Landlock",
        problems.LEGACY_LANDLOCK_INCOMPATIBLE,
    ),
    (r"error running landlock|LandlockRestrict", problems.LANDLOCK_UNSUPPORTED),
    (r"\bexecvp ", problems.BWRAP_EXEC_HELPER_MISSING),
    (r"[Nn]o permissions to creat|reating new namespace failed", problems.BWRAP_NO_USERNS_CONTAINER),
    (r"setting up namespace failed|does not support user names", problems.BWRAP_NO_USERNS_CONTAINER),
    (r"Failed to make / slave|Can't mount proc", problems.BWRAP_NO_USERNS_CONTAINER),
)
"""Words of theirs, the most telling first (failures.json, and Codex 0.169.0 in broken surroundings)."""


def meaning(complaint: str) -> Problem:
    """Return the problem of which *complaint* speaks."""
    found = (problem for words, problem in _KINDS if re.search(words, complaint))
    return next(found, problems.SANDBOX_NOT_STARTING)
