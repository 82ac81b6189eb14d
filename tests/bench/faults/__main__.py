"""Builds machines with known faults and asks both doctors: `python -m bench.faults`, in `nox -s bench`."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from bench.faults import known, ours, table
from bench.faults.standing import ground

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.faults.known import Fault
    from bench.faults.ours import Said

NAMED: Final = 0.95
"""The share of single faults, and of pairs, that must be named."""


def say(line: str) -> None:
    """Print *line* at once, whoever reads along."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Examine every machine, print the table, and return 1 where a bar is missed."""
    asked = _asked()
    faults = [
        fault
        for fault in (*known.singles().values(), *known.pairs().values(), *known.healthy().values())
        if not asked.names or fault.name in asked.names
    ]
    rows: list[table.Row] = []
    heard: list[tuple[Fault, Said]] = []
    with ground() as here:
        for fault in faults:
            if (why := here.impossible(fault.machine)) is not None:
                say(f"{fault.name}: left out, {why}")
                continue
            said = here.on(fault.name, fault.machine, ours.examined)
            heard.append((fault, said))
            verdict = ours.judged(fault, said)
            rows.append(
                table.Row(
                    name=fault.name,
                    area=fault.area,
                    ours=table.Judged(verdict=verdict, seconds=said.seconds),
                )
            )
            _tell(fault, said, verdict)
    say(table.markdown(rows))
    if asked.keep:
        asked.keep.write_bytes(msgspec.json.encode(rows))
    return _fails(heard)


def _asked() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="only these machines")
    options.add_argument("--keep", type=Path, help="a file for what was found, as JSON")
    return options.parse_args()


def _tell(fault: Fault, said: Said, verdict: ours.Verdict) -> None:
    """Print one line for a machine that was not judged as it should be."""
    expected = list(fault.roots)
    if said.unfinished:
        say(f"{fault.name}: unfinished {said.unfinished}")
    if verdict.false_alarms or not verdict.named or (fault.kind == "single" and len(said.causes) > 1):
        say(f"{fault.name}: expected {expected}, found {said.causes}")


def _fails(heard: Sequence[tuple[Fault, Said]]) -> int:
    """Print every bar with what was reached, and return 1 where one is missed."""
    reached = {
        kind: [ours.judged(fault, said) for fault, said in heard if fault.kind == kind]
        for kind in ("single", "pair", "healthy")
    }
    failed = False
    for kind in ("single", "pair"):
        named = [verdict.named for verdict in reached[kind]]
        if named:
            share = sum(named) / len(named)
            failed |= share < NAMED
            say(f"{kind}: {share:.1%} named, the bar is {NAMED:.0%}")
    alarms = sum(verdict.false_alarms for verdict in reached["healthy"])
    causes = [len(said.causes) for fault, said in heard if fault.kind == "single"]
    say(f"healthy: {alarms} false alarms, the bar is 0")
    if causes:
        say(f"causes for a single fault: median {statistics.median(causes):g}, the bar is 1")
        failed |= statistics.median(causes) != 1
    return int(failed or alarms > 0)


if __name__ == "__main__":
    sys.exit(main())
