"""Try out a program of Codex before anything leads to it."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final

from codex_checks.install.binary import without_credentials
from codex_checks.install.installation import HOST
from codex_checks.install.version import printed_version
from codex_doctor.errors import RepairError

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import Context

PATIENCE: Final = 30.0
"""Seconds: it answers in 0.01, and a virus scanner may read all its 300 MB first."""


def prove(ctx: Context, program: Path, *, alone: bool = False) -> str:
    """Return the version that *program* says it is, having made sure that its helper stands beside it.

    It is given a home of its own and nothing secret. *alone*: it is meant to come without its helper.

    :raises RepairError: it does not start, or lacks something.
    """
    if not program.exists():
        raise RepairError(f"what was downloaded holds no {program.name}")
    if not alone and not program.with_name(HOST + program.suffix).exists():
        raise RepairError(f"what was downloaded holds no {HOST}")
    with tempfile.TemporaryDirectory(prefix="codex-doctor-") as home:
        env = {**without_credentials(ctx.env), "CODEX_HOME": home}
        try:
            ran = ctx.children.run((str(program), "--version"), env=env, seconds=PATIENCE)
        except PermissionError:
            words = "a disk mounted noexec, or a policy"
            raise RepairError(f"the system does not let a program run in {program.parent}: {words}") from None
        except OSError as error:
            raise RepairError(f"the new program does not start: {error.strerror or error}") from None
    version = printed_version(ran.stdout)
    if version is None:
        ending = (
            "did not answer" if ran.timed_out else f"ended with exit code {ran.code} and named no version"
        )
        raise RepairError(f"the new program {ending}")
    return version
