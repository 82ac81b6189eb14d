"""The page of the bench: how it is judged, and the table of the last whole run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.faults import known, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.faults.table import Row

TEXT: Final = """# Known faults, and who names them

`nox -s bench` builds machines with known faults, asks `codex-doctor` and the built-in `codex doctor` of
Codex {version} on each, and writes this page. Every machine is a home of its own with the real Codex in it,
and servers on loopback that stand for OpenAI, GitHub, proxies and name servers. Faults of permissions are
examined as a user without privileges.

{table}
The run examined {count} of the {total} machines that are described. A time is that of the whole command,
as its user waits for it; the built-in one is ended after 20 s.

## How it is judged

- **Single faults** have one cause. It is *named* if the first finding of the report is that problem; *only
  detected* if anything else is found at error or warning level; *missed* if nothing is. A *false alarm* is
  a cause at error level that is not there.
- **Pairs** have two causes that neither bring about nor hide each other. They are named if the causes that
  are found are exactly those two.
- **Notes** are machines that are healthy, with something worth knowing.
- **Healthy** machines have nothing at error level; whatever is found at that level is a false alarm.

The built-in one has no causes and no order, so it is judged more kindly: it *names* a cause if any of its
rows that is not ok says it in its own words ([builtin.toml](../tests/bench/faults/builtin.toml) lists
which), or if that stands in what is printed in place of a report. It *only detects* it if a row is not ok
that is ok on a healthy machine with the same surroundings, or if it does not start at all. A false alarm is
a row that fails on a healthy machine; on others they are not counted. What it leaves to `--live` here, such
as renewing a sign-in or starting MCP servers, it does not do by design.

What our own column says of us is what we looked for ourselves: the faults were described by whoever wrote
the checks. They stand in [tests/machines](../tests/machines) and
[tests/bench/faults](../tests/bench/faults).
"""


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write the page with the table of *rows*."""
    from codex_cli import VERSION

    text = TEXT.format(version=VERSION, table=table.markdown(rows), count=len(rows), total=len(known.every()))
    path.write_text(text, "utf-8")
