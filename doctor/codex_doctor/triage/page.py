"""A triage as one page of HTML: it fetches nothing and runs nothing, and every chart is a table too."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Final

from codex_doctor import __version__
from codex_doctor.render import html
from codex_doctor.triage.charts import bar, columns
from codex_doctor.triage.rows import HEALTHY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codex_doctor.triage.summary import Group, Triage

MOST_CURVES: Final = 12
"""Causes whose time is drawn; the table below them holds all."""

MOST_VALUES: Final = 4
"""Versions, platforms and channels that stand beside a cause."""

MOST_UNREADABLE: Final = 1000
"""Names of what could not be read; the JSON holds all."""

STYLE: Final = (
    html.STYLE
    + """
body { max-width: 76rem; }
:root { --bar: #4269a5; } @media (prefers-color-scheme: dark) { :root { --bar: #8fb3ec; } }
section { margin: 0 0 2rem; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide { overflow-x: auto; } table { margin: 0 0 0.5rem; } thead th { border-top: 0; font-size: 0.85rem; }
tbody th { font-weight: 600; } .once { white-space: nowrap; }
.heard { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; white-space: nowrap;
  width: 1px; }
.causes { min-width: 46rem; } .causes tbody th { width: 36%; } .causes .bar { max-width: 20rem; }
.small { font-size: 0.85rem; opacity: 0.85; font-weight: 400; display: block; }
.bars td:last-child { width: 45%; min-width: 6rem; } tbody th { overflow-wrap: anywhere; }
svg { display: block; fill: var(--bar); }
svg.error { fill: var(--error); } svg.warning { fill: var(--warning); } svg.good { fill: var(--good); }
.bar { height: 0.9rem; margin-top: 0.3rem; width: 100%; }
.columns { height: 3rem; width: 100%; }
.columns line { stroke: var(--line); vector-effect: non-scaling-stroke; }
.time td.chart { min-width: 12rem; width: 60%; } .three { display: grid; gap: 2rem;
  grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
.tag { white-space: nowrap; }
@media print { .bar rect, .columns rect { print-color-adjust: exact; } section { break-inside: auto; }
  tr { break-inside: avoid; } }
"""
)

POLICY: Final = (
    "default-src 'none'; style-src 'sha256-"
    f"{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
"""What the page may do, for the browser to enforce: nothing but its own style."""


def render(told: Triage) -> str:
    """Return *told* as a page of HTML, with a line feed at its end."""
    return "\n".join(_page(told)) + "\n"


def _page(told: Triage) -> Iterator[str]:
    headline = _headline(told)
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{escape(headline)} - codex-doctor triage</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield '<a class="skip" href="#causes">To the causes</a>'
    yield "<header>"
    yield f"<h1>{escape(headline)}</h1>"
    yield f"<p>{escape(_about(told))}</p>"
    yield "</header>"
    yield '<main id="causes">'
    yield from _causes(told)
    yield from _outliers(told)
    yield from _time(told)
    yield from _machines(told)
    yield from _unreadable(told)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _headline(told: Triage) -> str:
    causes = [group for group in told.groups if group.name != HEALTHY]
    unknown = sum(not group.known for group in causes)
    words = [_count(told.reports, "report"), _count(len(causes), "cause")]
    return ", ".join([*words, f"{unknown} not known here"] if unknown else words)


def _about(told: Triage) -> str:
    kinds = ", ".join(f"{number:,} {_KINDS.get(kind, kind)}" for kind, number in told.kinds.items())
    firsts = [group.first for group in told.groups if group.first]
    lasts = [group.last for group in told.groups if group.last]
    span = f" Made from {min(firsts)[:10]} to {max(lasts)[:10]}." if firsts and lasts else ""
    broken = f" {len(told.unreadable):,} more could not be read." if told.unreadable else ""
    what = f"Reports: {kinds}" if kinds else "Nothing was read"
    return f"{what}.{span}{broken} Triaged by codex-doctor {__version__}."


_KINDS: Final[Mapping[str, str]] = {
    "report": "in JSON",
    "bundle": "with their facts",
    "foreign": "of another program",
}


def _causes(told: Triage) -> Iterator[str]:
    yield "<section>"
    yield "<h2>Root causes, what is not known here first</h2>"
    if not told.groups:
        yield "<p>None.</p></section>"
        return
    most = max(group.count for group in told.groups)
    heads = ("Cause", "Reports", "Share", "Trend", "First and last", "Versions, platforms, channels")
    yield from _table_begins("Root causes", heads, numbers=(1, 2), kind="causes", heard=True)
    for group in told.groups:
        kind = "good" if group.name == HEALTHY else group.severity or ""
        yield (
            f'<tr class="{kind}"><th scope="row"><span class="code">{escape(_called(group))}</span>'
            f'{_marked(group)}<span class="small">{escape(group.title)}</span>{_example(group)}'
            f"{bar(group.count, most, kind)}</th>"
            f'<td class="n">{group.count:,}</td><td class="n">{group.count / told.reports:.1%}</td>'
            f'<td class="once">{escape(group.trend or "")}</td><td class="once">{_span(group)}</td>'
            f"<td>{_where(group)}</td></tr>"
        )
    yield from _table_ends()
    yield "</section>"


def _marked(group: Group) -> str:
    return "" if group.known else ' <span class="tag">not known here</span>'


def _example(group: Group) -> str:
    return "" if group.known else f'<span class="small">such as {escape(group.example)}</span>'


def _called(group: Group) -> str:
    return " ".join(filter(None, (group.code, group.name)))


def _span(group: Group) -> str:
    if group.first is None or group.last is None:
        return ""
    days = dict.fromkeys((group.first[:10], group.last[:10]))
    return "".join(f'<span class="small">{day}</span>' for day in days)


def _where(group: Group) -> str:
    told = ""
    for values in (group.versions, group.platforms, group.channels):
        first = list(values.items())[:MOST_VALUES]
        if [value for value, _ in first] == ["unknown"]:
            continue
        more = f", {len(values) - len(first)} more" if len(values) > len(first) else ""
        words = ", ".join(f"{escape(value)} {number:,}" for value, number in first)
        told += f'<span class="small">{words}{more}</span>'
    return told


def _outliers(told: Triage) -> Iterator[str]:
    if not told.outliers:
        return
    yield "<section>"
    yield "<h2>What stands out</h2>"
    yield "<p>Causes that are found far more often in one place, or at one time, than in all.</p>"
    yield from _table_begins(
        "What stands out", ("Cause", "Where", "Reports", "Expected"), numbers=(2, 3), heard=True
    )
    for each in told.outliers:
        where = escape(f"{each.what} {each.value}")
        yield (
            f'<tr><th scope="row" class="code">{escape(each.name)}</th><td>{where}</td>'
            f'<td class="n">{each.count:,}</td><td class="n">{each.expected:,g}</td></tr>'
        )
    yield from _table_ends()
    yield "</section>"


def _time(told: Triage) -> Iterator[str]:
    periods, unit = told.trends.periods, told.trends.unit
    if not periods:
        return
    yield "<section>"
    yield "<h2>Over time</h2>"
    yield f"<p>A column a {unit}, from {periods[0].begins} to {periods[-1].begins}{_undated(told)}.</p>"
    yield from _table_begins(f"Reports a {unit}", ("Cause", "Most", "Over time"), numbers=(1,), kind="time")
    causes = [group for group in told.groups if group.name != HEALTHY]
    drawn = [("all reports", "", [each.reports for each in periods])]
    drawn += [
        (group.name, group.severity or "", [each.causes.get(group.name, 0) for each in periods])
        for group in causes[:MOST_CURVES]
    ]
    for name, kind, counts in drawn:
        most = max(counts)
        when = periods[counts.index(most)].begins
        words = f"{name}: {_count(sum(counts), 'report')}, at most {most:,} in the {unit} of {when}"
        yield (
            f'<tr><th scope="row" class="code">{escape(name)}</th><td class="n">{most:,}</td>'
            f'<td class="chart">{columns(counts, told=words, kind=kind)}</td></tr>'
        )
    yield from _table_ends()
    yield from _numbers(told, causes)
    yield "</section>"


def _undated(told: Triage) -> str:
    return f"; {_count(told.trends.undated, 'report')} of no known time" if told.trends.undated else ""


def _numbers(told: Triage, causes: Sequence[Group]) -> Iterator[str]:
    names = list(dict.fromkeys(group.name for group in causes))[:MOST_CURVES]
    yield "<details>"
    yield "<summary>The same in numbers</summary>"
    heads = (f"{told.trends.unit.capitalize()} of", "All", *names)
    yield from _table_begins("Reports over time", heads, numbers=range(1, len(heads)))
    for each in told.trends.periods:
        cells = "".join(f'<td class="n">{each.causes.get(name, 0):,}</td>' for name in names)
        yield f'<tr><th scope="row">{each.begins}</th><td class="n">{each.reports:,}</td>{cells}</tr>'
    yield from _table_ends()
    yield "</details>"


def _machines(told: Triage) -> Iterator[str]:
    yield "<section>"
    yield "<h2>Machines</h2>"
    yield '<div class="three">'
    for title, head, values in (
        ("Versions of Codex", "Version", told.versions),
        ("Platforms", "Platform", told.platforms),
        ("How it was installed", "Way", told.channels),
    ):
        yield "<div>"
        yield from _table_begins(title, (head, "Reports", "Drawn"), numbers=(1,), kind="bars")
        most = max([*values.values(), 1])
        for value, number in values.items():
            yield (
                f'<tr><th scope="row">{escape(value)}</th><td class="n">{number:,}</td>'
                f"<td>{bar(number, most)}</td></tr>"
            )
        yield from _table_ends()
        yield "</div>"
    yield "</div>"
    yield "</section>"


def _unreadable(told: Triage) -> Iterator[str]:
    if not told.unreadable:
        return
    yield "<section>"
    yield "<h2>What could not be read</h2>"
    yield "<details>"
    yield f"<summary>{_count(len(told.unreadable), 'name')}, with the reason</summary>"
    yield from _table_begins("What could not be read", ("Name", "Why"))
    for each in told.unreadable[:MOST_UNREADABLE]:
        yield f'<tr><th scope="row">{escape(each.path)}</th><td>{escape(each.error)}</td></tr>'
    yield from _table_ends()
    if more := len(told.unreadable) - MOST_UNREADABLE:
        yield f"<p>and {more:,} more</p>" if more > 0 else ""
    yield "</details>"
    yield "</section>"


def _table_begins(
    title: str, heads: Sequence[str], *, numbers: Sequence[int] = (), kind: str = "", heard: bool = False
) -> Iterator[str]:
    """Yield how a table called *title* begins; where that is *heard* alone, a heading shows it already."""
    # It scrolls where it is wider than the window, and who has no mouse can do that too.
    yield f'<div class="wide" role="region" aria-label="{escape(title)}" tabindex="0"><table class="{kind}">'
    hidden = ' class="heard"' if heard else ""
    yield f"<caption{hidden}>{escape(title)}</caption>"
    classes = [' class="n"' if at in numbers else "" for at in range(len(heads))]
    told = "".join(
        f'<th scope="col"{kind}>{escape(head)}</th>' for head, kind in zip(heads, classes, strict=True)
    )
    yield f"<thead><tr>{told}</tr></thead><tbody>"


def _table_ends() -> Iterator[str]:
    yield "</tbody></table></div>"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
