"""The bubblewraps that a machine may have on its PATH, and whether a real one works where the tests run."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from fakes import filtered

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli
    from machine_description import Machine

_KNOWN: Final = "    --argv0 VALUE\n    --as-pid-1\n    --perms OCTAL\n"

_LETS_THROUGH: Final = 'while [ $# -gt 0 ]; do [ "$1" = -- ] && { shift; exec "$@"; }; shift; done'

STANDINS: Final = {
    "works": _LETS_THROUGH,
    "refuses-loopback": 'echo "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted" >&2; exit 1',
    "refuses-uid-map": 'echo "bwrap: setting up uid map: Permission denied" >&2; exit 1',
    "old": (
        'for word; do case "$word" in --argv0|--perms) echo "bwrap: Unknown option $word" >&2; exit 1;; '
        f"--) break;; esac; done\n{_LETS_THROUGH}"
    ),
}
"""Small stand-ins for bubblewrap, each with what it does when it is not asked for its version or for help."""


def write(kind: str, path: Path) -> None:
    """Make *path* the stand-in called *kind*."""
    known = "" if kind == "old" else _KNOWN
    path.write_text(
        "#!/bin/sh\n"
        f"case \"$1\" in --version) echo 'bubblewrap 0.9.0'; exit;; --help) printf '{known}'; exit;; esac\n"
        f"{STANDINS[kind]}\n"
    )
    path.chmod(0o755)


def install(machine: Machine, cli: CodexCli, tools: Path) -> None:
    """Put the machine's bubblewrap into *tools*.

    Where the box of the tests cannot have sandboxes, as in most containers, a machine gets a stand-in, or
    none could be healthy there; not one that is about that, nor one whose Codex brings no bubblewrap.
    """
    if machine.sandbox.bwrap is not None:
        write(machine.sandbox.bwrap, tools / "bwrap")
    elif not machine.sandbox.filtered and machine.codex.install != "bare" and not possible(cli.native):
        write("works", tools / "bwrap")


def impossible(machine: Machine, cli: CodexCli) -> str | None:
    """Return why this machine cannot be made where the tests run, or None."""
    asked = machine.sandbox
    if (asked.bwrap or asked.filtered or asked.real) and sys.platform != "linux":
        return "Codex uses bubblewrap on Linux alone"
    if asked.filtered and not filtered.possible():
        return "system calls cannot be filtered here"
    if asked.real and not possible(cli.native):
        return "where the tests run no sandbox can start"
    return None


@functools.cache
def possible(native: Path) -> bool:
    """Whether the bubblewrap in the package of the real CLI starts on this box."""
    if sys.platform != "linux":
        return True  # nothing is started there
    bwrap = native.parent.parent / "codex-resources" / "bwrap"
    options = "--unshare-user --unshare-pid --unshare-ipc --unshare-net --ro-bind / / --dev /dev --proc /proc"
    argv = [str(bwrap), *options.split(), "--", str(bwrap), "--version"]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0
