"""What the proving process writes down as it goes, so that its end at any point tells who was at work.

Each line is one JSON object. The file is opened anew for each, because a bad check may close everything.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_doctor.testing.rules import Rule


class Journal:
    """The file at *path*, written by one process and read by another."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, kind: str, **data: object) -> None:
        """Add a line."""
        line = json.dumps({"kind": kind, **data}, default=str) + "\n"
        opened = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(opened, line.encode())
        finally:
            os.close(opened)

    def breach(self, rule: Rule, subject: str, message: str) -> None:
        """Note that *subject* breaks *rule*."""
        self.write("breach", rule=rule.value, subject=subject, message=message)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what was written, as far as it is whole."""
        if not self._path.exists():
            return
        for line in self._path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield json.loads(line)
