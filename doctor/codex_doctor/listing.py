"""What would be examined: each check with what it reads, what it touches and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.catalogue import BUILT_IN, selected, unknown, unmatched
from codex_doctor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.check import Check
    from codex_doctor.examination import Loaded
    from codex_doctor.guests import Guest
    from codex_doctor.wire import Described, DescribedCheck


class Row(Struct, frozen=True, kw_only=True):
    """One check. *origin* is the distribution that brought it.

    Where it is not *by_default*, it is made only if it is named, or enabled by a profile or by settings.
    """

    id: str
    title: str
    area: str
    needs: tuple[str, ...]
    touches: tuple[str, ...]
    problems: tuple[str, ...]
    origin: str
    by_default: bool = True


def listing(built_in: Sequence[Loaded], guests: Sequence[Guest], patterns: Sequence[str]) -> tuple[Row, ...]:
    """Return a row for each check that *patterns* select, in the order of their ids.

    *guests* were described with the same patterns.

    :raises UsageError: a pattern matches nothing.
    """
    checks = [check for loaded in built_in for check in loaded.catalogue.checks]
    described = [(guest, guest.described) for guest in guests if guest.described]
    for pattern in unmatched(checks, patterns):
        if all(pattern in catalogue.unmatched for _, catalogue in described):
            problems = [problem for loaded in built_in for problem in loaded.catalogue.problems]
            mistakes = (mistake for _, catalogue in described for mistake in catalogue.mistakes)
            raise UsageError("\n".join((unknown(pattern, checks, problems), *mistakes)))
    origins = {
        check.id: loaded.source.distribution for loaded in built_in for check in loaded.catalogue.checks
    }
    rows = [_own(check, origins[check.id]) for check in selected(checks, patterns)]
    for guest, catalogue in described:
        rows += [
            _foreign(check, catalogue, (check.origin if guest.own else "") or guest.distribution)
            for check in catalogue.checks
            if check.id in catalogue.selected
        ]
    return tuple(sorted(rows, key=lambda row: row.id))


def _own(check: Check, origin: str) -> Row:
    return Row(
        id=check.id,
        title=check.title,
        area=check.area,
        needs=tuple(sorted((need.optional_of or need).id for need in check.needs)),
        touches=tuple(sorted(check.touches)),
        problems=tuple(sorted(problem.name for problem in check.reports)),
        origin=origin,
        by_default=check.by_default,
    )


def _foreign(check: DescribedCheck, catalogue: Described, origin: str) -> Row:
    return Row(
        id=check.id,
        title=check.title,
        area=check.area,
        needs=check.needs,
        touches=tuple(sorted(check.touches)),
        problems=tuple(sorted(catalogue.problem(code).name for code in check.reports)),
        origin=origin,
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
    """Return the rows as a table of three columns: id, what it touches, its claim, and what is unusual."""
    id_width = max((len(row.id) for row in rows), default=0)
    touch_width = max((len(", ".join(row.touches)) for row in rows), default=0)
    return "".join(
        f"{row.id:<{id_width}}  {', '.join(row.touches):<{touch_width}}  {row.title}{_beside(row)}\n"
        for row in rows
    )


def _beside(row: Row) -> str:
    when = "" if row.by_default else "  (only if enabled or named)"
    return when if row.origin == BUILT_IN else f"{when}  (from {row.origin})"
