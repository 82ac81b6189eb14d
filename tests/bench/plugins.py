"""Measures what a check of a plugin adds to a run: `nox -s bench`. It asserts nothing.

One plugin with a single trivial check, and one with a thousand more, are examined in turn, so that whatever
else the machine does falls on both alike. What is compared is CPU time of the doctor and all that it starts;
the start of the worker is in both, and falls out. The same is done with checks in TOML.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

import third_party
from codex_doctor.orphans import become_reaper

if TYPE_CHECKING:
    from collections.abc import Mapping

MANY: Final = 1000
BAR: Final = 0.3
"""Milliseconds that a trivial check may add."""

PYTHON: Final = """
    def trivial(number):
        @probe(f"acme.fact-{number}", touches={Touches.FILES}, limit=1)
        async def fact(ctx):
            return number

        @check(f"hosts.acme-number-{number}", title=f"Number {number} is well", needs=(fact,), reports=(VPN,))
        def judge(fact):
            yield from ()

        return judge
"""

TOML: Final = """
[[check]]
id = "hosts.acme-number-{number}"
title = "Number {number} is well"
variable = {{ name = "HOME" }}
problem = {{ code = "{code}", name = "acme-{number}", title = "Number {number} is ill", advice = "." }}
"""


def main() -> None:
    """Measure both kinds and print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7, help="runs of each side")
    rounds = options.parse_args().rounds
    become_reaper()
    table = Table(
        "checks", "one", f"and {MANY} more", "each adds", "bar", title=f"CPU, {rounds} runs in turn"
    )
    with tempfile.TemporaryDirectory() as folder:
        for kind, make in (("Python", _in_python), ("TOML", _in_toml)):
            few, many = (make(Path(folder, kind, str(count)), count) for count in (1, 1 + MANY))
            for each in (few, many):  # warm
                _seconds(each)
            times = [(_seconds(few), _seconds(many)) for _ in range(rounds)]
            one, more = (statistics.median(side) for side in zip(*times, strict=True))
            added = statistics.median((b - a) * 1000 / MANY for a, b in times)
            table.add_row(kind, f"{one:.2f} s", f"{more:.2f} s", f"{added:.3f} ms", f"{BAR} ms")
    Console().print(table)


def _in_python(folder: Path, count: int) -> Mapping[str, str]:
    checks = f"(well, *map(trivial, range({count - 1})))"
    party = third_party.install(folder, PYTHON, checks=checks)
    return {"HOME": str(folder), **party.env}


def _in_toml(folder: Path, count: int) -> Mapping[str, str]:
    checks = folder / ".config" / "codex-doctor" / "checks"
    checks.mkdir(parents=True)
    text = "".join(TOML.format(number=number, code=_code(number)) for number in range(count))
    (checks / "acme.toml").write_text(text, "utf-8")
    (checks / "acme.toml").chmod(0o644)
    return {"HOME": str(folder), "PATH": os.defpath}


def _code(number: int) -> str:
    return f"AC{chr(ord('A') + number // 1000)}{number % 1000:03}"


def _seconds(env: Mapping[str, str]) -> float:
    """Run the doctor once and return the CPU time of it and of its worker."""
    # A pattern that checks of the doctor's own answer to as well: else a worker is asked first who knows it.
    started = subprocess.Popen(
        [sys.executable, "-m", "codex_doctor", "check", "hosts.*", "--offline", "--deadline", "60"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    seconds = 0.0
    while True:
        try:
            number, status, used = os.wait4(-1, 0)  # what is orphaned at the end comes here too
        except ChildProcessError:
            return seconds
        seconds += used.ru_utime + used.ru_stime
        if number == started.pid:
            started.returncode = os.waitstatus_to_exitcode(status)
            if started.returncode:
                raise SystemExit(f"codex-doctor ended with {started.returncode}")


if __name__ == "__main__":
    main()
