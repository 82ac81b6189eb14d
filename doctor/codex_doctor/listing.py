"""What would be examined: each check with what it reads, what it touches and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codex_doctor.catalogue import select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.examination import Loaded
    from codex_doctor.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One check. *origin* is the distribution that brought it."""

    id: str
    title: str
    area: str
    needs: tuple[str, ...]
    touches: tuple[str, ...]
    problems: tuple[str, ...]
    origin: str


def listing(catalogues: Sequence[Loaded], patterns: Sequence[str]) -> tuple[Row, ...]:
    """Return a row for each check that *patterns* select, in the order of their ids.

    :raises UsageError: a pattern matches nothing.
    """
    problems = [problem for loaded in catalogues for problem in loaded.catalogue.problems]
    origins = {
        check.id: loaded.source.distribution for loaded in catalogues for check in loaded.catalogue.checks
    }
    chosen = select([check for loaded in catalogues for check in loaded.catalogue.checks], patterns, problems)
    return tuple(
        Row(
            id=check.id,
            title=check.title,
            area=check.area,
            needs=tuple(sorted(_ids(check.needs))),
            touches=tuple(sorted(check.touches)),
            problems=tuple(sorted(problem.name for problem in check.reports)),
            origin=origins[check.id],
        )
        for check in sorted(chosen, key=lambda check: check.id)
    )


def as_json(rows: Sequence[Row]) -> str:
    """Return the rows as indented JSON."""
    import json

    fields = [
        {
            "id": row.id,
            "title": row.title,
            "area": row.area,
            "needs": row.needs,
            "touches": row.touches,
            "problems": row.problems,
            "from": row.origin,
        }
        for row in rows
    ]
    return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"


def as_text(rows: Sequence[Row]) -> str:
    """Return the rows as a table of three columns: id, what it touches, its claim."""
    id_width = max((len(row.id) for row in rows), default=0)
    touch_width = max((len(", ".join(row.touches)) for row in rows), default=0)
    return "".join(
        f"{row.id:<{id_width}}  {', '.join(row.touches):<{touch_width}}  {row.title}\n" for row in rows
    )


def _ids(needs: Sequence[Probe[Any]]) -> set[str]:
    return {(need.optional_of or need).id for need in needs}
