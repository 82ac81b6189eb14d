"""Asks of every machine of the fault bench whether its report alone tells the same: `nox -s bench`.

A report for support is made on each machine and judged again without it. The bar: in 98 of 100 the first
finding is the same one. What differs is listed, so that it can be mended.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.faults import known
from bench.faults.standing import ground
from codex_doctor.bundle.judging import judge_again
from codex_doctor.bundle.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Report
    from machine_build import Built

BAR: Final = 0.98
PATIENT: Final = ("--deadline", "30")
"""The box may be busy, and what came to no end is no finding."""

FOR_CREATE: Final = ("--offline", "--live", "--codex-bin", "--codex-home")
"""What a machine may be examined with that `report create` knows too."""


def main() -> int:
    """Ask every machine, say what differs, and return 1 where the bar is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="only these machines")
    options.add_argument("--every", type=int, default=1, help="only each so-manieth machine")
    asked = options.parse_args()
    faults = [fault for fault in known.every() if not asked.names or fault.name in asked.names]
    same = tried = 0
    with ground() as here:
        for fault in faults[:: asked.every]:
            if here.impossible(fault.machine) is not None:
                continue
            told = here.on(fault.name, fault.machine, _told_twice)
            tried += 1
            if isinstance(told, str):
                _say(f"{fault.name}: {told}")
                continue
            then, now = told
            same += then == now
            if then != now:
                _say(f"{fault.name}: there {then or 'nothing'}, by the report alone {now or 'nothing'}")
    share = same / tried if tried else 0.0
    _say(f"the same first finding on {same} of {tried} machines, {share:.1%} (bar {BAR:.0%})")
    return 0 if share >= BAR else 1


def _told_twice(built: Built) -> tuple[str, str] | str:
    """Return the first finding there, and the one by the report alone; or why there is no report."""
    with tempfile.TemporaryDirectory(prefix="codex-doctor-bench-") as folder:
        Path(folder).chmod(0o777)
        archive = Path(folder) / "report.zip"
        argv = [sys.executable, "-m", "codex_doctor", "report", "create", "--output", str(archive)]
        ran = subprocess.run(
            [*built.as_its_user, *argv, *PATIENT, *_options(built)],
            env=built.env,
            cwd=built.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if not archive.exists():
            return f"no report was made: {ran.stderr.strip()[-400:]}"
        bundle = read(archive)
        return _first(bundle.report()), _first(judge_again(bundle, patterns=(), strict=False))


def _options(built: Built) -> Iterator[str]:
    """Yield what *built* is examined with, but for what selects checks."""
    words = iter([*built.args, *built.machine.examined_with])
    for word in words:
        if word in FOR_CREATE:
            yield word
            if word in FOR_CREATE[2:]:
                yield next(words)


def _first(report: Report) -> str:
    return f"{report.findings[0].code} {report.findings[0].name}" if report.findings else ""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
