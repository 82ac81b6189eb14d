"""Run a proving process to its end, or to where it hangs, and leave nothing of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from codex_doctor.processes import MARK
from codex_doctor.testing.proving.steps import overdue_after

if TYPE_CHECKING:
    from codex_doctor.testing.proving.request import Proving

SLACK: Final = 3.0
"""Seconds more than a step may take, after which a process that writes nothing down is ended from outside."""


class Ended(Struct, frozen=True):
    """How a proving process ended: with *code*, or because it was *cut* off from outside.

    *left* are the commands of what it had started and that ran on.
    """

    code: int
    cut: bool
    left: tuple[str, ...]


def run(asked: Proving, folder: Path, *, seed: int) -> Ended:
    """Run one proving process to its end, or to where it hangs, and leave nothing of it.

    *seed* decides in which order Python goes through a set of texts.
    """
    request = folder / "request.json"
    request.write_bytes(msgspec.json.encode(asked))
    mark = os.urandom(8).hex()
    process = subprocess.Popen(  # noqa: S603 - our own argv
        [sys.executable, "-P", "-m", "codex_doctor.testing.proving", str(request)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, asked.path)),
            "PYTHONHASHSEED": str(seed),
            MARK: mark,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
    )
    try:
        cut = not _wait(process, Path(asked.journal), overdue_after(asked.patience) + SLACK)
    finally:
        left = _end(process, mark)
    return Ended(process.returncode, cut, left)


def _wait(process: subprocess.Popen[bytes], journal: Path, patience: float) -> bool:
    """Wait until *process* has ended; return False where it wrote nothing for *patience* seconds."""
    size, since = -1, time.monotonic()
    while True:
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            now = journal.stat().st_size if journal.exists() else 0
            if now != size:
                size, since = now, time.monotonic()
            elif time.monotonic() - since > patience:
                return False
        else:
            return True


def _end(process: subprocess.Popen[bytes], mark: str) -> tuple[str, ...]:
    """End *process*, its group, and whatever carries its *mark*; return the commands of the latter."""
    import psutil

    left: list[str] = []
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for other in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if other.environ().get(MARK, "").partition(".")[0] == mark:
                left.append(" ".join(other.cmdline())[:80])
                other.kill()
    return tuple(left)
