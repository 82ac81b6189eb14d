"""Compare a report with the one that was kept, so that nothing in it changes unnoticed."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.model import Report


def as_golden(report: Report) -> str:
    """Return *report* as JSON, without what differs from one Python or one doctor to the next."""
    still = replace(
        report, tool=replace(report.tool, version="*"), machine=replace(report.machine, python="*")
    )
    return json.dumps(msgspec.to_builtins(still), indent=2, ensure_ascii=False) + "\n"


class Golden:
    """The reports that are kept in *folder*; with *update*, they are written anew."""

    def __init__(self, folder: Path, *, update: bool) -> None:
        self._folder = folder
        self._update = update

    def difference(self, name: str, report: Report) -> str:
        """Return how *report* differs from the one called *name*, as a diff; nothing where it does not.

        One that is not there yet differs in every line.
        """
        path = self._folder / f"{name}.json"
        now = as_golden(report)
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(now, "utf-8")
        kept = path.read_text("utf-8") if path.exists() else ""
        lines = difflib.unified_diff(kept.splitlines(), now.splitlines(), str(path), "now", lineterm="")
        return "\n".join(lines)
