"""Read a report of Codex's own doctor out of any text: whole, cut, in Markdown, typed off a screen.

What people send is seldom a clean document (codex-doctor-report 6): so a report that does not parse as a
whole is read check by check, and a check whose end is missing member by member.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

from codex_checks.official.report import IDS, LIMIT, Report, Row
from codex_checks.official.screen import rows_on_screen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TRIES: Final = 64
"""Places at which a whole document is looked for: before it there may be lines with braces."""

MOST: Final = 256
"""Checks of which a piece is read: two reports in one text hold some fifty."""

LONGEST: Final = 64 * 1024
"""Characters of the piece of one check."""

KEPT: Final = 2000
"""Characters of one value; a service's error page fits."""

_STATUSES: Final = ("ok", "warning", "fail")
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NAMES: Final = "|".join(re.escape(name) for name in sorted(IDS))
_AT_KEY: Final = re.compile(rf'"({_NAMES})"\s*:\s*(?=\{{)')
_AT_MEMBER: Final = re.compile(rf'"id"\s*:\s*"({_NAMES})"')
_TEXT: Final = r'"((?:[^"\\]|\\.)*)"'


def read(content: bytes) -> Report | None:
    """Return the report that stands in *content*, or None where no part of one does. Never raises."""
    text = _decoded(content[:LIMIT])
    whole = [report for document in _documents(text) if (report := _whole(document)) is not None]
    if whole:
        return whole[-1]  # before and after: the later one counts
    rows = {row.id: row for row in rows_on_screen(text)}
    rows |= {row.id: row for row in _pieces(text)}
    if not rows:
        return None
    return Report(
        rows=tuple(rows[name] for name in sorted(rows)),
        version=_first(r'"codexVersion"\s*:\s*"([^"]{1,60})"|Codex Doctor v([0-9][^\s"]{0,40})', text),
        overall=_first(r'"overallStatus"\s*:\s*"(ok|warning|fail)"', text),
        whole="Codex Doctor v" in text and re.search(r"^\s*\d+ ok\b", text, re.MULTILINE) is not None,
        made=_seconds(_first(r'"generatedAt"\s*:\s*"([^"]{1,60})', text)),
    )


def _decoded(content: bytes) -> str:
    """Return *content* as text, whatever Windows wrote it as, without colours."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = content.decode("utf-16" if wide else "utf-8-sig", "replace")
    return _ESCAPES.sub("", text.replace("\r\n", "\n"))


def _documents(text: str) -> Iterator[object]:
    """Yield the JSON values that begin at the first braces and brackets of *text*, at most some dozens."""
    decoder, at = json.JSONDecoder(), 0
    for _ in range(TRIES):
        begin = re.compile(r"[{\[]").search(text, at)
        if begin is None:
            return
        try:
            value, at = decoder.raw_decode(text, begin.start())
        except (ValueError, RecursionError):
            at = begin.start() + 1
            continue
        yield value


def _whole(document: object) -> Report | None:
    """Return the report that *document* is, or None."""
    members = _mapping(document)
    checks = members.get("checks", document)
    rows: list[Row] = []
    if "checks" in members:
        rows = [_row(name, _mapping(each)) for name, each in _mapping(checks).items() if _mapping(each)]
    if isinstance(checks, list):  # the shape before the first release
        several = [_mapping(each) for each in cast("list[object]", checks)]
        rows = [_row(_text(each.get("id")), each) for each in several if _text(each.get("id"))]
    known = [row for row in rows if row.id in IDS]
    if not known:
        return None
    overall = _text(members.get("overallStatus"))
    return Report(
        rows=tuple(rows),
        version=_text(members.get("codexVersion")) or None,
        overall=overall if overall in _STATUSES else None,
        made=_seconds(_text(members.get("generatedAt"))),
    )


def _seconds(text: str | None) -> int | None:
    """Return the seconds since the epoch in `1789000000s since unix epoch` (codex-doctor-report 1)."""
    told = re.match(r"\d{9,10}(?=s\b)", text or "")
    return None if told is None else int(told[0])


def _row(id: str, members: Mapping[str, object]) -> Row:
    status = _text(members.get("status"))
    issues = [_mapping(each) for each in _list(members.get("issues"))]
    remedies = (_text(each.get("remedy")) for each in issues)
    return Row(
        id=id[:80],
        status=status if status in _STATUSES else None,
        summary=_text(members.get("summary")),
        remediation=_text(members.get("remediation")) or next(filter(None, remedies), ""),
        details=_details(members.get("details")),
        notes=tuple(filter(None, map(_text, _list(members.get("notes"))))),
        causes=tuple(filter(None, (_text(each.get("cause")) for each in issues))),
    )


def _details(found: object) -> dict[str, tuple[str, ...]]:
    """Return the details: an object of texts and arrays, or the older array of `key: value`."""
    details: dict[str, tuple[str, ...]] = {}
    for name, value in _mapping(found).items():
        several = _list(value) or [value]
        details[name] = tuple(filter(None, map(_text, several)))
    for line in map(_text, _list(found)):
        name, colon, value = line.partition(":")
        if colon:
            details[name.strip()] = (*details.get(name.strip(), ()), value.strip())
    return details


def _pieces(text: str) -> Iterator[Row]:
    """Yield every check of which something stands in *text*, whose document as a whole does not parse."""
    marks: list[tuple[int, str]] = []
    found = sorted(
        (match.end(), match[1]) for pattern in (_AT_KEY, _AT_MEMBER) for match in pattern.finditer(text)
    )
    for begin, name in found:
        if not marks or marks[-1][1] != name:  # a check names itself twice: before its brace, and within
            marks.append((begin, name))
    decoder = json.JSONDecoder()
    for (begin, name), (end, _) in pairwise([*marks[:MOST], (len(text), "")]):
        try:
            value, _ = decoder.raw_decode(text, begin)
            yield _row(name, _mapping(value))
        except (ValueError, RecursionError):
            piece = text[begin : min(end, begin + LONGEST)]
            yield Row(
                id=name,
                status=_first(r'"status"\s*:\s*"(ok|warning|fail)"', piece),
                summary=_member("summary", piece),
                remediation=_member("remediation", piece),
                details=_cut_details(piece),
            )


def _member(name: str, piece: str) -> str:
    return _unescaped(_first(rf'"{name}"\s*:\s*{_TEXT}', piece) or "")


def _cut_details(piece: str) -> dict[str, tuple[str, ...]]:
    """Return the details of a check of which only the beginning is there."""
    _, found, rest = piece.partition('"details"')
    if not found:
        return {}
    inside = rest.partition("}")[0]
    pairs = re.findall(rf"{_TEXT}\s*:\s*{_TEXT}", inside)
    return {_unescaped(name): (_unescaped(value),) for name, value in pairs}


def _unescaped(text: str) -> str:
    """Return what a JSON string says; a line break that a form put into it is a blank."""
    plain = re.sub(r"[\x00-\x1f]+", " ", text)
    try:
        return _text(json.loads(f'"{plain}"'))
    except ValueError:
        return _text(text)


def _first(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return None if match is None else next((group for group in match.groups() if group is not None), None)


def _mapping(found: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


def _list(found: object) -> list[object]:
    return cast("list[object]", found) if isinstance(found, list) else []


def _text(found: object) -> str:
    """Return a text without control characters and lone surrogates, of bounded length."""
    if isinstance(found, bool) or not isinstance(found, (str, int, float)):
        return ""
    try:
        text = str(found)[:KEPT]
    except ValueError:  # a number of more digits than Python writes out
        return ""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+", " ", text).strip()
