"""Builds machines with known faults and asks both doctors: `python -m bench.faults`, in `nox -s bench`."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from bench.faults import bars, builtin, known, ours, page, table
from bench.faults.standing import ground

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.faults.builtin import Heard
    from bench.faults.known import Fault
    from bench.faults.standing import Ground

PAGE: Final = Path(__file__).parents[3] / "docs" / "faults.md"


def main() -> int:
    """Examine every machine, print the table, write it into the page, and return 1 where a bar is missed."""
    asked = _asked()
    faults = [fault for fault in known.every() if not asked.names or fault.name in asked.names]
    rows: list[table.Row] = []
    seen: list[bars.Seen] = []
    with ground() as here:
        usual = _usual(here)
        for fault in faults:
            if (why := here.impossible(fault.machine)) is not None:
                _say(f"{fault.name}: left out, {why}")
                continue
            said = here.on(fault.name, fault.machine, ours.examined)
            verdict = ours.judged(fault, said)
            seen.append(bars.Seen(fault=fault, said=said, verdict=verdict))
            rows.append(
                table.Row(
                    name=fault.name,
                    area=fault.area,
                    ours=table.Judged(verdict=verdict, seconds=said.seconds),
                    theirs=None if asked.ours else _theirs(here, fault, usual),
                )
            )
            for line in bars.complaints(seen[-1]):
                _say(line)
    _say(table.markdown(rows))
    missed = bars.missed(seen, whole=not asked.names)
    for line in missed or ["every bar is met"]:
        _say(line)
    if asked.keep:
        asked.keep.write_bytes(msgspec.json.encode(rows))
    if not asked.names and not asked.ours:
        page.write(PAGE, rows)
    return 1 if missed else 0


def _asked() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="only these machines")
    options.add_argument("--ours", action="store_true", help="do not ask the built-in one")
    options.add_argument("--keep", type=Path, help="a file for what was found, as JSON")
    return options.parse_args()


def _usual(here: Ground) -> Callable[[str], Heard]:
    """Return how to learn what the built-in one says of a healthy machine; each is asked once."""

    @functools.cache
    def hear(name: str) -> Heard:
        return here.on(name, known.healthy()[name].machine, builtin.asked)

    return hear


def _theirs(here: Ground, fault: Fault, usual: Callable[[str], Heard]) -> table.Judged:
    """Ask the built-in one on a machine of its own: it writes into the home."""
    heard = here.on(fault.name, fault.machine, builtin.asked)
    return table.Judged(verdict=builtin.judged(fault, heard, usual), seconds=heard.seconds)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
