"""Kill a program at every call by which it writes to the disk, one run for each call.

`strace` counts the calls of each process, and ends it inside the system at the one that is meant.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STRACE: Final = shutil.which("strace")

CALLS: Final = (
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "msync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
)
"""What changes a file or its name, or brings it onto the disk. Renaming goes by three calls."""


def noting(log: Path) -> list[str]:
    """Return the command that notes in *log* which calls are made by what follows it."""
    return [str(STRACE), "-f", "-o", str(log), "-e", f"trace={','.join(CALLS)}"]


def noting_order(log: Path) -> list[str]:
    """Return the command that notes in *log* what stores, names and sends something, with the files meant."""
    calls = "trace=fsync,msync,rename,sendto"
    return [str(STRACE), "-f", "-y", "-o", str(log), "-e", calls, "-s", "999"]


def in_order(log: Path, meanings: Mapping[str, str], home: Path) -> list[str]:
    """Return the names of *meanings*, patterns of lines with `{home}` in them, as they come in *log*."""
    return [
        word
        for line in log.read_text().splitlines()
        for word, pattern in meanings.items()
        if re.search(pattern.format(home=re.escape(str(home))), line)
    ]


def noted(log: Path) -> Iterator[tuple[str, int]]:
    """Yield every call of the process in *log*, as its name and how many of that name there were by then."""
    lines = log.read_text("utf-8", "replace").splitlines()
    calls = [found for line in lines if (found := re.match(r"(\d+) +(\w+)\(", line))]
    assert len({call[1] for call in calls}) == 1, "several threads write: each would be counted alone"
    counted: Counter[str] = Counter()
    for call in calls:
        counted[call[2]] += 1
        yield call[2], counted[call[2]]


def killing(call: str, when: int) -> list[str]:
    """Return the command that ends what follows it at its *when*th system call *call*."""
    return faulty(f"{call}:signal=KILL:when={when}")


def faulty(fault: str) -> list[str]:
    """Return the command that injects *fault*, as strace names it, into what follows it."""
    call = fault.partition(":")[0]
    return [str(STRACE), "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={fault}"]
