"""Versions of Codex: read out of what a program prints, and compared."""

from __future__ import annotations

import re
from typing import Final

_PRINTED: Final = rb"^(?:codex(?:-cli)?[ \t]+)?v?([0-9]{1,6}(?:\.[0-9]{1,12}){2}[0-9A-Za-z.+\-]{0,40})\s*$"
"""`codex-cli 0.169.0` (codex-environment 1.6); releases before the Rust one printed the number alone."""

_PARTS: Final = r"v?([0-9]{1,6})\.([0-9]{1,12})\.([0-9]{1,12})(?:-([0-9A-Za-z.\-]+))?(?:\+.*)?"


def printed_version(output: bytes) -> str | None:
    """Return the version in what `codex --version` printed, or None."""
    found = re.search(_PRINTED, output, re.MULTILINE)
    return found[1].decode("ascii") if found else None


def order(version: str) -> tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]] | None:
    """Return a key that sorts versions as semver.org does, or None for what is no version.

    A prerelease comes before its release.
    """
    found = re.fullmatch(_PARTS, version)
    if found is None:
        return None
    numbers = tuple(int(part) for part in found.groups()[:3])
    if found[4] is None:
        return numbers, 1, ()
    labels = tuple(
        (0, int(part), "") if re.fullmatch(r"[0-9]{1,18}", part) else (1, 0, part)
        for part in found[4].split(".")
    )
    return numbers, 0, labels


def older(version: str | None, than: str | None) -> bool:
    """Whether *version* comes before *than*; False where either is no version."""
    mine, theirs = order(version or ""), order(than or "")
    return mine is not None and theirs is not None and mine < theirs
