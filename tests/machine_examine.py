"""Runs the real codex-doctor on a machine that was built, and takes down what it did and said."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from machine_build import Built

PATIENCE: Final = 30.0
"""Seconds after which the doctor counts as hanging; its own deadline is far below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What came of an examination: both outputs, the exit code, and every file that it changed."""

    stdout: str
    stderr: str
    code: int
    changed: tuple[str, ...]

    @property
    def report(self) -> dict[str, Any]:
        """The report, decoded."""
        report: dict[str, Any] = json.loads(self.stdout)
        return report

    def findings(self, *severities: str) -> list[str]:
        """Return the names of the findings of these severities, in their order."""
        return [each["name"] for each in self.report["findings"] if each["severity"] in severities]


def examine(built: Built) -> Examined:
    """Examine *built* as its user would, with the report as JSON."""
    before = traces(built.home)
    told = [*built.args, *built.machine.examined_with]
    ran = subprocess.run(
        [*built.as_its_user, sys.executable, "-m", "codex_doctor", "check", "--format", "json", *told],
        env=built.env,
        cwd=built.cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    after = traces(built.home)
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return Examined(stdout=ran.stdout, stderr=ran.stderr, code=ran.returncode, changed=tuple(changed))


def traces(home: Path) -> Mapping[str, object]:
    """Return what would betray any change: for each path its status, and the bytes of every file."""
    found: dict[str, object] = {}
    for folder, folders, files in os.walk(home):
        for name in (".", *folders, *files):
            path = Path(folder, name)
            status = path.lstat()
            kept = (status.st_mode, status.st_uid, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            found[str(path.relative_to(home))] = (kept, _digest(path, status.st_mode))
    return found


def _digest(path: Path, mode: int) -> str:
    if stat.S_ISLNK(mode):
        return str(path.readlink())
    if not stat.S_ISREG(mode):
        return ""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except PermissionError:  # closed to us, and so to the doctor
        return "closed"
