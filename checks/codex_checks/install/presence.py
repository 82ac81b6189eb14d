"""Whether there is a Codex, and whether what should lead to it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.install.found import Installations, installations
from codex_checks.install.path_lines import path_fix
from codex_checks.install.remedies import fresh
from codex_checks.problems import install as problems
from codex_doctor.check import check
from codex_doctor.fix import Fix, ShellLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.install.named import Named
    from codex_doctor.model import Finding


@check(
    "install.binary-is-found",
    title="Codex is installed, and the shell finds it",
    needs=(installations,),
    reports=(problems.BINARY_NOT_FOUND, problems.CODEX_BIN_INVALID, problems.BINARY_NOT_ON_PATH),
)
def binary_is_found(found: Installations) -> Iterator[Finding]:
    """Judge whether there is a Codex, and whether PATH or CODEX_BIN leads to it."""
    if found.named is not None and found.named.fault is not None:
        yield _named_is_invalid(found.named, found)
    if found.running is not None:
        return
    links = " ".join(f"{link} is a link that leads nowhere." for link in found.dangling[:3])
    if found.chosen is None:
        yield problems.BINARY_NOT_FOUND.found(
            f"No codex in PATH, nor where package managers and installers put it. {links}".strip(),
            evidence={"dangling_links": tuple(map(str, found.dangling)) or None},
            fix=fresh(found, "Install Codex"),
        )
        return
    copy = found.chosen
    fix, advice = path_fix(copy, found)
    where = ", ".join(f"{each.path} ({each.channel})" for each in found.copies[:4])
    yield problems.BINARY_NOT_ON_PATH.found(
        f"No folder of PATH holds codex; it was found at {where}. {links}".strip(),
        evidence={
            "found": tuple(str(each.path) for each in found.copies),
            "dangling_links": tuple(map(str, found.dangling)) or None,
        },
        advice=advice,
        fix=fix,
    )


def _named_is_invalid(named: Named, found: Installations) -> Finding:
    instead = found.chosen
    hint = f"; codex is at {instead.path}" if instead is not None else ""
    windows = found.system.os == "windows"
    unset = ShellLine(line="Remove-Item Env:CODEX_BIN" if windows else "unset CODEX_BIN")
    return problems.CODEX_BIN_INVALID.found(
        f"{named.source} names {named.path}, which {named.fault}{hint}",
        evidence={
            "source": named.source,
            "path": str(named.path),
            "instead": str(instead.path) if instead is not None else None,
        },
        fix=Fix(summary="Let Codex be looked for", steps=(unset,)) if named.source == "CODEX_BIN" else None,
    )
