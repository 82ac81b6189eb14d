"""Measures triage beside the least that these reports need: `nox -s bench`. It asserts nothing.

The same full reports stand in a folder as JSON, in one JSON Lines file, and as bundles. Each side is a
process of its own, and they run in turn; of each the processor time, the wall clock and the peak of its
memory are told. The bars: at most twice what DuckDB needs to read and group the JSON Lines, at most twice
what Python's zipfile needs to read `report.json` of each bundle, at most 300 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table

from codex_checks.problems import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BAR: Final = 2.0
MOST_MEMORY: Final = 300

READ_TYPED: Final = """
import duckdb, sys
print(duckdb.sql(f"SELECT findings[1].name, machine.codex, machine.os, count(*) FROM "
    f"read_json('{sys.argv[1]}', format='newline_delimited') GROUP BY ALL").fetchall())
"""
"""What anybody writes who has DuckDB alone; it finds the types out by itself."""

READ_OBJECTS: Final = """
import duckdb, sys
print(duckdb.sql(f"SELECT json->>'$.findings[0].name', json->>'$.machine.codex', json->>'$.machine.os', "
    f"count(*) FROM read_json_objects('{sys.argv[1]}', format='newline_delimited') GROUP BY ALL").fetchall())
"""
"""The fastest way that it has to read whole objects."""

READ_ZIPS: Final = """
import os, sys, zipfile
for name in sorted(os.listdir(sys.argv[1])):
    with zipfile.ZipFile(os.path.join(sys.argv[1], name)) as archive:
        archive.read("report.json")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process needed: seconds of processors, seconds of the clock, and megabytes."""

    processor: float
    clock: float
    memory: float


def main() -> None:
    """Make the reports, measure, and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reports", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="codex-doctor-bench-") as folder:
        _make(Path(folder), chosen.reports)
        _measure(Path(folder), chosen.rounds, chosen.reports)


def _make(folder: Path, number: int) -> None:
    """Write *number* reports of one machine, whose causes, versions and times differ, in all three forms."""
    made = folder / "made.zip"
    create = [sys.executable, "-m", "codex_doctor", "report", "create", "--offline", "--output", str(made)]
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
    with zipfile.ZipFile(made) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name in ("json", "bundles"):
        (folder / name).mkdir()
    with (folder / "all.jsonl").open("w", encoding="utf-8") as lines:
        for at, report in enumerate(_varied(json.loads(files["report.json"]), number)):
            text = json.dumps(report, indent=2)
            (folder / "json" / f"{at:05}.json").write_text(text, "utf-8")
            lines.write(json.dumps(report) + "\n")
            with zipfile.ZipFile(folder / "bundles" / f"{at:05}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in files.items():
                    archive.writestr(name, text if name == "report.json" else content)


def _varied(report: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(number)  # noqa: S311 - the same reports each time
    problems = chance.sample(PROBLEMS, 40)
    for _ in range(number):
        problem = chance.choice(problems)
        report["findings"][0] |= {"code": problem.code, "name": problem.name, "area": problem.area}
        report["machine"]["codex"] = f"0.{chance.randint(131, 169)}.0"
        report["machine"]["os"] = chance.choice(["linux", "macos", "windows"])
        report["started"] = f"2026-{chance.randint(1, 11):02}-{chance.randint(1, 28):02}T09:05:10Z"
        yield report


def _measure(folder: Path, rounds: int, reports: int) -> None:
    triage = [sys.executable, "-m", "codex_doctor", "triage", "--format", "json"]
    lines, bundles = str(folder / "all.jsonl"), str(folder / "bundles")
    sides: dict[str, Sequence[str]] = {
        "DuckDB, types found": [sys.executable, "-c", READ_TYPED, lines],
        "DuckDB, objects": [sys.executable, "-c", READ_OBJECTS, lines],
        "triage of JSON": [*triage, str(folder / "json")],
        "zipfile": [sys.executable, "-c", READ_ZIPS, bundles],
        "triage of bundles": [*triage, bundles],
    }
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, argv in sides.items():
            costs[name].append(_cost(argv))
    table = Table("side", "processor", "clock", "peak", title=f"{reports} reports, medians of {rounds}")
    middle = {name: _middle(each) for name, each in costs.items()}
    for name, cost in middle.items():
        table.add_row(name, f"{cost.processor:.2f} s", f"{cost.clock:.2f} s", f"{cost.memory:.0f} MB")
    said = Console()
    said.print(table)
    for ours, theirs in (
        ("triage of JSON", "DuckDB, types found"),
        ("triage of JSON", "DuckDB, objects"),
        ("triage of bundles", "zipfile"),
    ):
        a, b = middle[ours], middle[theirs]
        said.print(
            f"{ours} / {theirs}: {a.processor / b.processor:.2f} by processor, "
            f"{a.clock / b.clock:.2f} by clock (bar {BAR:g})"
        )
    peak = max(middle[name].memory for name in middle if name.startswith("triage"))
    said.print(f"peak of triage: {peak:.0f} MB (bar {MOST_MEMORY})")


def _cost(argv: Sequence[str]) -> Cost:
    began = time.perf_counter()
    process = os.posix_spawn(
        argv[0], list(argv), os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{argv[:4]} ended with {status}")
    return Cost(
        processor=used.ru_utime + used.ru_stime,
        clock=time.perf_counter() - began,
        memory=used.ru_maxrss / 1024,
    )


def _middle(costs: Sequence[Cost]) -> Cost:
    return Cost(
        processor=median(each.processor for each in costs),
        clock=median(each.clock for each in costs),
        memory=median(each.memory for each in costs),
    )


if __name__ == "__main__":
    main()
