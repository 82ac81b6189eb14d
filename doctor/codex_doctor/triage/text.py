"""A triage for a person at a terminal: what is unknown first, then what is frequent, then what stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.render.wrapping import hanging
from codex_doctor.triage.rows import HEALTHY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_doctor.render.style import Style
    from codex_doctor.triage.summary import Group, Outlier, Period, Triage

MOST_GROUPS: Final = 20
MOST_UNREADABLE: Final = 10
MOST_PERIODS: Final = 30
MOST_VALUES: Final = 5

INDENT: Final = 4
LABEL: Final = 12
"""Columns in front of what a group says of its machines."""

_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_ASCII_BLOCKS: Final = " .:-=+*#@"


def render(told: Triage, *, style: Style, everything: bool) -> str:
    """Return *told* as lines, with a line feed at its end."""
    return "\n".join(_lines(told, style, everything=everything)) + "\n"


def _lines(told: Triage, style: Style, *, everything: bool) -> Iterator[str]:
    yield style.paint(_head(told), "bold")
    groups = told.groups if everything else told.groups[:MOST_GROUPS]
    for group in groups:
        yield ""
        yield from _group(group, told.reports, style)
    if more := told.groups[len(groups) :]:
        yield ""
        reports = sum(each.count for each in more)
        yield f"and {_number(len(more), 'more group')} with {_number(reports, 'report')}: --all"
    if told.outliers:
        yield ""
        yield style.paint("Stands out", "bold")
        for outlier in told.outliers:
            yield from _fitting(_outlier(outlier), style, under=INDENT)
    if len(told.trends.periods) > 1:
        yield ""
        yield from _trend(told, style)
    if told.unreadable:
        yield ""
        yield from _unreadable(told, style, everything=everything)


def _head(told: Triage) -> str:
    words = [_number(told.reports, "report")]
    if told.unreadable:
        words.append(f"{len(told.unreadable):,} could not be read")
    if told.trends.periods:
        first = min(group.first for group in told.groups if group.first)
        last = max(group.last for group in told.groups if group.last)
        words.append(f"{first[:10]} to {last[:10]}")
    return ", ".join(words)


def _group(group: Group, reports: int, style: Style) -> Iterator[str]:
    mark = style.symbol("healthy" if group.name == HEALTHY else group.severity or "skipped")
    share = f"{group.count:>7,} {group.count / reports:>6.1%}"
    name = " ".join(filter(None, (group.code, group.name)))
    marked = [] if group.known else ["not known here"]
    if group.trend is not None and group.trend != "steady":
        marked.append(group.trend)
    told = f"   ({', '.join(marked)})" if marked else ""
    yield f"{mark} {share}  {style.paint(name, 'bold')}{told}"
    if group.name != HEALTHY:
        yield from _fitting(f"{' ' * INDENT}{group.title}", style, under=INDENT)
    for label in ("versions", "platforms", "channels"):
        values: Mapping[str, int] = getattr(group, label)
        if list(values) != ["unknown"]:
            yield from _fitting(
                f"{' ' * INDENT}{label:<{LABEL}}{_values(values)}", style, under=INDENT + LABEL
            )
    if not group.known:
        yield from _fitting(f"{' ' * INDENT}{'example':<{LABEL}}{group.example}", style, under=INDENT + LABEL)


def _values(values: Mapping[str, int]) -> str:
    first = list(values.items())[:MOST_VALUES]
    more = len(values) - len(first)
    told = ", ".join(f"{value} {number:,}" for value, number in first)
    return f"{told}, {more} more" if more else told


def _outlier(outlier: Outlier) -> str:
    return (
        f"  {outlier.name}: {_number(outlier.count, 'time')} where the {outlier.what} is {outlier.value}; "
        f"{outlier.expected:g} would be expected"
    )


def _trend(told: Triage, style: Style) -> Iterator[str]:
    periods = told.trends.periods[-MOST_PERIODS:]
    yield style.paint(
        f"Reports a {told.trends.unit}, from {periods[0].begins} to {periods[-1].begins}", "bold"
    )
    yield f"{'all':>30}  {_curve([each.reports for each in periods], style)}"
    for group in [each for each in told.groups if each.name != HEALTHY][:MOST_VALUES]:
        counts = [_found(period, group) for period in periods]
        yield f"{group.name[:30]:>30}  {_curve(counts, style)}  {group.trend or ''}".rstrip()


def _found(period: Period, group: Group) -> int:
    return period.causes.get(group.name, 0)


def _curve(counts: list[int], style: Style) -> str:
    blocks = _ASCII_BLOCKS if style.ascii else _BLOCKS
    most = max(*counts, 1)
    return "".join(blocks[-(-number * (len(blocks) - 1) // most)] for number in counts)


def _unreadable(told: Triage, style: Style, *, everything: bool) -> Iterator[str]:
    yield style.paint(f"{len(told.unreadable):,} could not be read", "bold")
    listed = told.unreadable if everything else told.unreadable[:MOST_UNREADABLE]
    for each in listed:
        yield from _fitting(f"  {each.path}: {each.error}", style, under=INDENT)
    if more := len(told.unreadable) - len(listed):
        yield f"  and {more:,} more: --all"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _fitting(line: str, style: Style, *, under: int) -> Iterator[str]:
    yield from hanging(line, style.width, under=under)
