"""A setting with which Codex does not start, said as a finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from codex_doctor.fix import Fix, Tell

if TYPE_CHECKING:
    from codex_checks.config.settings import Layer
    from codex_doctor.model import Finding, Problem
    from codex_doctor.toml.written import KeyPath


def refusal(
    layer: Layer,
    problem: Problem,
    path: KeyPath,
    words: str,
    *,
    advice: str | None = None,
    fix: Fix | None = None,
) -> Finding:
    """Return *problem* as found at the key *path* of *layer*."""
    return problem.found(
        f"{layer.where(path)}: {words}",
        evidence={"key": ".".join(map(str, path))},
        advice=advice,
        fix=fix or Fix(summary=f"Correct {layer.path.name}", steps=(Tell(text=advice or problem.advice),)),
        subjects=frozenset({f"{layer.path} {'.'.join(map(str, path))}"}),
    )


def tables(value: object) -> list[tuple[str, Mapping[str, object]]]:
    """Return the tables in the table *value*, with their names."""
    if not isinstance(value, Mapping):
        return []
    return [
        (name, cast("Mapping[str, object]", item))
        for name, item in cast("Mapping[str, object]", value).items()
        if isinstance(item, Mapping)
    ]
