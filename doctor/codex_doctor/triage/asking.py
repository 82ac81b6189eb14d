"""Ask the stored rows: groups by root cause, trends over time, and what stands out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from codex_doctor.triage.rows import Unreadable
from codex_doctor.triage.summary import (
    OTHERS,
    SCHEMA,
    Group,
    Listed,
    Outlier,
    Period,
    Trends,
    Triage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_doctor.triage.store import Store

LONGEST_BY_DAY: Final = 62
"""Days; a longer time is told by weeks."""

LONGEST_BY_WEEK: Final = 366
"""Days; a longer time is told by months."""

LEAST: Final = 5
"""Reports: fewer tell nothing of a place or of a time."""

SURPRISE: Final = 4.0
"""Standard deviations above what was to be expected."""

TWICE: Final = 2.0
"""How many times as often as expected: more is an outlier, and a cause that rises or falls."""

_DIMENSIONS: Final = {"versions": "codex", "platforms": "platform", "channels": "channel"}
_SINGULAR: Final = {"codex": "version", "platform": "platform", "channel": "channel"}


def summarise(store: Store, *, listed: Listed | None = None) -> Triage:
    """Return what the rows of *store* say. Blocks."""
    listed = listed or Listed()
    store.flush()
    ((reports,),) = store.ask("SELECT count(*) FROM reports")
    unit = _unit(store)
    return Triage(
        schema=SCHEMA,
        reports=reports,
        unreadable=tuple(
            Unreadable(path=path, error=error)
            for path, error in store.ask("SELECT path, error FROM unreadable ORDER BY ALL")
        ),
        groups=tuple(_groups(store, listed)),
        **{name: _counted(store, column, listed.values) for name, column in _DIMENSIONS.items()},
        kinds=_counted(store, "kind", listed.values),
        trends=_trends(store, unit),
        outliers=_outliers(store, unit, listed.outliers),
    )


def _groups(store: Store, listed: Listed) -> Iterator[Group]:
    values = {name: _by_cause(store, column, listed.values) for name, column in _DIMENSIONS.items()}
    middle = store.ask(
        "SELECT min(made) + (max(made) - min(made)) * 3 / 4 FROM reports WHERE made IS NOT NULL"
    )[0][0]
    found = store.ask(
        """
        SELECT cause, code, bool_and(known), count(*), min(severity), min(title),
            min(made), max(made), min(source),
            count(*) FILTER (made <= $1), count(*) FILTER (made > $1)
        FROM reports GROUP BY cause, code
        ORDER BY 3, cause = 'healthy', 4 DESC, cause, code
        """,
        middle,
    )
    before, after = (sum(row[at] for row in found) for at in (9, 10))
    for cause, code, known, count, severity, title, first, last, example, early, late in found:
        yield Group(
            name=cause,
            code=code,
            count=count,
            known=known,
            severity=severity,
            title=title,
            **{name: told.get((cause, code), {}) for name, told in values.items()},
            first=_told(first),
            last=_told(last),
            trend=_trend(early, late, before, after),
            example=example,
        )


def _told(instant: Any) -> str | None:  # noqa: ANN401 - an instant, or nothing
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _trend(early: int, late: int, before: int, after: int) -> str | None:
    """Return how a cause goes, found *early* times of *before* reports and *late* times of *after*."""
    if early + late < LEAST or not before or not after:
        return None
    expected = (early + late) * after / (before + after)
    if not early:
        return "new"
    off = (late - expected) / max(expected, 1.0) ** 0.5
    if abs(off) < SURPRISE / 2:
        return "steady"
    return "rising" if off > 0 else "falling"


def _counted(store: Store, column: str, most: int) -> Mapping[str, int]:
    found = store.ask(f"SELECT {column}, count(*) FROM reports GROUP BY 1 ORDER BY 2 DESC, 1")  # noqa: S608 - a column of ours
    return _listed([(str(value), number) for value, number in found], most)


def _by_cause(store: Store, column: str, most: int) -> Mapping[tuple[str, str | None], Mapping[str, int]]:
    found = store.ask(
        f"SELECT cause, code, {column}, count(*) FROM reports GROUP BY ALL ORDER BY cause, code, 4 DESC, 3"  # noqa: S608 - the same
    )
    told: dict[tuple[str, str | None], list[tuple[str, int]]] = {}
    for cause, code, value, number in found:
        told.setdefault((cause, code), []).append((value, number))
    return {group: _listed(values, most) for group, values in told.items()}


def _listed(values: list[tuple[str, int]], most: int) -> Mapping[str, int]:
    rest = sum(number for _, number in values[most:])
    return dict(values[:most]) | ({OTHERS: rest} if rest else {})


def _unit(store: Store) -> str:
    ((first, last),) = store.ask("SELECT min(made), max(made) FROM reports")
    days = 0 if first is None else (last - first).days
    if days <= LONGEST_BY_DAY:
        return "day"
    return "week" if days <= LONGEST_BY_WEEK else "month"


def _trends(store: Store, unit: str) -> Trends:
    found = store.ask(
        f"""
        SELECT CAST(date_trunc('{unit}', made) AS DATE), cause, count(*) FROM reports
        WHERE made IS NOT NULL GROUP BY ALL ORDER BY 1, 3 DESC, 2
        """  # noqa: S608 - a unit of ours
    )
    by_period: dict[date, dict[str, int]] = {}
    for begins, cause, number in found:
        by_period.setdefault(begins, {})[cause] = number
    ((undated,),) = store.ask("SELECT count(*) FROM reports WHERE made IS NULL")
    return Trends(
        unit=unit,
        periods=tuple(
            Period(begins=begins.isoformat(), reports=sum(causes.values()), causes=causes)
            for begins, causes in _filled(by_period, unit)
        ),
        undated=undated,
    )


def _filled(found: Mapping[date, dict[str, int]], unit: str) -> Iterator[tuple[date, dict[str, int]]]:
    """Yield every period from the first to the last, the empty ones too."""
    if not found:
        return
    at, last = min(found), max(found)
    while at <= last:
        yield at, found.get(at, {})
        if unit == "month":
            at = (at.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            at += timedelta(days=1 if unit == "day" else 7)


def _outliers(store: Store, unit: str, most: int) -> tuple[Outlier, ...]:
    """Return where a cause is found far more often than if the place or the time made no difference."""
    dimensions = {name: column for column, name in _SINGULAR.items()}
    dimensions[unit] = f"CAST(CAST(date_trunc('{unit}', made) AS DATE) AS VARCHAR)"
    found: list[tuple[float, Outlier]] = []
    for what, column in dimensions.items():
        rows = store.ask(
            f"""
            WITH pairs AS (SELECT cause, code, {column} AS value, count(*) AS n FROM reports
                WHERE {column} IS NOT NULL GROUP BY ALL),
            expected AS (SELECT *, sum(n) OVER (PARTITION BY cause, code) * sum(n) OVER (PARTITION BY value)
                / sum(n) OVER () AS e FROM pairs)
            SELECT cause, code, value, n, e, (n - e) / sqrt(e) FROM expected
            WHERE n >= {LEAST} AND n >= {TWICE} * e AND (n - e) / sqrt(e) >= {SURPRISE}
                AND cause NOT IN ('healthy', 'incomplete') AND value <> 'unknown'
            """  # noqa: S608 - columns and numbers of ours
        )
        found += [
            (surprise, Outlier(name=cause, code=code, what=what, value=value, count=n, expected=round(e, 1)))
            for cause, code, value, n, e, surprise in rows
        ]
    found.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].what, pair[1].value))
    return tuple(outlier for _, outlier in found[:most])
