"""The Node that a launcher would run on, judged from files where they tell its version."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.package import look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codex_doctor.context import Context

OLDEST: Final = 16
"""The first Node that runs the launcher (`engines` of its package.json; codex-environment 1.1)."""


class Node(Struct, frozen=True, kw_only=True):
    """A Node; *version* is None where nothing tells it."""

    path: Path | None
    version: str | None = None

    @property
    def major(self) -> int | None:
        """The first number of the version, where it is known."""
        found = re.match(r"v?([0-9]{1,4})\.", self.version or "")
        return int(found[1]) if found else None


def path_folders(ctx: Context) -> tuple[Path, ...]:
    """Return the folders of PATH in order.

    Entries that are relative are left out: what stands in the working directory is never run.
    """
    separator = ";" if ctx.system.os == "windows" else ":"
    entries = (entry.strip('"') for entry in ctx.env.get("PATH", "").split(separator))
    return tuple(dict.fromkeys(Path(entry) for entry in entries if Path(entry).is_absolute()))


def find_node(ctx: Context, beside: Iterable[Path] = ()) -> Node:
    """Return the Node that a launcher's `#!/usr/bin/env node` finds; *beside* is tried before PATH.

    Shims look for a Node in their own folder first.
    """
    folders = tuple(dict.fromkeys((*beside, *path_folders(ctx))))
    file = "node.exe" if ctx.system.os == "windows" else "node"
    for folder in folders:
        path = folder / file
        status = look(ctx, path)
        if status is None or status.kind != "file":
            continue
        if ctx.system.os == "windows" or status.mode & 0o111:
            return Node(path=path, version=written_version(ctx, path))
    return Node(path=None)


def parse_header_version(content: bytes) -> str | None:
    """Return the version that `include/node/node_version.h` defines, as `v20.11.1`, or None."""
    numbers = [
        re.search(rb"^#define NODE_%s_VERSION ([0-9]{1,6})\b" % part, content, re.MULTILINE)
        for part in (b"MAJOR", b"MINOR", b"PATCH")
    ]
    return "v" + ".".join(found[1].decode() for found in numbers if found) if all(numbers) else None


def written_version(ctx: Context, path: Path) -> str | None:
    """Return the version of the Node at *path* if its folder or its headers tell it, else None."""
    real = ctx.real(path)
    named = next(_versions_in(real), None)
    if named:
        return named
    try:
        header = ctx.read(real.parent.parent / "include" / "node" / "node_version.h", limit=64 * 1024)
    except OSError:
        return None
    return parse_header_version(header)


def _versions_in(real: Path) -> Iterator[str]:
    """Yield the version of Node that a version manager's folder is named after (nvm, fnm, asdf, n ...)."""
    for part in reversed(real.parts[:-1]):
        if found := re.fullmatch(r"v?([0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4})", part):
            yield f"v{found[1]}"
