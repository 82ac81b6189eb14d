"""Measures a machine on which everything hangs: `nox -s bench`. It asserts nothing.

The bar is the deadline and three tenths of a second, to the end of the process with every pipe closed.
"""

from __future__ import annotations

import argparse
import shutil
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

import codex_cli
import hanging
from bench.measure import servers

if TYPE_CHECKING:
    from machine_build import Built

SPARE: Final = 0.3
"""Seconds beyond the deadline: a process takes a while to start before it counts, and to end."""


def main() -> None:
    """Measure, and print one line for each way to examine that machine."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    title = f"deadline {hanging.DEADLINE:g} s, bar {hanging.DEADLINE + SPARE:g} s, {rounds} runs of each"
    table = Table("what", "median", "slowest", "findings", "left running", title=title)
    with servers() as (http, tls, authority):
        cli = codex_cli.find_or_install()
        try:
            with hanging.hanging(cli, http=http, tls=tls, authority=authority) as built:
                _measure(table, "a pipe among the settings", built, rounds)
                with hanging.settings_readable(built):
                    _measure(table, "servers looked at", built, rounds)
                    _measure(table, "servers started (--live)", built, rounds, "--live")
        finally:
            shutil.rmtree(cli.homes, ignore_errors=True)
    Console().print(table)


def _measure(table: Table, what: str, built: Built, rounds: int, *more: str) -> None:
    ended = [hanging.examine(built, *more) for _ in range(rounds)]
    seconds = sorted(each.seconds for each in ended)
    names = sorted(dict.fromkeys(ended[-1].names))
    left = len(hanging.left_behind(built))
    table.add_row(what, f"{seconds[rounds // 2]:.3f}", f"{seconds[-1]:.3f}", ", ".join(names), str(left))


if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    main()
