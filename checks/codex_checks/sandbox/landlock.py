"""Whether the kernel has Landlock, on which a Codex before bubblewrap depends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.found import Installations, installations
from codex_checks.install.version import older
from codex_checks.sandbox.bubblewrap import SINCE
from codex_checks.sandbox.policy import Policy, policy
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context

CREATE_RULESET: Final = 444
"""landlock_create_ruleset(2), on every processor."""

ASK_VERSION: Final = 1
"""LANDLOCK_CREATE_RULESET_VERSION: only says which version the kernel has."""

LIMIT: Final = 4096


class Landlock(Struct, frozen=True, kw_only=True):
    """Whether the kernel *release* supports it; *fault* says what it answered where not.

    *version* is that of the Codex that needs it.
    """

    version: str
    release: str
    supported: bool
    fault: str = ""


@blocking_probe("sandbox.landlock", touches={Touches.FILES}, limit=1.0, needs=(policy, installations))
def kernel_landlock(ctx: Context, asked: Policy, copies: Installations) -> Landlock:  # noqa: ARG001 - a probe
    """Ask the kernel for Landlock, where the Codex that runs depends on it."""
    version = copies.chosen.version if copies.chosen else None
    if ctx.system.os != "linux" or version is None or not older(version, SINCE):
        raise NotApplicable("the Codex that runs does not depend on Landlock")
    try:
        listed = ctx.read(ctx.system_path("/sys/kernel/security/lsm"), limit=LIMIT).decode("ascii", "replace")
    except OSError:  # as in most containers: securityfs is not mounted
        fault = refusal()
    else:
        fault = (
            None if "landlock" in listed.strip().split(",") else f"its security modules are {listed.strip()}"
        )
    return Landlock(version=version, release=ctx.system.release, supported=fault is None, fault=fault or "")


def refusal() -> str | None:
    """Return what the kernel answers when it is asked for its version of Landlock; None if it has one."""
    import ctypes

    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.syscall(CREATE_RULESET, None, 0, ASK_VERSION) > 0:
        return None
    return os.strerror(ctypes.get_errno())
